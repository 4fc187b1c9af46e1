#include "kernels/superpixel/slic.h"

#include <algorithm>
#include <cmath>

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct Case {
  int h, w, c, n_segments;
};

std::vector<Case> cases() {
  if (kSmallShapesOnly) return {{10, 20, 1, 6}};
  return {{1, 1, 1, 1},     {1, 1, 3, 9},    {1, 31, 1, 4},   {33, 1, 2, 5},
          {24, 40, 1, 12},  {24, 40, 3, 12}, {24, 40, 1, 1},  {7, 65, 1, 9},
          {12, 13, 1, 150}, {5, 6, 1, 1000}, {40, 40, 1, 300}};
}

std::vector<double> waves(const Case& s) {
  auto x = random_values<double>(static_cast<std::size_t>(s.h * s.w * s.c), 1, 0, 0.5f);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const int p = static_cast<int>(i) / s.c;
    x[i] += 3 * std::sin(0.3 * (p / s.w)) * std::cos(0.2 * (p % s.w));
  }
  return x;
}

std::vector<std::int32_t> reference(const Case& s, const std::vector<double>& x, int iterations) {
  std::vector<std::int32_t> labels(static_cast<std::size_t>(s.h * s.w));
  slic_reference({x.data(), s.h, s.w, s.c, s.n_segments, iterations, labels.data()});
  return labels;
}

}  // namespace

TEST_CASE("slic: every variant gives the reference's labels") {
  each_variant(slic_variants(), [](const auto& run) {
    for (const Case& s : cases()) {
      CAPTURE(s.h);
      CAPTURE(s.w);
      CAPTURE(s.c);
      CAPTURE(s.n_segments);
      const auto x = waves(s);
      const int iterations = kSmallShapesOnly ? 2 : 10;
      const Tensor dx = Tensor::from_host(stream(), {s.h, s.w, s.c}, x);
      const Tensor labels = Tensor::empty(stream(), {s.h, s.w}, DType::i32);
      if (run({dx.data<double>(), s.h, s.w, s.c, s.n_segments, iterations,
               labels.data<std::int32_t>()}))
        CHECK_SAME_BITS(labels.to_host<std::int32_t>(stream()), reference(s, x, iterations));
    }
  });
}

TEST_CASE("slic: a constant image is cut into the cells of the grid") {
  const Case s{24, 36, 1, 6};  // steps of 12, centres at 6, 18, 30
  const Tensor x = Tensor::from_host(
      stream(), {s.h, s.w, 1}, std::vector<double>(static_cast<std::size_t>(s.h * s.w), 0.25));
  const Tensor labels = Tensor::empty(stream(), {s.h, s.w}, DType::i32);
  CHECK_EQ(slic(stream(),
                {x.data<double>(), s.h, s.w, 1, s.n_segments, 10, labels.data<std::int32_t>()}),
           6);
  const auto values = labels.to_host<std::int32_t>(stream());
  for (int y = 0; y < s.h; ++y)
    for (int col = 0; col < s.w; ++col) {
      if (y % 12 == 0 || col % 12 == 0) continue;  // half-way between two centres at first
      CHECK_EQ(values[static_cast<std::size_t>(y * s.w + col)], y / 12 * 3 + col / 12);
    }
}

TEST_CASE("slic: labels run from 0 to count - 1 and none is left out") {
  for (const Case& s : cases()) {
    CAPTURE(s.h);
    CAPTURE(s.w);
    CAPTURE(s.n_segments);
    const Tensor x = Tensor::from_host(stream(), {s.h, s.w, s.c}, waves(s));
    const Tensor labels = Tensor::empty(stream(), {s.h, s.w}, DType::i32);
    const int count = slic(
        stream(), {x.data<double>(), s.h, s.w, s.c, s.n_segments, 10, labels.data<std::int32_t>()});
    auto values = labels.to_host<std::int32_t>(stream());
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    CHECK_EQ(values.front(), 0);
    CHECK_EQ(values.back(), count - 1);
    CHECK_EQ(static_cast<int>(values.size()), count);
  }
}

TEST_CASE("slic_grid: scikit-image's regular_grid") {
  const auto text = [](const SlicGrid& g) {
    return concat(g.y.start, ":", g.y.step, "x", g.y.count, " ", g.x.start, ":", g.x.step, "x",
                  g.x.count);
  };
  CHECK_EQ(text(slic_grid(20, 40, 8)), "5:10x2 5:10x4");
  CHECK_EQ(text(slic_grid(64, 64, 50)), "4:9x7 4:9x7");
  CHECK_EQ(text(slic_grid(224, 224, 50)), "15:32x7 15:32x7");
  CHECK_EQ(text(slic_grid(2, 100, 5)), "1:2x1 10:20x5");
  CHECK_EQ(text(slic_grid(100, 2, 5)), "10:20x5 1:2x1");
  CHECK_EQ(text(slic_grid(3, 4, 12)), "0:1x3 0:1x4");
}

TEST_CASE("connect_labels: pieces are numbered, small ones joined, large ones cut") {
  std::vector<std::int32_t> labels{5, 5, 2, 2,  //
                                   5, 7, 2, 2,  //
                                   5, 5, 2, 5};
  auto copy = labels;
  CHECK_EQ(connect_labels(copy, 3, 4, 1, 100), 4);
  CHECK_SAME_BITS(copy, (std::vector<std::int32_t>{0, 0, 1, 1, 0, 2, 1, 1, 0, 0, 1, 3}));
  // The single 7 joins what its walk met last: right, left, below, above; the single 5 likewise.
  copy = labels;
  CHECK_EQ(connect_labels(copy, 3, 4, 2, 100), 2);
  CHECK_SAME_BITS(copy, (std::vector<std::int32_t>{0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1}));
  copy.assign(6, 0);
  CHECK_EQ(connect_labels(copy, 1, 6, 1, 4), 2);
  CHECK_SAME_BITS(copy, (std::vector<std::int32_t>{0, 0, 0, 0, 1, 1}));
  // A first piece that is too small has no neighbour yet: it joins the next.
  copy = {3, 4, 4, 4};
  CHECK_EQ(connect_labels(copy, 1, 4, 2, 4), 1);
  CHECK_SAME_BITS(copy, (std::vector<std::int32_t>{0, 0, 0, 0}));
}

TEST_CASE("slic: arguments outside their range are errors") {
  double x = 0;
  std::int32_t label = 0;
  const auto run = [&](int h, int w, int c, int n_segments, int iterations) {
    slic(stream(), {&x, h, w, c, n_segments, iterations, &label});
  };
  CHECK_THROWS_WITH_AS(run(1, 0, 1, 1, 1), "slic: height and width must be at least 1, got 1×0",
                       Error);
  CHECK_THROWS_WITH_AS(run(1, 1, 0, 1, 1), "slic: channels must be 1, 2 or 3, got 0", Error);
  CHECK_THROWS_WITH_AS(run(1 << 16, 1 << 15, 1, 1, 1),
                       "slic: an image may have 2147483647 values, got 65536×32768×1", Error);
  CHECK_THROWS_WITH_AS(run(1, 1, 1, 0, 1), "slic: n_segments must be from 1 to 65536, got 0",
                       Error);
  CHECK_THROWS_WITH_AS(run(1, 1, 1, 1, 0), "slic: iterations must be at least 1, got 0", Error);
}
