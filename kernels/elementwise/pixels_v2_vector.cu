// pixels_v2_vector.cu: grey pixels to network input, four values a thread.
//
// computes   elementwise.h;   x: (images, H, W) T, index: (N), y: (N, H, W, C)
// mapping    block b takes part b mod parts of image b / parts; its thread t writes four values of
//            y
// idea       stores of 16 bytes; the pixel is read up to C times but by neighbouring threads, so
//            from L1; one division a block finds the image and 32-bit divisions the pixel
// limits     every extent ≥ 1; H·W·C a multiple of 4 and ≤ 2^31 − 1; y aligned to 16 bytes
// cost       N·H·W·(sizeof T + 4·C) bytes, N·H·W·C flops (the quotient)
// next       the first convolution could read the pixels itself and save this pass
#include "kernels/alignment.h"
#include "kernels/device/vector.cuh"
#include "kernels/elementwise/elementwise.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

template <class T>
__global__ void pixels_v2_vector_kernel(PixelsArgs a, const T* images, unsigned parts) {
  const std::int64_t n = blockIdx.x / parts;
  const unsigned image = static_cast<unsigned>(a.h) * a.w * a.c;
  const unsigned first = kVector * (blockIdx.x % parts * blockDim.x + threadIdx.x);
  if (first >= image) return;
  const std::int32_t from = a.index[n];
  const T* x = images + from * (std::int64_t{a.h} * a.w);
  const float white = a.white ? a.white[from] : 255.0f;
  const auto value = [&](unsigned i) { return static_cast<float>(x[i / a.c]) / white; };
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
  const LaunchConfig config{"pixels_v2_vector", grid, block, 0, pixels_cost(a)};
  if (a.words) launch(stream, config, pixels_v2_vector_kernel<std::uint16_t>, a, a.words, parts);
  else launch(stream, config, pixels_v2_vector_kernel<std::uint8_t>, a, a.bytes, parts);
}

}  // namespace pellucid::PELLUCID_BACKEND
