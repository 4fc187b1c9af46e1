// conv2d_depthwise_size.h: the shared memory of the depthwise kernels, which decides whether they take a
// shape. Host arithmetic, the same for both builds of the kernels.
#pragma once

#include "kernels/conv2d/conv2d.h"

namespace pellucid {

struct Conv2dDepthwiseTile {
  static constexpr int kChannels = 32;  // of a warp, one a lane
  static constexpr int kWarps = 8;
  static constexpr int kOutputs = 8;  // neighbours in a row, of a thread
  static constexpr int kPitch = 33;   // floats from a tap's weights to the next in shared memory
  static constexpr long long kMaxSharedBytes = 48 * 1024;  // what every GPU gives without asking
};

inline long long conv2d_depthwise_shared_bytes(const Conv2dShape& d) {
  return 4LL * Conv2dDepthwiseTile::kPitch * (1LL * d.r * d.s + 1);  // and the bias
}

template <class Args>
bool conv2d_fits_depthwise(const Args& a) {
  // Each extent by itself first: the product of two could overflow.
  const long long limit = Conv2dDepthwiseTile::kMaxSharedBytes;
  return a.shape.depthwise() && a.shape.r < limit && a.shape.s < limit &&
         conv2d_depthwise_shared_bytes(a.shape) <= limit;
}

}  // namespace pellucid
