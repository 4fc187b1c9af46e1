// pixels_v1_naive.cu: grey pixels to network input, one thread a value.
//
// computes   elementwise.h;   x: (images, H, W) T, index: (N), y: (N, H, W, C)
// mapping    thread t of the grid writes value t of y
// idea       the formula as written; the position is taken apart by division
// limits     every extent ≥ 1; H·W·C ≤ 2^31 − 1 (the operator checks it)
// cost       N·H·W·(sizeof T + 4·C) bytes, N·H·W·C flops (the quotient)
// next       v2 writes four values a thread and has no 64-bit division
#include "kernels/device/vector.cuh"
#include "kernels/elementwise/elementwise.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

template <class T>
__global__ void pixels_v1_naive_kernel(PixelsArgs a, const T* x) {
  const std::int64_t i = grid_thread();
  const std::int64_t plane = std::int64_t{a.h} * a.w, image = plane * a.c;
  if (i >= a.n * image) return;
  const std::int64_t n = i / image, pixel = i % image / a.c;
  const std::int32_t from = a.index[n];
  const float white = a.white ? a.white[from] : 255.0f;
  a.y[i] = static_cast<float>(x[from * plane + pixel]) / white;
}

void pixels_v1_naive(Stream& stream, const PixelsArgs& a) {
  constexpr int block = 256;
  const long long count = 1LL * a.n * a.h * a.w * a.c;
  const LaunchConfig config{"pixels_v1_naive", blocks_for(count, block), block, 0, pixels_cost(a)};
  if (a.words) launch(stream, config, pixels_v1_naive_kernel<std::uint16_t>, a, a.words);
  else launch(stream, config, pixels_v1_naive_kernel<std::uint8_t>, a, a.bytes);
}

}  // namespace pellucid::PELLUCID_BACKEND
