// copy_channels_v2_vector.cu: some channels of each row to another place, four channels a thread.
//
// computes   concat.h;   x: (rows, x_channels), y: (rows, y_channels)
// mapping    thread t of the grid copies channels 4·(t % packs) … + 3 of row t / packs,
//            packs = count / 4
// idea       16-byte loads and stores; the row of a block's first thread takes one 64-bit division,
//            the same for the whole block, and that of the others a 32-bit one
// limits     rows, count ≥ 1; count, from, to, x_channels and y_channels multiples of 4; x and y
//            aligned to 16 bytes
// cost       8·rows·count bytes, no flops
// next       nothing here: the operator before it could write into y itself and save this pass
#include "kernels/concat/concat.h"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void copy_channels_v2_vector_kernel(CopyChannelsArgs a) {
  const unsigned packs = static_cast<unsigned>(a.count) / kVector;
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * blockDim.x;
  // Below packs + blockDim.x, so below 2^31.
  const unsigned at = static_cast<unsigned>(first % packs) + threadIdx.x;
  const std::int64_t row = first / packs + at / packs;
  if (row >= a.rows) return;
  const unsigned channel = kVector * (at % packs);
  store4(a.y + row * a.y_channels + a.to + channel,
         load4(a.x + row * a.x_channels + a.from + channel));
}

void copy_channels_v2_vector(Stream& stream, const CopyChannelsArgs& a) {
  constexpr int block = 256;
  require(copies_whole_vectors(a), "copy_channels_v2_vector: the channels ", a.x_channels, ", ",
          a.y_channels, ", ", a.from, ", ", a.to, " and ", a.count,
          " must be multiples of 4 and the arrays aligned to 16 bytes; the v1 variant takes any");
  launch(stream,
         {"copy_channels_v2_vector", blocks_for(a.rows * (a.count / kVector), block), block, 0,
          copy_channels_cost(a)},
         copy_channels_v2_vector_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
