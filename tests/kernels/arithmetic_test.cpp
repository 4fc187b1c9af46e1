#include "kernels/arithmetic/arithmetic.h"

#include <algorithm>

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/gradcheck.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

using Extents = std::vector<std::int64_t>;
constexpr std::array kFunctions{
#define PELLUCID_ENTRY(name) ArithmeticFunction::name,
    PELLUCID_ARITHMETIC(PELLUCID_ENTRY)
#undef PELLUCID_ENTRY
};

std::size_t elements(const Extents& extents) {
  std::int64_t count = 1;
  for (const std::int64_t extent : extents) count *= extent;
  return static_cast<std::size_t>(count);
}

struct Case {
  Extents a, b;
};
// Equal, one value, a row, a column, gates, both ways round, and what no axis can be joined of.
std::vector<Case> cases() {
  std::vector<Case> all{{{1}, {1}},
                        {{4, 8}, {4, 8}},
                        {{2, 3, 5, 8}, {1, 1, 1, 8}},
                        {{2, 3, 5, 3}, {1, 1, 1, 3}},
                        {{3, 7, 12}, {3, 1, 12}},
                        {{3, 7, 5}, {3, 1, 5}},
                        {{33, 31}, {33, 1}},
                        {{5, 64}, {5, 1}},
                        {{1, 8}, {6, 8}},
                        {{4, 1, 6, 1}, {1, 5, 1, 8}},
                        {{2, 1, 2, 1, 3, 1, 4}, {1, 2, 1, 3, 1, 2, 1}},
                        {{2, 2, 1, 3, 4}, {2, 1, 3, 1, 4}},
                        {{65, 1}, {1, 127}},
                        {{300, 64}, {1, 64}},
                        {{1, 700}, {1, 1}}};
  if (kSmallShapesOnly) return all;
  for (const std::int64_t count : {2, 3, 31, 32, 33, 63, 257, 4099}) {
    all.push_back({{count}, {count}});
    all.push_back({{count}, {1}});
    all.push_back({{1}, {count}});
    all.push_back({{count, 4}, {1, 4}});
    all.push_back({{4, count}, {4, 1}});
    all.push_back({{3, count, 2}, {3, 1, 2}});
  }
  all.push_back({{20000, 8}, {1, 8}});
  all.push_back({{2, 40000}, {2, 1}});
  return all;
}

// b is whole and small for pow, and never 0 for div.
std::vector<float> second(ArithmeticFunction f, std::vector<float> b) {
  for (float& value : b) {
    if (f == ArithmeticFunction::pow) value = std::abs(std::fmod(value, 4.0f));
    if (f == ArithmeticFunction::div && value == 0) value = 2;
    if (f == ArithmeticFunction::div)
      value = std::copysign(std::exp2(std::fmod(std::abs(value), 3.0f)), value);
  }
  return b;
}
// What whole numbers up to 8 are made of.
bool is_exact(ArithmeticFunction f, bool of_b) { return f != ArithmeticFunction::pow || !of_b; }

}  // namespace

TEST_CASE("arithmetic: every variant equals the reference bit for bit") {
  each_variant(arithmetic_variants(), [](const auto& run) {
    for (const Case& c : cases())
      for (const ArithmeticFunction f : kFunctions) {
        CAPTURE(c.a);
        CAPTURE(c.b);
        CAPTURE(static_cast<int>(f));
        const BroadcastShape shape = broadcast_shape(c.a, c.b);
        auto a = random_integers(elements(c.a), 1);
        if (a.size() > 20 && f != ArithmeticFunction::pow)
          std::copy(kDelicate.begin(), kDelicate.end(), a.begin() + 5);
        const auto b = second(f, random_integers(elements(c.b), 2));
        std::vector<float> expected(static_cast<std::size_t>(shape.count()));
        arithmetic_reference<float>(f, c.a, c.b, a.data(), b.data(), expected.data());
        const Tensor in_a = Tensor::from_host(stream(), {static_cast<std::int64_t>(a.size())}, a),
                     in_b = Tensor::from_host(stream(), {static_cast<std::int64_t>(b.size())}, b),
                     y = Tensor::empty(stream(), {shape.count()});
        if (!run({f, shape, in_a.data<float>(), in_b.data<float>(), y.data<float>()})) continue;
        CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
        if (in_a.count() != y.count()) continue;
        REQUIRE(run({f, shape, in_a.data<float>(), in_b.data<float>(), in_a.data<float>()}));
        CHECK_SAME_BITS(in_a.to_host<float>(stream()), expected);
      }
  });
}

TEST_CASE("arithmetic backward: every variant equals the reference, bit for bit on whole numbers") {
  each_variant(arithmetic_backward_variants(), [](const auto& run) {
    for (const Case& c : cases())
      for (const ArithmeticFunction f : kFunctions) {
        CAPTURE(c.a);
        CAPTURE(c.b);
        CAPTURE(static_cast<int>(f));
        const BroadcastShape shape = broadcast_shape(c.a, c.b);
        const auto a = random_integers(elements(c.a), 1),
                   b = second(f, random_integers(elements(c.b), 2)),
                   dy = random_integers(static_cast<std::size_t>(shape.count()), 3);
        std::vector<float> da(a.size()), db(b.size());
        arithmetic_backward_reference<float>(f, c.a, c.b, a.data(), b.data(), dy.data(), da.data(),
                                             db.data());
        const Tensor in_a = Tensor::from_host(stream(), {static_cast<std::int64_t>(a.size())}, a),
                     in_b = Tensor::from_host(stream(), {static_cast<std::int64_t>(b.size())}, b),
                     in_dy = Tensor::from_host(stream(), {shape.count()}, dy);
        for (const bool of_b : {false, true}) {
          CAPTURE(of_b);
          const Tensor g = Tensor::empty(stream(), (of_b ? in_b : in_a).shape());
          if (!run({f, shape, in_a.data<float>(), in_b.data<float>(), in_dy.data<float>(),
                    g.data<float>(), of_b}))
            continue;
          if (is_exact(f, of_b)) CHECK_SAME_BITS(g.to_host<float>(stream()), of_b ? db : da);
        }
      }
  });
}

TEST_CASE("arithmetic backward: real numbers, within the roundings of a sum") {
  each_variant(arithmetic_backward_variants(), [](const auto& run) {
    for (const Case& c : cases())
      for (const ArithmeticFunction f : kFunctions) {
        CAPTURE(c.a);
        CAPTURE(c.b);
        CAPTURE(static_cast<int>(f));
        const BroadcastShape shape = broadcast_shape(c.a, c.b);
        const auto a = random_values(elements(c.a), 1, 0.5f, 2),
                   b = random_values(elements(c.b), 2, 0.5f, 2),
                   dy = random_values(static_cast<std::size_t>(shape.count()), 3);
        std::vector<float> da(a.size()), db(b.size());
        arithmetic_backward_reference<float>(f, c.a, c.b, a.data(), b.data(), dy.data(), da.data(),
                                             db.data());
        const Tensor in_a = Tensor::from_host(stream(), {static_cast<std::int64_t>(a.size())}, a),
                     in_b = Tensor::from_host(stream(), {static_cast<std::int64_t>(b.size())}, b),
                     in_dy = Tensor::from_host(stream(), {shape.count()}, dy);
        for (const bool of_b : {false, true}) {
          const Tensor g = Tensor::empty(stream(), (of_b ? in_b : in_a).shape());
          if (!run({f, shape, in_a.data<float>(), in_b.data<float>(), in_dy.data<float>(),
                    g.data<float>(), of_b}))
            continue;
          // n summands of up to 16 with random signs: √n · 16 large, and n/2 roundings of that.
          const double n = static_cast<double>(shape.count()) / static_cast<double>(g.count());
          CHECK_CLOSE(g.to_host<float>(stream()), of_b ? db : da, 1e-6 * std::max(4.0, n / 16),
                      1e-5);
        }
      }
  });
}

TEST_CASE("arithmetic: squares have the bits of a product, whatever broadcasts the exponent") {
  const auto x = random_values(3 * 40, 11, -3, 3);
  std::vector<float> square, slope;
  for (const float v : x) square.push_back(v * v), slope.push_back(v * (2 * v));
  const Tensor a = Tensor::from_host(stream(), {120}, x), y = Tensor::empty(stream(), {120}),
               two = Tensor::from_host(stream(), {120}, std::vector<float>(120, 2));
  for (const Extents& of_b : {Extents{3, 40}, Extents{3, 1}, Extents{1, 40}, Extents{1, 1}}) {
    const BroadcastShape shape = broadcast_shape(Extents{3, 40}, of_b);
    constexpr ArithmeticFunction pow = ArithmeticFunction::pow;
    const float *in = a.data<float>(), *b = two.data<float>();
    each_variant(arithmetic_variants(), [&](const auto& run) {
      if (run({pow, shape, in, b, y.data<float>()}))
        CHECK_SAME_BITS(y.to_host<float>(stream()), square);
    });
    each_variant(arithmetic_backward_variants(), [&](const auto& run) {
      if (run({pow, shape, in, b, in, y.data<float>(), false}))
        CHECK_SAME_BITS(y.to_host<float>(stream()), slope);
    });
  }
}

TEST_CASE("arithmetic reference: gradients equal finite differences") {
  const Extents extents_a{2, 3, 2}, extents_b{2, 1, 2};
  const auto a = random_values<double>(12, 4, 0.5f, 2), b = random_values<double>(4, 5, 0.5f, 2),
             dy = random_values<double>(12, 6);
  for (const ArithmeticFunction f : kFunctions) {
    CAPTURE(static_cast<int>(f));
    const auto objective = [&](const std::vector<double>& x, const std::vector<double>& z) {
      std::vector<double> y(12);
      arithmetic_reference<double>(f, extents_a, extents_b, x.data(), z.data(), y.data());
      double sum = 0;
      for (std::size_t i = 0; i < y.size(); ++i) sum += y[i] * dy[i];
      return sum;
    };
    std::vector<double> da(12), db(4);
    arithmetic_backward_reference<double>(f, extents_a, extents_b, a.data(), b.data(), dy.data(),
                                          da.data(), db.data());
    CHECK(largest_difference(
              da, finite_differences(a, [&](const auto& x) { return objective(x, b); })) < 1e-7);
    CHECK(largest_difference(
              db, finite_differences(b, [&](const auto& z) { return objective(a, z); })) < 1e-7);
  }
}

TEST_CASE("arithmetic: a gate's gradient of an image does not depend on the other images") {
  const std::int64_t places = 1000, channels = 24;
  const auto gradient = [&](std::int64_t n) {
    const BroadcastShape shape =
        broadcast_shape(Extents{n, places, channels}, Extents{n, 1, channels});
    const auto a = random_values(static_cast<std::size_t>(shape.count()), 7);
    const Tensor in = Tensor::from_host(stream(), {shape.count()}, a),
                 b = Tensor::zeros(stream(), {n * channels}),
                 g = Tensor::empty(stream(), {n * channels});
    arithmetic_backward(stream(), {ArithmeticFunction::mul, shape, in.data<float>(),
                                   b.data<float>(), in.data<float>(), g.data<float>(), true});
    return g.slice(0, channels).to_host<float>(stream());
  };
  CHECK_SAME_BITS(gradient(1), gradient(3));
}

TEST_CASE("arithmetic: axes that can be walked as one are one") {
  const auto shape = broadcast_shape(Extents{2, 3, 4, 5}, Extents{1, 1, 1, 5});
  CHECK(shape.rank == 2);
  CHECK(shape.extent[0] == 24);
  CHECK(shape.stride_a[0] == 5);
  CHECK(shape.stride_b[0] == 0);
  CHECK(broadcast_shape(Extents{2, 3, 4}, Extents{2, 3, 4}).rank == 1);
  CHECK(broadcast_shape(Extents{1, 1}, Extents{1, 1}).rank == 1);
  CHECK(broadcast_shape(Extents{2, 3, 4}, Extents{2, 1, 4}).rank == 3);
  CHECK(broadcast_shape(Extents{2, 1, 3, 4}, Extents{2, 1, 1, 1}).rank == 2);
}

TEST_CASE("arithmetic: shapes that do not fit are errors") {
  CHECK_THROWS_WITH_AS(broadcast_shape(Extents{2, 3}, Extents{3}),
                       "broadcasting: shapes of as many axes, at most 7, are expected, got 2 and 1",
                       Error);
  CHECK_THROWS_WITH_AS(broadcast_shape(Extents{2, 3}, Extents{2, 2}),
                       "broadcasting: extents that are equal or 1 are expected, got 3 and 2",
                       Error);
  CHECK_THROWS_WITH_AS(broadcast_shape(Extents{0}, Extents{1}),
                       "broadcasting: extents that are equal or 1 are expected, got 0 and 1",
                       Error);
  CHECK_THROWS_WITH_AS(arithmetic(stream(), {}), "arithmetic: 1 to 7 axes are expected, got 0",
                       Error);
}

TEST_CASE("arithmetic: the device under test has the cpu's bits") {
  Stream cpu(Device{DeviceKind::cpu});
  const BroadcastShape shape = broadcast_shape(Extents{67, 20}, Extents{1, 20});
  const auto a = random_values(67 * 20, 9, -3, 3), b = random_values(20, 10, -3, 3);
  for (const ArithmeticFunction f : kFunctions) {
    CAPTURE(static_cast<int>(f));
    const auto computed = [&](Stream& on) {
      const Tensor in_a = Tensor::from_host(on, {67 * 20}, a),
                   in_b = Tensor::from_host(on, {20}, b), y = Tensor::empty(on, {67 * 20});
      arithmetic(on, {f, shape, in_a.data<float>(), in_b.data<float>(), y.data<float>()});
      arithmetic_backward(on, {f, shape, in_a.data<float>(), in_b.data<float>(), y.data<float>(),
                               y.data<float>(), false});
      return y.to_host<float>(on);
    };
    CHECK_SAME_BITS(computed(stream()), computed(cpu));
  }
}
