#include "kernels/rearrange/rearrange.h"

#include <algorithm>

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct Case {
  const char* name;
  std::int64_t n;
  Rearrangement r;
};

// Of images: what ONNX calls by ten names.
std::vector<Case> cases() {
  using enum Outside;
  std::vector<Case> all{
      {"slice of channels", 2, {{5, 4, 12}, {0, 1, 2}, {0, 0, 4}, {1, 1, 1}, {5, 4, 4}}},
      {"pad by one", 2, {{5, 4, 3}, {0, 1, 2}, {-1, -1, 0}, {1, 1, 1}, {7, 6, 3}, constant, 0.5f}},
      {"reflect", 2, {{3, 4, 2}, {0, 1, 2}, {-2, -9, 0}, {1, 1, 1}, {6, 20, 2}, reflect}},
      {"channel shuffle",
       2,
       {{3, 2, 3, 10}, {0, 1, 3, 2}, {0, 0, 0, 0}, {1, 1, 1, 1}, {3, 2, 10, 3}}},
      {"to channels first", 2, {{5, 7, 37}, {2, 0, 1}, {0, 0, 0}, {1, 1, 1}, {37, 5, 7}}},
      {"every second pixel", 2, {{7, 6, 4}, {0, 1, 2}, {1, 0, 0}, {2, 2, 1}, {3, 3, 4}}},
      {"broadcast", 2, {{1, 1, 8}, {0, 1, 2}, {0, 0, 0}, {0, 0, 1}, {9, 8, 8}}},
  };
  if (kSmallShapesOnly) return all;
  const std::vector<Case> more{
      {"copy", 3, {{4, 5, 6}, {0, 1, 2}, {0, 0, 0}, {1, 1, 1}, {4, 5, 6}}},
      {"one value", 1, {{1}, {0}, {0}, {1}, {1}}},
      {"one value, from outside", 2, {{1}, {0}, {3}, {1}, {1}, constant, -2}},
      {"odd channels", 2, {{3, 3, 257}, {0, 1, 2}, {0, 0, 31}, {1, 1, 1}, {3, 3, 65}}},
      {"one of a row", 33, {{127}, {0}, {63}, {1}, {1}}},
      {"one of an axis", 2, {{4, 9, 5}, {0, 1, 2}, {0, 7, 0}, {1, 1, 1}, {4, 1, 5}}},
      {"edge", 2, {{3, 4, 4}, {0, 1, 2}, {-2, -3, 0}, {1, 1, 1}, {8, 9, 4}, edge}},
      {"wrap", 2, {{3, 4, 2}, {0, 1, 2}, {-4, -1, 0}, {1, 1, 1}, {11, 9, 2}, wrap}},
      {"reflected single place", 2, {{1, 4}, {0, 1}, {-2, 0}, {1, 1}, {4, 4}, reflect}},
      {"channels reflected", 2, {{3, 5}, {0, 1}, {0, -3}, {1, 1}, {3, 12}, reflect}},
      {"channels at the edge, backwards", 2, {{3, 5}, {0, 1}, {0, 7}, {1, -1}, {3, 12}, edge}},
      {"wrapped backwards", 1, {{2, 5}, {0, 1}, {1, 6}, {-1, -1}, {4, 9}, wrap}},
      {"reflected backwards", 1, {{2, 5}, {0, 1}, {1, 6}, {-1, -1}, {4, 9}, reflect}},
      {"padded and cropped", 1, {{6, 8, 4}, {0, 1, 2}, {-1, 2, 0}, {1, 1, 1}, {5, 9, 4}}},
      {"all outside", 1, {{4, 4}, {0, 1}, {4, 0}, {1, 1}, {2, 4}, constant, 9}},
      {"flip", 2, {{5, 4, 3}, {0, 1, 2}, {4, 3, 2}, {-1, -1, -1}, {5, 4, 3}}},
      {"backwards by two", 1, {{9, 3}, {0, 1}, {8, 0}, {-2, 1}, {5, 3}}},
      {"backwards by two, and on", 1, {{9, 3}, {0, 1}, {10, 0}, {-2, 1}, {8, 3}, constant, 1}},
      {"broadcast to many", 2, {{2, 1, 37}, {0, 1, 2}, {0, 0, 0}, {1, 0, 1}, {2, 131, 37}}},
      {"broadcast of a constant", 1, {{3, 2}, {0, 1}, {-1, 0}, {0, 1}, {4, 2}, constant, 5}},
      {"broadcast of an edge", 1, {{3, 2}, {0, 1}, {-1, 0}, {0, 1}, {4, 2}, edge}},
      {"broadcast of a pixel", 3, {{4, 5, 7}, {0, 1, 2}, {2, 3, 0}, {0, 0, 1}, {3, 6, 7}}},
      {"space to depth",
       2,
       {{3, 2, 4, 2, 4}, {0, 2, 1, 3, 4}, {0, 0, 0, 0, 0}, {1, 1, 1, 1, 1}, {3, 4, 2, 2, 4}}},
      {"depth to space",
       2,
       {{3, 4, 2, 2, 5}, {0, 2, 1, 3, 4}, {0, 0, 0, 0, 0}, {1, 1, 1, 1, 1}, {3, 2, 4, 2, 5}}},
      {"all six axes turned",
       1,
       {{2, 3, 4, 5, 2, 3},
        {5, 4, 3, 2, 1, 0},
        {0, 0, 0, 0, 0, 0},
        {1, 1, 1, 1, 1, 1},
        {3, 2, 5, 4, 3, 2}}},
      {"turned, padded and flipped",
       2,
       {{6, 7, 8}, {2, 0, 1}, {-1, 5, 0}, {1, -1, 1}, {10, 6, 8}, constant, 3}},
      {"turned in pieces", 2, {{63, 33, 65}, {2, 1, 0}, {0, 1, 0}, {1, 1, 2}, {65, 31, 31}}},
      {"long rows turned", 1, {{129, 130}, {1, 0}, {0, 0}, {1, 1}, {130, 129}}},
      {"channels to the front, few", 2, {{31, 3}, {1, 0}, {0, 0}, {1, 1}, {3, 31}}},
      {"shuffle of many channels",
       2,
       {{5, 4, 3, 80}, {0, 1, 3, 2}, {0, 0, 0, 0}, {1, 1, 1, 1}, {5, 4, 80, 3}}},
      {"shuffle within a pad",
       1,
       {{5, 4, 3, 8}, {0, 1, 3, 2}, {-1, 0, 0, 0}, {1, 1, 1, 1}, {7, 4, 8, 3}, constant, 2}},
  };
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

TEST_CASE("rearrange: every variant moves every value, whatever its axes") {
  each_variant(rearrange_variants(), [&](const auto& run) {
    bool ran = false;
    for (const Case& c : cases()) {
      CAPTURE(c.name);
      const RearrangeShape shape = rearrange_shape(c.n, c.r);
      const auto x = random_values(static_cast<std::size_t>(shape.values_of_x()), 1);
      std::vector<float> expected(static_cast<std::size_t>(shape.values_of_y()));
      rearrange_reference(x.data(), expected.data(), shape);
      const Tensor dx = Tensor::from_host(stream(), {shape.values_of_x()}, x);
      // As the operator runs it, and axis by axis.
      for (const RearrangeShape& of : {simplified(shape), shape}) {
        const Tensor y = Tensor::zeros(stream(), {shape.values_of_y()});
        if (!run({dx.data<float>(), y.data<float>(), of})) continue;
        ran = true;
        CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
      }
    }
    CHECK(ran);
  });
}

TEST_CASE("rearrange_backward: every variant sums all that read a value") {
  each_variant(rearrange_backward_variants(), [&](const auto& run) {
    bool ran = false;
    for (const Case& c : cases()) {
      CAPTURE(c.name);
      const RearrangeShape shape = rearrange_shape(c.n, c.r);
      const auto dy = random_integers(static_cast<std::size_t>(shape.values_of_y()), 2);
      std::vector<float> expected(static_cast<std::size_t>(shape.values_of_x()));
      rearrange_backward_reference(dy.data(), expected.data(), shape);
      const Tensor ddy = Tensor::from_host(stream(), {shape.values_of_y()}, dy);
      for (const RearrangeShape& of : {simplified(shape), shape}) {
        const Tensor dx = Tensor::zeros(stream(), {shape.values_of_x()});
        if (!run({ddy.data<float>(), dx.data<float>(), of})) continue;
        ran = true;
        CHECK_SAME_BITS(dx.to_host<float>(stream()), expected);
      }
    }
    CHECK(ran);
  });
}

TEST_CASE("rearrange_backward: is a rearrangement where nothing is read twice") {
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    const RearrangeShape shape = rearrange_shape(c.n, c.r);
    const auto dy = random_integers(static_cast<std::size_t>(shape.values_of_y()), 3);
    std::vector<float> expected(static_cast<std::size_t>(shape.values_of_x())), found = expected;
    rearrange_backward_reference(dy.data(), expected.data(), shape);
    const auto adjoint = adjoint_of(shape);
    const std::string name = c.name;
    const bool several = name.starts_with("broadcast") || name.find("second") < name.size() ||
                         name.find("by two") < name.size() || name == "turned in pieces" ||
                         c.r.outside != Outside::constant;
    CHECK(adjoint.has_value() != several);
    if (adjoint) {
      rearrange_reference(dy.data(), found.data(), *adjoint);
      CHECK_SAME_BITS(found, expected);
    }
    const Tensor ddy = Tensor::from_host(stream(), {shape.values_of_y()}, dy);
    const Tensor dx = Tensor::zeros(stream(), {shape.values_of_x()});
    rearrange_backward(stream(), {ddy.data<float>(), dx.data<float>(), shape});
    CHECK_SAME_BITS(dx.to_host<float>(stream()), expected);
  }
}

TEST_CASE("rearrange: what lies outside is what numpy 2.4's pad and ONNX 1.23's Pad put there") {
  const std::vector<float> x{1, 2, 3};
  const std::pair<Outside, std::vector<float>> padded[] = {
      {Outside::constant, {0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0}},
      {Outside::reflect, {2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2, 1}},
      {Outside::edge, {1, 1, 1, 1, 1, 1, 2, 3, 3, 3, 3, 3, 3, 3}},
      {Outside::wrap, {2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3}}};
  const Tensor dx = Tensor::from_host(stream(), {3}, x), y = Tensor::zeros(stream(), {14});
  for (const auto& [outside, expected] : padded) {
    rearrange(stream(), {dx.data<float>(), y.data<float>(),
                         rearrange_shape(1, {{3}, {0}, {-5}, {1}, {14}, outside})});
    CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
  }
}

TEST_CASE("rearrange: joins the axes that lie together") {
  const auto rank = [](const char* name) {
    for (const Case& c : cases())
      if (name == std::string(c.name)) return simplified(rearrange_shape(c.n, c.r)).rank;
    return 0;
  };
  CHECK(rank("slice of channels") == 2);
  CHECK(rank("pad by one") == 3);
  CHECK(rank("to channels first") == 3);
  if (kSmallShapesOnly) return;
  CHECK(rank("copy") == 1);
  CHECK(rank("one value") == 1);
  CHECK(rank("space to depth") == 4);
}

TEST_CASE("rearrange: more blocks than a grid has in another direction") {
  if (kSmallShapesOnly) return;
  // Pixels of three channels, every second of which is left out.
  const RearrangeShape shape =
      rearrange_shape(1, {{8400000, 3}, {0, 1}, {0, 2}, {2, -2}, {4200000, 2}});
  const auto x = random_values(static_cast<std::size_t>(shape.values_of_x()), 4);
  std::vector<float> expected(static_cast<std::size_t>(shape.values_of_y()));
  rearrange_reference(x.data(), expected.data(), shape);
  const Tensor dx = Tensor::from_host(stream(), {shape.values_of_x()}, x);
  each_variant(rearrange_variants(), [&](const auto& run) {
    const Tensor y = Tensor::zeros(stream(), {shape.values_of_y()});
    if (run({dx.data<float>(), y.data<float>(), shape}))
      CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
  });
}

TEST_CASE("rearrange: the bits of a NaN and of -0 are moved, not computed with") {
  const std::vector<float> x = kDelicate;
  const int count = static_cast<int>(x.size());
  const Tensor dx = Tensor::from_host(stream(), {count}, x), y = Tensor::zeros(stream(), {count});
  rearrange(stream(), {dx.data<float>(), y.data<float>(),
                       rearrange_shape(1, {{count}, {0}, {count - 1}, {-1}, {count}})});
  std::vector<float> found = y.to_host<float>(stream());
  std::reverse(found.begin(), found.end());
  CHECK(std::memcmp(found.data(), x.data(), sizeof(float) * x.size()) == 0);
}

TEST_CASE("rearrange: axes that are not there, and steps beyond an edge, are errors") {
  const auto refused = [](const Rearrangement& r, std::int64_t n = 1) -> std::string {
    try {
      rearrange_shape(n, r);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(refused({{}, {}, {}, {}, {}}) == "rearrange: a view has 1 to 6 axes, got 0");
  CHECK(refused({{2, 2}, {0}, {0, 0}, {1, 1}, {2, 2}}) ==
        "rearrange: every list has 2 numbers as the view, got 1");
  CHECK(refused({{2, 2}, {1, 1}, {0, 0}, {1, 1}, {2, 2}}) ==
        "rearrange: an order is a permutation of the 2 axes, got 1 twice");
  CHECK(refused({{2, 2}, {0, 2}, {0, 0}, {1, 1}, {2, 2}}) ==
        "rearrange: an order is a permutation of the 2 axes, got 2");
  CHECK(refused({{2, 2}, {0, 1}, {0, 0}, {1, 1}, {2, 0}}) ==
        "rearrange: axis 2: extents must be at least 1, got 2 of x and 0 of y");
  CHECK(refused({{2, 2}, {0, 1}, {0, 0}, {1, 1 << 29}, {2, 5}}) ==
        "rearrange: axis 2: a place may be 2^30, got extents 2 and 5, places 0 to 2147483648");
  CHECK(
      refused({{5}, {0}, {-1}, {2}, {3}, Outside::edge}) ==
      "rearrange: axis 1: beyond x only a constant is read by steps of 2, other modes by 1, -1 and "
      "0");
  CHECK(refused({{5}, {0}, {0}, {2}, {3}, Outside::edge}) == "");
  CHECK(refused({{1 << 20, 1 << 11}, {0, 1}, {0, 0}, {1, 1}, {1, 1}})
            .starts_with("rearrange: an image has 1 to 2^30 values, got an extent of 1048576"));
  CHECK(refused({{2}, {0}, {0}, {1}, {2}}, 0) == "rearrange: 1 to 2^30 images, got 0");
}
