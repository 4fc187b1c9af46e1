#include "kernels/linear/linear.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "runtime/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"
#include "tests/support/gradcheck.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// Millions of emulated threads: seconds as they are, minutes under a sanitizer.
#if defined(__SANITIZE_ADDRESS__)
const bool kManyBlocks = false;
#else
const bool kManyBlocks = !kSmallShapesOnly;
#endif

std::vector<LinearShape> shapes() {
  if (kSmallShapesOnly) return {{5, 35, 19}};
  return {{1, 1, 1},    {2, 3, 2},    {3, 31, 32},   {31, 33, 3},   {32, 32, 31},
          {33, 64, 63}, {63, 65, 64}, {64, 127, 33}, {65, 63, 1},   {127, 2, 65},
          {257, 1, 33}, {7, 257, 65}, {16, 30, 257}, {2, 2366, 13}, {4, 128, 127}};
}

using Values = std::vector<float>;

std::size_t size(int rows, int cols) { return std::size_t(rows) * std::size_t(cols); }

Values absolute(Values values) {
  for (float& value : values) value = std::abs(value);
  return values;
}

// A sum of k products in fp32, in any order, is off by at most (k + 2)·2^-24 times the sum of the
// magnitudes (Higham, Accuracy and Stability, §3.1), plus the rounding of the result.
std::string beyond_rounding(const Values& actual, const Values& expected, const Values& magnitude,
                            int k) {
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double error = std::abs(double{actual[i]} - expected[i]);
    if (!(error <= (k + 2) * 0x1p-24 * magnitude[i]))
      return concat("element ", i, " is ", actual[i], ", expected ", expected[i]);
  }
  return "";
}

// One pass of the layer: its operands, how a variant runs on them, its reference.
struct Forward {
  using Args = LinearArgs;
  static const VariantTable<Args>& variants() { return linear_variants(); }
  static int depth(const LinearShape& s) { return s.inputs; }
  static std::size_t first(const LinearShape& s) { return size(s.n, s.inputs); }
  static std::size_t second(const LinearShape& s) { return size(s.outputs, s.inputs); }
  static std::size_t result(const LinearShape& s) { return size(s.n, s.outputs); }
  static Args args(const LinearShape& s, const float* x, const float* w, float* y) {
    return {s, x, w, nullptr, y};
  }
  static Values reference(const LinearShape& s, const Values& x, const Values& w) {
    Values y(result(s));
    linear_reference<float>(s, x.data(), w.data(), nullptr, y.data());
    return y;
  }
};

struct Dgrad {
  using Args = LinearDgradArgs;
  static const VariantTable<Args>& variants() { return linear_dgrad_variants(); }
  static int depth(const LinearShape& s) { return s.outputs; }
  static std::size_t first(const LinearShape& s) { return size(s.n, s.outputs); }
  static std::size_t second(const LinearShape& s) { return size(s.outputs, s.inputs); }
  static std::size_t result(const LinearShape& s) { return size(s.n, s.inputs); }
  static Args args(const LinearShape& s, const float* dy, const float* w, float* dx) {
    return {s, dy, w, dx};
  }
  static Values reference(const LinearShape& s, const Values& dy, const Values& w) {
    Values dx(result(s));
    linear_dgrad_reference(s, dy.data(), w.data(), dx.data());
    return dx;
  }
};

struct Wgrad {
  using Args = LinearWgradArgs;
  static const VariantTable<Args>& variants() { return linear_wgrad_variants(); }
  static int depth(const LinearShape& s) { return s.n; }
  static std::size_t first(const LinearShape& s) { return size(s.n, s.inputs); }
  static std::size_t second(const LinearShape& s) { return size(s.n, s.outputs); }
  static std::size_t result(const LinearShape& s) { return size(s.outputs, s.inputs); }
  static Args args(const LinearShape& s, const float* x, const float* dy, float* dw) {
    return {s, x, dy, dw, nullptr};
  }
  static Values reference(const LinearShape& s, const Values& x, const Values& dy) {
    Values dw(result(s));
    linear_wgrad_reference<float>(s, x.data(), dy.data(), dw.data(), nullptr);
    return dw;
  }
};

// The result of `variant`, or nothing if it does not take the shape. `skew` moves both operands that many
// floats away from an aligned address.
template <class Pass>
Values run(const Variant<typename Pass::Args>& variant, const LinearShape& s, const Values& a,
           const Values& b, std::size_t skew = 0) {
  const Tensor device_a = Tensor::zeros(stream(), {std::int64_t(a.size() + skew)});
  const Tensor device_b = Tensor::zeros(stream(), {std::int64_t(b.size() + skew)});
  stream().copy_to_device(device_a.data<float>() + skew, a.data(), 4 * a.size());
  stream().copy_to_device(device_b.data<float>() + skew, b.data(), 4 * b.size());
  const Tensor out = Tensor::zeros(stream(), {std::int64_t(Pass::result(s))});
  const auto args = Pass::args(s, device_a.data<float>() + skew, device_b.data<float>() + skew,
                               out.data<float>());
  if (!variant.takes(args)) return {};
  variant.on(device())(stream(), args);
  return out.to_host<float>(stream());
}

}  // namespace

TEST_CASE_TEMPLATE("linear: integers, every variant equals the reference bit for bit", Pass,
                   Forward, Dgrad, Wgrad) {
  for (const auto& variant : variants_on(Pass::variants(), device()))
    for (const LinearShape& s : shapes()) {
      const Values a = random_integers(Pass::first(s), 1), b = random_integers(Pass::second(s), 2);
      const Values actual = run<Pass>(variant, s, a, b);
      if (actual.empty()) continue;
      CAPTURE(variant.name);
      CAPTURE(s.n);
      CAPTURE(s.inputs);
      CAPTURE(s.outputs);
      CHECK_SAME_BITS(actual, Pass::reference(s, a, b));
    }
}

TEST_CASE_TEMPLATE("linear: real values, every variant is within the rounding of a sum", Pass,
                   Forward, Dgrad, Wgrad) {
  for (const auto& variant : variants_on(Pass::variants(), device()))
    for (const LinearShape& s : shapes()) {
      const Values a = random_values(Pass::first(s), 3), b = random_values(Pass::second(s), 4);
      const Values actual = run<Pass>(variant, s, a, b);
      if (actual.empty()) continue;
      CAPTURE(variant.name);
      CAPTURE(s.n);
      CAPTURE(s.inputs);
      CAPTURE(s.outputs);
      CHECK_EQ(beyond_rounding(actual, Pass::reference(s, a, b),
                               Pass::reference(s, absolute(a), absolute(b)), Pass::depth(s)),
               "");
    }
}

TEST_CASE_TEMPLATE("linear: operands at odd addresses give the same bits", Pass, Forward, Dgrad,
                   Wgrad) {
  const LinearShape s = kSmallShapesOnly ? LinearShape{3, 8, 4} : LinearShape{9, 68, 36};
  for (const auto& variant : variants_on(Pass::variants(), device())) {
    const Values a = random_values(Pass::first(s), 5), b = random_values(Pass::second(s), 6);
    const Values aligned = run<Pass>(variant, s, a, b);
    CAPTURE(variant.name);
    for (const std::size_t skew : {1, 2}) {
      const Values skewed = run<Pass>(variant, s, a, b, skew);
      if (!skewed.empty()) CHECK_SAME_BITS(skewed, aligned);
    }
  }
}

TEST_CASE_TEMPLATE("linear: a second run gives the same bits", Pass, Forward, Dgrad, Wgrad) {
  const LinearShape s = kSmallShapesOnly ? LinearShape{3, 8, 4} : LinearShape{40, 300, 70};
  for (const auto& variant : variants_on(Pass::variants(), device())) {
    const Values a = random_values(Pass::first(s), 7), b = random_values(Pass::second(s), 8);
    CAPTURE(variant.name);
    CHECK_SAME_BITS(run<Pass>(variant, s, a, b), run<Pass>(variant, s, a, b));
  }
}

TEST_CASE_TEMPLATE("linear: a row's bits do not depend on the batch", Pass, Forward, Dgrad) {
  if (kSmallShapesOnly) return;
  for (const LinearShape& whole : {LinearShape{1000, 70, 37}, LinearShape{1000, 38, 132}}) {
    const Values a = random_values(Pass::first(whole), 9),
                 b = random_values(Pass::second(whole), 10);
    const std::size_t in = a.size() / whole.n, out = Pass::result(whole) / whole.n;
    for (const auto& variant : variants_on(Pass::variants(), device())) {
      const Values expected = run<Pass>(variant, whole, a, b);
      if (expected.empty()) continue;
      for (const auto& [first, rows] : {std::pair{0, 1}, {999, 1}, {500, 3}, {1, 7}, {930, 64}}) {
        CAPTURE(variant.name);
        CAPTURE(first);
        CAPTURE(rows);
        const Values part(a.begin() + first * in, a.begin() + (first + rows) * in);
        const LinearShape s{rows, whole.inputs, whole.outputs};
        CHECK_SAME_BITS(
            run<Pass>(variant, s, part, b),
            Values(expected.begin() + first * out, expected.begin() + (first + rows) * out));
      }
    }
  }
}

TEST_CASE("linear_v4_parts: the inputs alone fix the order, whether parts are blocks or not") {
  const auto variants = variants_on(linear_variants(), device());
  const auto v4 = std::find_if(variants.begin(), variants.end(), [](const auto& variant) {
    return variant.name == std::string_view("linear_v4_parts");
  });
  if (v4 == variants.end()) return;  // the cpu
  // 129 and more tiles of 64 × 64 are a block each; fewer, and those of up to 16 rows, are split.
  std::vector<LinearShape> cases = {{3, 129, 5}, {70, 257, 66}, {1, 2366, 3}};
  if (kManyBlocks) cases.push_back({2752, 150, 129});
  for (const LinearShape& s : cases) {
    const Values x = random_values(Forward::first(s), 16),
                 w = random_values(Forward::second(s), 17);
    const Values y = run<Forward>(*v4, s, x, w);
    const int part = linear_part_length(s.inputs);
    CAPTURE(s.n);
    CAPTURE(part);
    REQUIRE_LT(part, s.inputs);
    std::size_t others = 0;
    for (int n = 0; n<s.n; n += s.n> 100 ? 97 : 1)
      for (int o = 0; o < s.outputs; ++o) {
        float total = 0;
        for (int first = 0; first < s.inputs; first += part) {
          float sum = 0;
          for (int i = first; i < std::min(first + part, s.inputs); ++i)
            sum = std::fma(x[size(n, s.inputs) + i], w[size(o, s.inputs) + i], sum);
          total = first == 0 ? sum : total + sum;
        }
        others += y[size(n, s.outputs) + o] != total;
      }
    CHECK_EQ(others, 0u);
  }
}

TEST_CASE("linear: every variant adds the bias") {
  for (const auto& variant : variants_on(linear_variants(), device()))
    for (const LinearShape& s : shapes()) {
      const Values x = random_integers(size(s.n, s.inputs), 11);
      const Values w = random_integers(size(s.outputs, s.inputs), 12);
      const Values bias = random_integers(s.outputs, 13);
      const Tensor device_x = Tensor::from_host(stream(), {s.n, s.inputs}, x);
      const Tensor device_w = Tensor::from_host(stream(), {s.outputs, s.inputs}, w);
      const Tensor device_bias = Tensor::from_host(stream(), {s.outputs}, bias);
      const Tensor y = Tensor::empty(stream(), {s.n, s.outputs});
      const LinearArgs args{s, device_x.data<float>(), device_w.data<float>(),
                            device_bias.data<float>(), y.data<float>()};
      if (!variant.takes(args)) continue;
      variant.on(device())(stream(), args);
      Values expected(y.count());
      linear_reference(s, x.data(), w.data(), bias.data(), expected.data());
      CAPTURE(variant.name);
      CAPTURE(s.n);
      CAPTURE(s.outputs);
      CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
    }
}

TEST_CASE("linear_wgrad: every variant computes the bias gradient") {
  for (const auto& variant : variants_on(linear_wgrad_variants(), device()))
    for (const LinearShape& s : shapes()) {
      const Values x = random_integers(size(s.n, s.inputs), 14);
      const Values dy = random_integers(size(s.n, s.outputs), 15);
      const Tensor device_x = Tensor::from_host(stream(), {s.n, s.inputs}, x);
      const Tensor device_dy = Tensor::from_host(stream(), {s.n, s.outputs}, dy);
      const Tensor dw = Tensor::empty(stream(), {s.outputs, s.inputs});
      const Tensor dbias = Tensor::empty(stream(), {s.outputs});
      const LinearWgradArgs args{s, device_x.data<float>(), device_dy.data<float>(),
                                 dw.data<float>(), dbias.data<float>()};
      if (!variant.takes(args)) continue;
      variant.on(device())(stream(), args);
      Values expected_dw(dw.count()), expected(s.outputs);
      linear_wgrad_reference(s, x.data(), dy.data(), expected_dw.data(), expected.data());
      CAPTURE(variant.name);
      CAPTURE(s.n);
      CAPTURE(s.outputs);
      CHECK_SAME_BITS(dbias.to_host<float>(stream()), expected);
      CHECK_SAME_BITS(dw.to_host<float>(stream()), expected_dw);
    }
}

TEST_CASE_TEMPLATE("linear: more than 65,535 blocks", Pass, Forward, Dgrad, Wgrad) {
  if (!kManyBlocks || device() == DeviceKind::cpu) return;
  // How many outputs, or inputs, a block of each variant covers when all else is 1. The v2 variants
  // are one kernel: wgrad's stands for all three.
  const std::pair<std::string_view, int> widths[] = {
      {"linear_v1_naive", 128},       {"linear_v3_warp", 16},        {"linear_v4_parts", 64},
      {"linear_dgrad_v1_naive", 128}, {"linear_dgrad_v3_split", 32}, {"linear_wgrad_v1_naive", 128},
      {"linear_wgrad_v2_tiled", 64}};
  for (const auto& variant : variants_on(Pass::variants(), device()))
    for (const auto& [name, width] : widths) {
      if (name != variant.name) continue;
      CAPTURE(variant.name);
      const int extent = width * 65537 - 3;
      const LinearShape s =
          std::is_same_v<Pass, Forward> ? LinearShape{1, 1, extent} : LinearShape{1, extent, 1};
      Values a(Pass::first(s)), b(Pass::second(s));
      for (std::size_t i = 0; i < a.size(); ++i) a[i] = float(i % 17) - 8;
      for (std::size_t i = 0; i < b.size(); ++i) b[i] = float(i % 13) - 5;
      stream().launches().set_detail(LaunchLog::Detail::times);
      const Values actual = run<Pass>(variant, s, a, b);
      stream().launches().set_detail(LaunchLog::Detail::off);
      CHECK(stream().launches().take().front().grid.x > 65535);
      CHECK_SAME_BITS(actual, Pass::reference(s, a, b));
    }
}

TEST_CASE("linear references: gradients equal finite differences") {
  const LinearShape s{3, 4, 5};
  const auto x = random_values<double>(12, 16), w = random_values<double>(20, 17);
  const auto bias = random_values<double>(5, 18), dy = random_values<double>(15, 19);
  const auto objective = [&](const std::vector<double>& x_at, const std::vector<double>& w_at,
                             const std::vector<double>& bias_at) {
    std::vector<double> y(15);
    linear_reference(s, x_at.data(), w_at.data(), bias_at.data(), y.data());
    double sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i) sum += y[i] * dy[i];
    return sum;
  };
  std::vector<double> dx(12), dw(20), dbias(5);
  linear_dgrad_reference(s, dy.data(), w.data(), dx.data());
  linear_wgrad_reference(s, x.data(), dy.data(), dw.data(), dbias.data());
  using Doubles = std::vector<double>;
  const Doubles fd_x =
      finite_differences(x, [&](const Doubles& at) { return objective(at, w, bias); });
  const Doubles fd_w =
      finite_differences(w, [&](const Doubles& at) { return objective(x, at, bias); });
  const Doubles fd_b =
      finite_differences(bias, [&](const Doubles& at) { return objective(x, w, at); });
  CHECK(largest_difference(dx, fd_x) < 1e-9);
  CHECK(largest_difference(dw, fd_w) < 1e-9);
  CHECK(largest_difference(dbias, fd_b) < 1e-9);
}

TEST_CASE("linear: an extent below 1 is refused with its value") {
  const auto refused = [](const auto& call) {
    try {
      call();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  for (const LinearShape& s : {LinearShape{0, 1, 1}, {1, -3, 1}, {1, 1, 0}}) {
    const std::string values = concat(s.n, ", ", s.inputs, " and ", s.outputs);
    const std::string tail = ": n, inputs and outputs must be at least 1, got " + values;
    CHECK_EQ(refused([&] {
               linear(stream(), {s, nullptr, nullptr, nullptr, nullptr});
             }),
             "linear" + tail);
    CHECK_EQ(refused([&] {
               linear_dgrad(stream(), {s, nullptr, nullptr, nullptr});
             }),
             "linear_dgrad" + tail);
    CHECK_EQ(refused([&] {
               linear_wgrad(stream(), {s, nullptr, nullptr, nullptr, nullptr});
             }),
             "linear_wgrad" + tail);
  }
}
