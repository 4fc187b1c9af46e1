// pixels_v2_vector.cu: grey bytes to network input, four values a thread.
//
// computes   elementwise.h;   x: (images, H, W) uint8, index: (N), y: (N, H, W, C)
// mapping    block b takes part b mod parts of image b / parts; its thread t writes four values of
//            y
// idea       stores of 16 bytes; the byte is read up to C times but by neighbouring threads, so
//            from L1; one division a block finds the image and 32-bit divisions the pixel
// limits     every extent ≥ 1; H·W·C a multiple of 4 and ≤ 2^31 − 1; y aligned to 16 bytes
// cost       N·H·W·(1 + 4·C) bytes, N·H·W·C flops (the quotient)
// next       the first convolution could read the bytes itself and save this pass
#include "kernels/alignment.h"
#include "kernels/device/vector.cuh"
#include "kernels/elementwise/elementwise.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void pixels_v2_vector_kernel(PixelsArgs a, unsigned parts) {
  const std::int64_t n = blockIdx.x / parts;
  const unsigned image = static_cast<unsigned>(a.h) * a.w * a.c;
  const unsigned first = kVector * (blockIdx.x % parts * blockDim.x + threadIdx.x);
  if (first >= image) return;
  const std::uint8_t* x = a.x + a.index[n] * (std::int64_t{a.h} * a.w);
  const auto value = [&](unsigned i) { return static_cast<float>(x[i / a.c]) / 255.0f; };
  store4(a.y + n * image + first,
         make_float4(value(first), value(first + 1), value(first + 2), value(first + 3)));
}

void pixels_v2_vector(Stream& stream, const PixelsArgs& a) {
  constexpr int block = 256;
  const long long image = 1LL * a.h * a.w * a.c;
  require_aligned16("pixels_v2_vector", {a.y});
  require(image % kVector == 0, "pixels_v2_vector: H·W·C must be a multiple of 4, got ", image);
  const unsigned parts = blocks_for(image, kVector * block);
  const unsigned grid = blocks_for(1LL * a.n * parts, 1);
  launch(stream, {"pixels_v2_vector", grid, block, 0, pixels_cost(a)}, pixels_v2_vector_kernel, a,
         parts);
}

}  // namespace pellucid::PELLUCID_BACKEND
