// concat.h: joining arrays along their channels, and cutting them apart again.
//
//   copy_channels   y[r, to + i] = x[r, from + i],   r in 0 … rows − 1, i in 0 … count − 1
//
// A concatenation is one call an input, each with from = 0 and the sum of the channels before it as
// `to` (ONNX operator Concat, axis of the channels). Its derivative is the same calls with x and y,
// from and to in each other's place.
//
// Activations (N, H, W, C), fp32: a row is a pixel, rows = N·H·W. The rest of y stays as it is. x
// and y do not overlap.
#pragma once

#include <cstdint>

#include "kernels/variant.h"

namespace pellucid {

struct CopyChannelsArgs {
  const float* x;  // (rows, x_channels)
  float* y;        // (rows, y_channels)
  std::int64_t rows;
  int x_channels, y_channels;
  int from, to, count;
};

// Throws Error for rows or count < 1, and for channels that x or y does not have.
void copy_channels(Stream& stream, const CopyChannelsArgs& args);

const VariantTable<CopyChannelsArgs>& copy_channels_variants();

// The specification and the tests' oracle. T: float or double.
template <class T>
void copy_channels_reference(const T* x, T* y, std::int64_t rows, int x_channels, int y_channels,
                             int from, int to, int count);

Cost copy_channels_cost(const CopyChannelsArgs& args);

// Whether every run of `count` channels starts at a multiple of 16 bytes and is whole float4s.
bool copies_whole_vectors(const CopyChannelsArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(copy_channels_v1_naive, CopyChannelsArgs)
PELLUCID_DECLARE_KERNEL(copy_channels_v2_vector, CopyChannelsArgs)
namespace pellucid::cpu {
void copy_channels(Stream& stream, const CopyChannelsArgs& args);
}  // namespace pellucid::cpu
