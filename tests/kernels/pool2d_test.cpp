#include "kernels/pool2d/pool2d.h"

#include <cmath>
#include <limits>
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

using Values = std::vector<float>;
using Indices = std::vector<std::int32_t>;

// {n, h, w, c, window, stride, pad, pad below and at the right, dilation, ceil, count_padding}
std::vector<Pool2dShape> shapes() {
  if (kSmallShapesOnly) return {{2, 9, 11, 6, 8, 8, 2, 1, 3, 2}};
  return {
      {1, 1, 1, 1, 1, 1, 1, 1},               // nothing to do
      {2, 6, 8, 16, 2, 2, 2, 2},              // the network's
      {1, 53, 53, 14, 2, 2, 2, 2},            // floor: the last row and column are left out
      {3, 7, 7, 3, 2, 2, 2, 2},               // odd channels
      {2, 9, 8, 5, 3, 3, 1, 1},               // windows overlap
      {1, 9, 11, 31, 3, 2, 2, 1, 1, 0},       // padding on one side pair only
      {1, 8, 8, 32, 4, 4, 3, 3, 3, 2},        // corners with one pixel of sixteen
      {2, 5, 4, 33, 2, 2, 3, 3},              // stride above the window: pixels in no window
      {1, 65, 2, 2, 5, 1, 4, 1, 2, 0},        // tall
      {1, 2, 127, 63, 1, 3, 1, 2},            // wide
      {1, 3, 3, 257, 2, 2, 1, 1},             // many channels
      {3, 13, 13, 14, 13, 13, 13, 13},        // global
      {2, 16, 16, 64, 16, 16, 1, 1},          // global
      {1, 53, 31, 7, 53, 31, 1, 1},           // global, large
      {1, 12, 12, 127, 10, 9, 2, 1, 4, 4},    // large windows, cut by the border
      {1, 64, 3, 65, 64, 1, 1, 1, 63, 0},     // a window for each number of its rows
      {2, 6, 7, 5, 3, 2, 2, 2, 0, 1, 2, 0},   // other padding on the far side
      {1, 7, 8, 16, 2, 2, 2, 2, 0, 0, 1, 0},  // only there
      {1, 8, 9, 6, 3, 3, 2, 2, 0, 0, 0, 0, 1, 1, true},          // rounded up
      {2, 6, 6, 3, 2, 2, 3, 3, 0, 0, 0, 0, 1, 1, true},          // not: it would begin behind
      {1, 5, 7, 4, 3, 3, 3, 2, 1, 1, 1, 1, 1, 1, true},          // in the near padding
      {1, 9, 10, 7, 3, 2, 1, 2, 2, 1, 2, 1, 2, 3},               // dilated: corners
      {2, 11, 8, 32, 3, 3, 2, 2, 1, 0, 0, 1, 2, 2, true},        // both
      {1, 6, 7, 5, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, false, true},   // padding counts
      {1, 7, 7, 8, 4, 3, 3, 2, 2, 0, 1, 2, 1, 1, true, true},    // not what lies behind it
      {1, 40, 33, 9, 9, 8, 5, 7, 4, 3, 2, 5, 3, 2, true, true},  // a large window of all that
  };
}

std::size_t in_size(const Pool2dShape& s) { return std::size_t(s.n) * s.h * s.w * s.c; }
std::size_t out_size(const Pool2dShape& s) { return std::size_t(s.n) * s.p() * s.q() * s.c; }
Shape in_shape(const Pool2dShape& s) { return {s.n, s.h, s.w, s.c}; }
Shape out_shape(const Pool2dShape& s) { return {s.n, s.p(), s.q(), s.c}; }

std::string to_text(const Pool2dShape& s) {
  return concat(s.n, "x", s.h, "x", s.w, "x", s.c, ", window ", s.window_h, "x", s.window_w,
                ", stride ", s.stride_h, "x", s.stride_w, ", padding ", s.pad_h, "x", s.pad_w,
                " and ", s.pad_bottom, "x", s.pad_right, ", dilation ", s.dilation_h, "x",
                s.dilation_w, s.ceil ? ", ceil" : "", s.count_padding ? ", padding counts" : "");
}

struct Maxima {
  Values y;
  Indices index;  // empty if not asked for
};

// Empty results where the variant does not take the arguments.
Maxima max_pool(const Variant<MaxPool2dArgs>& variant, const Pool2dShape& s, const Values& x,
                bool with_index, bool relu = false) {
  const Tensor device_x = Tensor::from_host(stream(), in_shape(s), x);
  const Tensor y = Tensor::empty(stream(), out_shape(s));
  const Tensor index = Tensor::empty(stream(), out_shape(s), DType::i32);
  const MaxPool2dArgs args{s, device_x.data<float>(), y.data<float>(),
                           with_index ? index.data<std::int32_t>() : nullptr, relu};
  if (!variant.takes(args)) return {};
  variant.on(device())(stream(), args);
  return {y.to_host<float>(stream()),
          with_index ? index.to_host<std::int32_t>(stream()) : Indices()};
}

Maxima max_pool_expected(const Pool2dShape& s, const Values& x, bool relu = false) {
  Maxima expected{Values(out_size(s)), Indices(out_size(s))};
  max_pool2d_reference(s, x.data(), expected.y.data(), expected.index.data(), relu);
  return expected;
}

Values max_pool_backward(const Variant<MaxPool2dBackwardArgs>& variant, const Pool2dShape& s,
                         const Values& dy, const Indices& index) {
  const Tensor device_dy = Tensor::from_host(stream(), out_shape(s), dy);
  const Tensor device_index = Tensor::from_host(stream(), out_shape(s), index);
  const Tensor dx = Tensor::empty(stream(), in_shape(s));
  const MaxPool2dBackwardArgs args{s, device_dy.data<float>(), device_index.data<std::int32_t>(),
                                   dx.data<float>()};
  if (!variant.takes(args)) return {};
  variant.on(device())(stream(), args);
  return dx.to_host<float>(stream());
}

Values average_pool(const Variant<AveragePool2dArgs>& variant, const Pool2dShape& s,
                    const Values& x) {
  const Tensor device_x = Tensor::from_host(stream(), in_shape(s), x);
  const Tensor y = Tensor::empty(stream(), out_shape(s));
  const AveragePool2dArgs args{s, device_x.data<float>(), y.data<float>()};
  if (!variant.takes(args)) return {};
  variant.on(device())(stream(), args);
  return y.to_host<float>(stream());
}

Values average_pool_backward(const Variant<AveragePool2dBackwardArgs>& variant,
                             const Pool2dShape& s, const Values& dy) {
  const Tensor device_dy = Tensor::from_host(stream(), out_shape(s), dy);
  const Tensor dx = Tensor::empty(stream(), in_shape(s));
  const AveragePool2dBackwardArgs args{s, device_dy.data<float>(), dx.data<float>()};
  if (!variant.takes(args)) return {};
  variant.on(device())(stream(), args);
  return dx.to_host<float>(stream());
}

// Windows whose pixel counts are powers of two, padding included: their quotients are exact.
bool divides_exactly(const Pool2dShape& s) {
  const auto power = [](int extent) { return (extent & (extent - 1)) == 0; };
  return power(s.window_h) && power(s.window_w) && s.pad_h == 0 && s.pad_w == 0 &&
         s.pad_bottom == 0 && s.pad_right == 0 && !s.ceil;
}

}  // namespace

TEST_CASE("max_pool2d: every variant equals the reference bit for bit, index included") {
  for (const auto& variant : variants_on(max_pool2d_variants(), device()))
    for (const Pool2dShape& s : shapes())
      for (const auto& [with_index, relu] :
           {std::pair{true, false}, {false, false}, {true, true}, {false, true}}) {
        // 17 values over many pixels: nearly every window has ties. Rectified ones are lowered, so
        // that whole windows are not above 0.
        Values x = random_integers(in_size(s), 1);
        if (relu)
          for (float& value : x) value -= 5;
        const Maxima actual = max_pool(variant, s, x, with_index, relu);
        if (actual.y.empty()) continue;
        CAPTURE(variant.name);
        CAPTURE(to_text(s));
        CAPTURE(relu);
        const Maxima expected = max_pool_expected(s, x, relu);
        CHECK_SAME_BITS(actual.y, expected.y);
        if (with_index) CHECK_SAME_BITS(actual.index, expected.index);
      }
}

TEST_CASE("max_pool2d: the first of equal maxima in row order is the index") {
  const Pool2dShape s{1, 9, 9, 4, 8, 8, 1, 1};
  for (const auto& variant : variants_on(max_pool2d_variants(), device())) {
    const Maxima actual = max_pool(variant, s, Values(in_size(s), -3.0f), true);
    if (actual.y.empty()) continue;
    CAPTURE(variant.name);
    Indices expected;
    for (const int first : {0, 1, 9, 10}) expected.insert(expected.end(), 4, first);
    CHECK_SAME_BITS(actual.index, expected);
    CHECK_SAME_BITS(actual.y, Values(16, -3.0f));
  }
}

TEST_CASE("max_pool2d: −∞ is a value and a NaN wins, the first one") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), low = -INFINITY;
  for (const Pool2dShape& s :
       {Pool2dShape{1, 4, 4, 9, 2, 2, 2, 2}, Pool2dShape{1, 8, 8, 4, 8, 8, 8, 8}}) {
    for (const auto& variant : variants_on(max_pool2d_variants(), device())) {
      CAPTURE(variant.name);
      const Maxima lowest = max_pool(variant, s, Values(in_size(s), low), true);
      if (lowest.y.empty()) continue;
      CHECK_SAME_BITS(lowest.y, Values(out_size(s), low));
      // Channel 0: NaN at pixels 1 and 4 (s.w = 4) or 1 and 8, larger numbers before and after.
      Values x(in_size(s), 1.0f);
      x[1 * s.c] = x[s.w * s.c] = nan;
      x[0] = 5;
      x[(s.w + 1) * s.c] = 9;
      const Maxima actual = max_pool(variant, s, x, true);
      CHECK(std::isnan(actual.y[0]));
      CHECK_EQ(actual.index[0], 1);
      CHECK_EQ(actual.y[1], 1.0f);
      CHECK_EQ(actual.index[1], 0);
    }
  }
}

TEST_CASE("max_pool2d: rectified, a NaN stays and no gradient passes it, nor a 0") {
  const Pool2dShape s{1, 8, 8, 4, 8, 8, 8, 8};
  for (const auto& variant : variants_on(max_pool2d_variants(), device())) {
    Values x(in_size(s), -2.0f);
    x[5 * s.c] = std::numeric_limits<float>::quiet_NaN();  // channel 0
    x[6 * s.c + 1] = -0.0f;                                // channel 1
    x[7 * s.c + 2] = 3.0f;                                 // channel 2
    const Maxima actual = max_pool(variant, s, x, true, true);
    if (actual.y.empty()) continue;
    CAPTURE(variant.name);
    CHECK(std::isnan(actual.y[0]));
    CHECK_SAME_BITS(Values(actual.y.begin() + 1, actual.y.end()), Values({0.0f, 3.0f, 0.0f}));
    CHECK_SAME_BITS(actual.index, Indices({-1, -1, 7, -1}));
  }
}

TEST_CASE("max_pool2d backward: every variant equals the reference bit for bit") {
  for (const auto& variant : variants_on(max_pool2d_backward_variants(), device()))
    for (const Pool2dShape& s : shapes()) {
      // Rectified: some windows have no index.
      const Indices index = max_pool_expected(s, random_integers(in_size(s), 2), true).index;
      const Values dy = random_integers(out_size(s), 3);
      const Values actual = max_pool_backward(variant, s, dy, index);
      if (actual.empty()) continue;
      CAPTURE(variant.name);
      CAPTURE(to_text(s));
      Values expected(in_size(s));
      max_pool2d_backward_reference(s, dy.data(), index.data(), expected.data());
      CHECK_SAME_BITS(actual, expected);
    }
}

TEST_CASE("average_pool2d: the mean of integers, every variant, bit for bit") {
  // The sum is exact, and one correctly rounded division is all that follows; the reference divides
  // in double and rounds again, which gives the same float (53 ≥ 2·24 + 2 bits; Figueroa, 1995).
  for (const auto& variant : variants_on(average_pool2d_variants(), device()))
    for (const Pool2dShape& s : shapes()) {
      const Values x = random_integers(in_size(s), 4);
      const Values actual = average_pool(variant, s, x);
      if (actual.empty()) continue;
      CAPTURE(variant.name);
      CAPTURE(to_text(s));
      Values expected(out_size(s));
      average_pool2d_reference(s, x.data(), expected.data());
      CHECK_SAME_BITS(actual, expected);
    }
}

TEST_CASE("average_pool2d: real values, every variant") {
  for (const auto& variant : variants_on(average_pool2d_variants(), device()))
    for (const Pool2dShape& s : shapes()) {
      const Values x = random_values(in_size(s), 5);
      const Values actual = average_pool(variant, s, x);
      if (actual.empty()) continue;
      CAPTURE(variant.name);
      CAPTURE(to_text(s));
      Values expected(out_size(s));
      average_pool2d_reference(s, x.data(), expected.data());
      // A sum of k values below 1 is off by at most k·2^-24·k; the mean by k·2^-24, and its
      // rounding.
      CHECK_CLOSE(actual, expected, (s.window_h * s.window_w + 2) * 0x1p-24, 0);
    }
}

TEST_CASE("average_pool2d backward: every variant equals the reference") {
  for (const auto& variant : variants_on(average_pool2d_backward_variants(), device()))
    for (const Pool2dShape& s : shapes()) {
      const Values dy = random_integers(out_size(s), 6);
      const Values actual = average_pool_backward(variant, s, dy);
      if (actual.empty()) continue;
      CAPTURE(variant.name);
      CAPTURE(to_text(s));
      Values expected(in_size(s));
      average_pool2d_backward_reference(s, dy.data(), expected.data());
      // Up to k quotients of at most 8, each rounded, and k additions.
      const int windows =
          (s.rows().reach() / s.stride_h + 1) * (s.columns().reach() / s.stride_w + 1);
      if (divides_exactly(s)) CHECK_SAME_BITS(actual, expected);
      else CHECK_CLOSE(actual, expected, 8.0 * windows * (windows + 2) * 0x1p-24, 0);
    }
}

TEST_CASE("pool2d: an image's bits do not depend on the batch") {
  if (kSmallShapesOnly) return;
  for (const Pool2dShape& whole :
       {Pool2dShape{1000, 5, 6, 6, 3, 2, 2, 2, 1, 0}, Pool2dShape{1000, 8, 8, 3, 8, 8, 8, 8}}) {
    const Values x = random_values(in_size(whole), 7), dy = random_values(out_size(whole), 8);
    const Indices index = max_pool_expected(whole, x).index;
    const std::size_t in = in_size(whole) / whole.n, out = out_size(whole) / whole.n;
    for (const auto& [first, images] : {std::pair{0, 1}, {999, 1}, {3, 7}, {900, 64}}) {
      Pool2dShape s = whole;
      s.n = images;
      const auto part = [begin = std::size_t(first), count = std::size_t(images)](
                            const auto& all, std::size_t size) {
        if (all.empty()) return all;
        return std::decay_t<decltype(all)>(all.begin() + begin * size,
                                           all.begin() + (begin + count) * size);
      };
      const Values x_part = part(x, in), dy_part = part(dy, out);
      CAPTURE(first);
      CAPTURE(images);
      for (const auto& variant : variants_on(max_pool2d_variants(), device())) {
        CAPTURE(variant.name);
        CHECK_SAME_BITS(max_pool(variant, s, x_part, true).y,
                        part(max_pool(variant, whole, x, true).y, out));
      }
      for (const auto& variant : variants_on(max_pool2d_backward_variants(), device())) {
        CAPTURE(variant.name);
        CHECK_SAME_BITS(max_pool_backward(variant, s, dy_part, part(index, out)),
                        part(max_pool_backward(variant, whole, dy, index), in));
      }
      for (const auto& variant : variants_on(average_pool2d_variants(), device())) {
        CAPTURE(variant.name);
        CHECK_SAME_BITS(average_pool(variant, s, x_part),
                        part(average_pool(variant, whole, x), out));
      }
      for (const auto& variant : variants_on(average_pool2d_backward_variants(), device())) {
        CAPTURE(variant.name);
        CHECK_SAME_BITS(average_pool_backward(variant, s, dy_part),
                        part(average_pool_backward(variant, whole, dy), in));
      }
    }
  }
}

TEST_CASE("pool2d: more than 65,535 blocks") {
  if (!kManyBlocks || device() == DeviceKind::cpu) return;
  // A block of v1 covers 128 outputs, of v2 a row, of v3 a window.
  const Pool2dShape flat{1, 65537, 128, 1, 1, 1, 1, 1}, rows{65537, 1, 1, 3, 1, 1, 1, 1};
  const Pool2dShape windows{1, 65537 + 63, 1, 1, 64, 1, 1, 1};
  for (const auto& variant : variants_on(max_pool2d_variants(), device())) {
    if (variant.emu == nullptr) continue;
    const std::string_view name = variant.name;
    CAPTURE(variant.name);
    const Pool2dShape& s = name.find("_v1_") != name.npos   ? flat
                           : name.find("_v2_") != name.npos ? rows
                                                            : windows;
    Values x(in_size(s));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = float(i * 7 % 31);
    stream().launches().set_detail(LaunchLog::Detail::times);
    const Maxima actual = max_pool(variant, s, x, true);
    stream().launches().set_detail(LaunchLog::Detail::off);
    CHECK(stream().launches().take().front().grid.x > 65535);
    const Maxima expected = max_pool_expected(s, x);
    CHECK_SAME_BITS(actual.y, expected.y);
    CHECK_SAME_BITS(actual.index, expected.index);
  }
  for (const auto& variant : variants_on(average_pool2d_backward_variants(), device())) {
    if (variant.emu == nullptr) continue;
    CAPTURE(variant.name);
    const Pool2dShape& s =
        std::string_view(variant.name).find("_v1_") != std::string::npos ? flat : rows;
    Values dy(out_size(s));
    for (std::size_t i = 0; i < dy.size(); ++i) dy[i] = float(i * 7 % 31);
    CHECK_SAME_BITS(average_pool_backward(variant, s, dy), dy);  // windows of one pixel
  }
}

TEST_CASE("pool2d references: gradients equal finite differences") {
  for (const Pool2dShape& s :
       {Pool2dShape{2, 5, 4, 2, 2, 2, 2, 2}, Pool2dShape{1, 5, 5, 1, 3, 2, 1, 2, 2, 1},
        Pool2dShape{1, 4, 4, 2, 4, 4, 4, 4},
        Pool2dShape{1, 6, 7, 2, 3, 2, 2, 2, 1, 0, 2, 1, 2, 3, true, true}}) {
    CAPTURE(to_text(s));
    const auto x = random_values<double>(in_size(s), 9),
               dy = random_values<double>(out_size(s), 10);
    const auto weighted = [&](const std::vector<double>& y) {
      double sum = 0;
      for (std::size_t i = 0; i < y.size(); ++i) sum += y[i] * dy[i];
      return sum;
    };
    std::vector<double> y(out_size(s)), dx(in_size(s));
    Indices index(out_size(s));
    // Random reals differ by more than the step of the differences, so no maximum changes place.
    const auto largest = finite_differences(x, [&](const std::vector<double>& at) {
      max_pool2d_reference(s, at.data(), y.data(), nullptr);
      return weighted(y);
    });
    max_pool2d_reference(s, x.data(), y.data(), index.data());
    max_pool2d_backward_reference(s, dy.data(), index.data(), dx.data());
    CHECK(largest_difference(dx, largest) < 1e-9);
    const auto mean = finite_differences(x, [&](const std::vector<double>& at) {
      average_pool2d_reference(s, at.data(), y.data());
      return weighted(y);
    });
    average_pool2d_backward_reference(s, dy.data(), dx.data());
    CHECK(largest_difference(dx, mean) < 1e-9);
  }
}

TEST_CASE("pool2d: rounded up, a window more where it begins inside the image or before it") {
  const auto outputs = [](int extent, int window, int stride, int pad, int far_pad, bool ceil) {
    return PoolAxis{extent, window, stride, pad, far_pad, 1}.outputs(ceil);
  };
  CHECK(outputs(8, 3, 2, 0, 0, false) == 3);
  CHECK(outputs(8, 3, 2, 0, 0, true) == 4);
  CHECK(outputs(7, 3, 2, 0, 0, true) == 3);  // it comes out even
  CHECK(outputs(6, 2, 3, 0, 0, true) == 2);  // windows at 0 and 3; the next would begin at 6
  CHECK(outputs(6, 2, 3, 0, 1, true) == 2);  // also with padding there
  CHECK(outputs(1, 2, 2, 1, 1, true) == 1);  // the second would hold far padding only
}

TEST_CASE("pool2d: wrong arguments are refused with their values") {
  const auto refused = [](const Pool2dShape& s) {
    try {
      average_pool2d(stream(), {s, nullptr, nullptr});
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const std::pair<Pool2dShape, const char*> cases[] = {
      {{0, 4, 4, 1, 2, 2, 2, 2}, "n, h, w and c must be at least 1, got 0, 4, 4 and 1"},
      {{1, 4, 4, -2, 2, 2, 2, 2}, "got 1, 4, 4 and -2"},
      {{1, 4, 4, 1, 0, 2, 2, 2}, "got window 0x2 and stride 2x2"},
      {{1, 4, 4, 1, 2, 2, 2, 0}, "got window 2x2 and stride 2x0"},
      {{1, 4, 4, 1, 2, 2, 2, 2, 2, 0}, "got 2x0 for a window of 2x2"},
      {{1, 4, 4, 1, 2, 2, 2, 2, 0, -1}, "got 0x-1 for a window of 2x2"},
      {{1, 4, 4, 1, 5, 2, 2, 2}, "a 5x2 window does not fit an image of 4x4 with padding 0x0"},
      {{1, 4, 4, 1, 2, 2, 2, 2, 0, 1, 2, 1}, "got 0x1 and 2x1 for a window of 2x2"},
      {{1, 4, 4, 1, 2, 2, 2, 2, 0, 0, 0, 0, 0, 1}, "dilation must be at least 1, got 0x1"},
      {{1, 1, 4, 1, 2, 2, 1, 1, 2, 0, 2, 0, 3, 1},
       "a window of 2x2 with dilation 3x1 with padding 2x0 holds no pixel of an image of 1x4"},
      {{1, 65536, 65536, 1, 2, 2, 2, 2},
       "65536x65536 has more pixels than an int32 index can name"}};
  for (const auto& [shape, message] : cases) {
    const std::string text = refused(shape);
    CAPTURE(text);
    CHECK(text.find(message) != std::string::npos);
  }
  const Pool2dShape bad{0, 1, 1, 1, 1, 1, 1, 1}, good{1, 1, 1, 1, 1, 1, 1, 1};
  CHECK_THROWS_AS(max_pool2d(stream(), {bad, nullptr, nullptr, nullptr}), Error);
  CHECK_THROWS_AS(max_pool2d_backward(stream(), {bad, nullptr, nullptr, nullptr}), Error);
  CHECK_THROWS_AS(max_pool2d_backward(stream(), {good, nullptr, nullptr, nullptr}), Error);
  CHECK_THROWS_AS(average_pool2d_backward(stream(), {bad, nullptr, nullptr}), Error);
}
