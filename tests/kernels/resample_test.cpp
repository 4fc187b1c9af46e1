#include "kernels/resample/resample.h"

#include <algorithm>

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

ResampleTable table_of(int from, int to, ResizeMode mode, ResizeCoordinates coordinates) {
  return resample_table({from, to, static_cast<double>(to) / from, mode, coordinates});
}
ResampleTable linear(int from, int to) {
  return table_of(from, to, ResizeMode::linear, ResizeCoordinates::half_pixel);
}
ResampleTable nearest(int from, int to) {
  return table_of(from, to, ResizeMode::floor, ResizeCoordinates::asymmetric);
}

struct Case {
  int n, h, w, c;
  ResampleTable rows, columns;
};

// The same values by every variant, to the given tolerance; 0: bit for bit.
void check_variants(const std::vector<Case>& cases, bool integers, double tolerance) {
  each_variant(resample_variants(), [&](const auto& run) {
    for (const Case& c : cases) {
      CAPTURE(c.h);
      CAPTURE(c.w);
      CAPTURE(c.c);
      const int p = c.rows.outputs(), q = c.columns.outputs();
      CAPTURE(p);
      CAPTURE(q);
      const auto count = static_cast<std::size_t>(c.n) * c.h * c.w * c.c;
      const auto x = integers ? random_integers(count, 1) : random_values(count, 1);
      std::vector<float> expected(static_cast<std::size_t>(c.n) * p * q * c.c);
      resample_reference(x.data(), expected.data(), c.n, c.h, c.w, c.c, c.rows, c.columns);
      const Tensor dx = Tensor::from_host(stream(), {c.n, c.h, c.w, c.c}, x),
                   y = Tensor::zeros(stream(), {c.n, p, q, c.c});
      const DeviceResampleTable rows(stream(), c.rows), columns(stream(), c.columns);
      CHECK(run({dx.data<float>(), y.data<float>(), c.n, c.h, c.w, c.c, p, q, rows.axis(),
                 columns.axis()}));
      if (tolerance == 0) CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
      else CHECK_CLOSE(y.to_host<float>(stream()), expected, tolerance, tolerance);
    }
  });
}

}  // namespace

TEST_CASE("resample: weights of quarters are exact, bit for bit") {
  std::vector<Case> cases{{2, 3, 4, 4, linear(3, 6), linear(4, 8)},
                          {1, 5, 3, 3, nearest(5, 10), nearest(3, 6)},
                          {2, 6, 8, 2, transposed(linear(3, 6), 3), transposed(nearest(4, 8), 4)}};
  if (!kSmallShapesOnly) {
    cases.push_back({1, 1, 1, 1, linear(1, 1), linear(1, 1)});
    cases.push_back({1, 31, 33, 1, nearest(31, 64), nearest(33, 7)});
    cases.push_back({3, 2, 1, 65, linear(2, 4), nearest(1, 127)});
    cases.push_back({1, 2, 65, 257, nearest(2, 1), linear(65, 130)});
    cases.push_back({2, 9, 7, 12, nearest(9, 3), nearest(7, 2)});
  }
  check_variants(cases, true, 0);
}

TEST_CASE("resample: any rule, and its transpose, in any direction") {
  std::vector<Case> cases;
  const auto add = [&](int h, int p, int w, int q, int c, ResizeMode mode,
                       ResizeCoordinates coordinates) {
    const ResampleTable rows = table_of(h, p, mode, coordinates),
                        columns = table_of(w, q, mode, coordinates);
    cases.push_back({2, h, w, c, rows, columns});
    cases.push_back({2, p, q, c, transposed(rows, h), transposed(columns, w)});
  };
  add(5, 7, 6, 4, 4, ResizeMode::linear, ResizeCoordinates::align_corners);
  if (!kSmallShapesOnly) {
    add(13, 4, 7, 20, 3, ResizeMode::linear, ResizeCoordinates::half_pixel);
    add(4, 31, 33, 5, 2, ResizeMode::linear, ResizeCoordinates::half_pixel_symmetric);
    add(9, 4, 3, 8, 5, ResizeMode::round_prefer_ceil, ResizeCoordinates::pytorch_half_pixel);
    add(3, 8, 8, 3, 1, ResizeMode::ceil, ResizeCoordinates::asymmetric);
  }
  // Sums of at most some ten products of numbers below 1.
  check_variants(cases, false, 2e-6);
}

TEST_CASE("resample: a table and its transpose are one matrix") {
  for (const auto mode : {ResizeMode::linear, ResizeMode::round_prefer_floor, ResizeMode::ceil})
    for (const auto coordinates : {ResizeCoordinates::half_pixel, ResizeCoordinates::align_corners})
      for (const auto& [from, to] : {std::pair{1, 5}, {5, 1}, {4, 9}, {9, 4}, {7, 7}}) {
        CAPTURE(from);
        CAPTURE(to);
        const ResampleTable table = table_of(from, to, mode, coordinates),
                            back = transposed(table, from);
        CHECK(back.outputs() == from);
        const auto dense = [](const ResampleTable& t, int inputs) {
          std::vector<float> matrix(static_cast<std::size_t>(t.outputs() * inputs));
          for (int i = 0; i < t.outputs(); ++i)
            for (int k = t.taps[i].offset; k < t.taps[i + 1].offset; ++k)
              matrix[i * inputs + t.taps[i].first + k - t.taps[i].offset] += t.weights[k];
          return matrix;
        };
        const auto matrix = dense(table, from), turned = dense(back, to);
        for (int i = 0; i < to; ++i)
          for (int j = 0; j < from; ++j) CHECK(matrix[i * from + j] == turned[j * to + i]);
        // Every output is a mean of inputs.
        for (int i = 0; i < to; ++i) {
          double sum = 0;
          for (int j = 0; j < from; ++j) sum += matrix[i * from + j];
          CHECK(sum == doctest::Approx(1).epsilon(1e-6));
        }
      }
}

TEST_CASE("resample: what has one weight of 1 is copied, whatever it is") {
  const auto count = static_cast<int>(kDelicate.size());
  each_variant(resample_variants(), [&](const auto& run) {
    const DeviceResampleTable rows(stream(), nearest(1, 1)),
        columns(stream(), nearest(count, 2 * count));
    const Tensor x = Tensor::from_host(stream(), {1, 1, count, 1}, kDelicate),
                 y = Tensor::zeros(stream(), {1, 1, 2 * count, 1});
    CHECK(run({x.data<float>(), y.data<float>(), 1, 1, count, 1, 1, 2 * count, rows.axis(),
               columns.axis()}));
    std::vector<float> expected;
    for (const float value : kDelicate) expected.insert(expected.end(), 2, value);
    const auto found = y.to_host<float>(stream());
    CHECK_SAME_BITS(found, expected);
    CHECK(std::signbit(found[0]));  // −0
  });
}

TEST_CASE("resample: over 65,535 blocks") {
  if (kSmallShapesOnly) return;
  const ResampleTable rows = nearest(1, 2), columns = nearest(2100000, 4200000);
  check_variants({{1, 1, 2100000, 3, rows, columns}}, true, 0);
}

TEST_CASE("resample: sizes and scales that are none are errors") {
  CHECK_THROWS_WITH_AS(resample_table({0, 2, 1.0}),
                       "resample: lengths must be at least 1 and scales above 0, got 0 to 2 by 1",
                       Error);
  CHECK_THROWS_AS(resample_table({2, 2, 0.0}), Error);
  CHECK_THROWS_AS(resample_table({2, 2, std::nan("")}), Error);
  CHECK_THROWS_WITH_AS(resample(stream(), {nullptr, nullptr, 1, 2, 0, 3, 4, 5, {}, {}}),
                       "resample: every extent must be at least 1, got (1, 2, 0, 3) to 4×5", Error);
  CHECK_THROWS_WITH_AS(resample(stream(), {nullptr, nullptr, 1, 2, 1 << 16, 1 << 15, 4, 5, {}, {}}),
                       "resample: a row may have 2147483647 values, got 65536×32768", Error);
}
