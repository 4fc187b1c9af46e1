// conv2d_depthwise_cpu.h: channels of a pixel in registers of eight, for the cpu's depthwise convolutions.
#pragma once

#include "kernels/conv2d/conv2d_rows_cpu.h"

namespace pellucid::cpu {

inline constexpr int kDepthwiseLanes = 8;
using DepthwiseVector = Lanes<kDepthwiseLanes>::Vector;

// Eight channels, or one.
template <class V>
[[gnu::always_inline]] inline V load_channels(const float* from) {
  if constexpr (sizeof(V) == sizeof(float)) return *from;
  else return reinterpret_cast<const Lanes<kDepthwiseLanes>::Unaligned*>(from)->value;
}
template <class V>
[[gnu::always_inline]] inline void store_channels(float* to, V value) {
  if constexpr (sizeof(V) == sizeof(float)) *to = value;
  else reinterpret_cast<Lanes<kDepthwiseLanes>::Unaligned*>(to)->value = value;
}

// visit(V{}, first channel) from channel c on: eight at a time, those left over one by one.
template <class Visit>
[[gnu::always_inline]] inline void for_channel_blocks(int channels, const Visit& visit, int c = 0) {
  for (; c + kDepthwiseLanes <= channels; c += kDepthwiseLanes) visit(DepthwiseVector{}, c);
  for (; c < channels; ++c) visit(0.0f, c);
}

}  // namespace pellucid::cpu
