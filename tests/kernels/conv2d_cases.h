// conv2d_cases.h: the shapes and helpers that the tests of the three directions share.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "kernels/conv2d/conv2d.h"
#include "runtime/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"
#include "tests/support/gradcheck.h"
#include "tests/support/random_values.h"

namespace pellucid::test {

// n, h, w, c, k, r, s, stride h w, padding h w, dilation h w, groups, padding bottom right
inline std::vector<Conv2dShape> conv2d_cases() {
  // The second for the kernels' wide tiles.
  if (kSmallShapesOnly)
    return {{2, 7, 9, 4, 6, 3, 3, 1, 1, 1, 1},
            {1, 3, 4, 20, 18, 2, 2},
            {1, 5, 6, 4, 4, 3, 3, 2, 1, 1, 1, 1, 1, 2},
            {1, 6, 5, 9, 9, 3, 3, 2, 1, 1, 1, 1, 1, 9}};
  return {
      {1, 1, 1, 1, 1, 1, 1},
      {2, 9, 11, 3, 16, 5, 5},                      // the paper's first layer, smaller
      {2, 12, 9, 16, 16, 5, 5},                     // second
      {3, 8, 9, 16, 14, 3, 3, 1, 1, 1, 1},          // third, "same"
      {1, 2, 3, 4, 5, 3, 5, 1, 1, 2, 2},            // image smaller than the filter
      {2, 1, 2, 1, 3, 3, 3, 1, 1, 3, 3},            // padding = filter: outputs without any input
      {3, 7, 6, 5, 33, 3, 2, 2, 3, 1, 0},           // stride
      {2, 13, 12, 33, 14, 3, 3, 3, 2, 3, 2, 2, 3},  // stride, padding and dilation
      {1, 9, 8, 16, 16, 3, 3, 2, 2, 1, 1, 1, 1},    // stride on the vector path
      {1, 11, 10, 8, 12, 3, 3, 1, 1, 2, 2, 3, 2},   // dilation on the vector path
      {2, 17, 19, 1, 64, 7, 7, 2, 2, 3, 3},         // one channel
      {1, 3, 257, 2, 3, 3, 3, 1, 1, 0, 1},          // a long row
      {1, 127, 2, 4, 31, 1, 2},                     // a high image
      {1, 4, 5, 63, 65, 1, 1},                      // a matrix product
      {1, 5, 4, 64, 127, 3, 3, 1, 1, 1, 1},         // several tiles of filters
      {5, 2, 2, 65, 32, 2, 2, 2, 2},                // one output pixel an image
      {33, 3, 3, 5, 17, 3, 3, 1, 1, 1, 1},          // many small images
      {2, 40, 31, 3, 5, 3, 3},                      // pixels enough for several parts in wgrad
      // Groups; then also the padding below and at the right.
      {2, 7, 9, 6, 4, 3, 3, 1, 1, 1, 1, 1, 1, 2},
      {1, 9, 8, 32, 16, 3, 3, 2, 1, 1, 1, 1, 2, 4},       // groups of 8 channels, 4 filters
      {2, 5, 6, 66, 99, 2, 2, 1, 1, 0, 0, 1, 1, 3},       // several panels and tiles a group
      {1, 6, 5, 8, 24, 3, 3, 1, 1, 1, 1, 1, 1, 8},        // three filters a channel
      {2, 8, 9, 3, 5, 3, 2, 1, 1, 0, 1, 1, 1, 1, 2, 0},   // only the padding differs
      {1, 4, 5, 2, 3, 5, 6, 2, 1, 0, 0, 1, 1, 1, 3, 4},   // a filter that needs it to fit
      {1, 7, 5, 12, 8, 3, 3, 2, 2, 0, 1, 1, 1, 4, 1, 0},  // TensorFlow's "same"
      // Depthwise.
      {1, 1, 1, 2, 2, 1, 1, 1, 1, 0, 0, 1, 1, 2},
      {2, 11, 12, 32, 32, 3, 3, 1, 1, 1, 1, 1, 1, 32},
      {1, 13, 12, 24, 24, 3, 3, 2, 2, 0, 0, 1, 1, 24, 1, 1},
      {2, 9, 10, 31, 31, 5, 5, 1, 1, 2, 2, 1, 1, 31},
      {2, 11, 8, 7, 7, 3, 3, 2, 1, 1, 0, 2, 1, 7},  // steps of 1 along rows alone
      {1, 12, 30, 65, 65, 7, 7, 2, 2, 3, 3, 1, 1, 65},
      {1, 17, 9, 33, 33, 3, 2, 1, 2, 3, 2, 2, 3, 33, 2, 4},
      {3, 6, 7, 5, 5, 4, 6, 3, 1, 1, 2, 1, 1, 5, 0, 3},
      {1, 40, 70, 12, 12, 3, 3, 1, 1, 1, 1, 1, 1, 12},  // pixels enough for several parts
  };
}

// Those of them that the fused operators take.
inline std::vector<Conv2dShape> conv2d_cases_of_one_group() {
  auto cases = conv2d_cases();
  std::erase_if(cases, [](const Conv2dShape& shape) { return shape.groups > 1; });
  return cases;
}

// Images of 9 × 7 pixels do not fill a tile of any kernel, so tiles reach over their borders.
inline Conv2dShape conv2d_batch_case(int n, int c, int k) {
  return {n, 9, 7, c, k, 3, 3, 1, 1, 1, 1};
}

// Tens of thousands of blocks show limits of the grid. The cpu has no blocks, and a sanitizer finds
// nothing in them that the small shapes do not show.
inline bool many_blocks_too() {
#if defined(__SANITIZE_ADDRESS__)
  return false;
#else
  return !kSmallShapesOnly && device() != DeviceKind::cpu;
#endif
}

inline std::string to_string(const Conv2dShape& d) {
  return concat("n=", d.n, " h=", d.h, " w=", d.w, " c=", d.c, " k=", d.k, " r=", d.r, " s=", d.s,
                " stride=", d.stride_h, ",", d.stride_w, " pad=", d.pad_h, ",", d.pad_w, ",",
                d.pad_bottom, ",", d.pad_right, " dilation=", d.dilation_h, ",", d.dilation_w,
                " groups=", d.groups);
}

struct Conv2dCounts {
  std::size_t x, w, y, k;
  explicit Conv2dCounts(const Conv2dShape& d)
      : x(std::size_t(d.n) * d.h * d.w * d.c),
        w(std::size_t(d.k) * d.taps()),
        y(std::size_t(d.n) * d.p() * d.q() * d.k),
        k(static_cast<std::size_t>(d.k)) {}
};

inline Tensor upload(const std::vector<float>& values) {
  return Tensor::from_host(stream(), {static_cast<std::int64_t>(values.size())}, values);
}
inline Tensor result(std::size_t count) {
  return Tensor::empty(stream(), {static_cast<std::int64_t>(count)});
}

// Operands and results lie `offset` floats behind an aligned address: 0 lets a kernel take its
// vector path, 1 forbids it.
struct Placed {
  Placed(const std::vector<float>& values, std::size_t offset)
      : tensor(result(values.size() + offset)), skip(offset) {
    stream().copy_to_device(data(), values.data(), values.size() * sizeof(float));
  }
  Placed(std::size_t count, std::size_t offset) : tensor(result(count + offset)), skip(offset) {}
  float* data() const { return tensor.data<float>() + skip; }
  std::vector<float> to_host() const {
    auto values = tensor.to_host<float>(stream());
    values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(skip));
    return values;
  }
  Tensor tensor;
  std::size_t skip;
};

// What the sum of `terms` products of values uniform in [−1, 1) may lose in fp32: the partial sums
// are a random walk with steps of standard deviation 1/3, so they stay below 2·√terms (6 σ), and
// each of the `terms` additions and products rounds by at most 2^-24 of that.
inline double conv2d_tolerance(double terms) {
  return 4 * 0x1p-24 * terms * std::sqrt(terms) + 1e-7;
}

}  // namespace pellucid::test
