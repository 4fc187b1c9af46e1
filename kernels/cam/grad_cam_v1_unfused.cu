// grad_cam_v1_unfused.cu: Grad-CAM in four launches, one a step of the definition.
//
// computes   cam.h;   activation, gradient: (N, H, W, K); weight: (N, K); map: (N, H, W); peak: (N)
// mapping    weights: thread t of the grid pools channel t mod K of image t / K
//            sum:     thread t weighs the K channels of place t
//            relu:    thread t clips place t
//            peak:    block b takes image b; thread t looks at places t, t + 256, …
// idea       what a framework does with one operator a step, without its intermediate tensors
// limits     every extent ≥ 1; K ≤ 4096; H·W < 2^31 (the operator checks them)
// cost       4·N·(2·H·W·K + 4·H·W + K) bytes: map is written, clipped in place and read once more
// next       v2 is one launch
#include "kernels/cam/cam.h"
#include "kernels/device/block.cuh"
#include "kernels/device/vector.cuh"
#include "runtime/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kGradCamUnfusedBlock = 256;

__global__ void grad_cam_v1_unfused_weights_kernel(GradCamArgs a) {
  const std::int64_t t = grid_thread();
  if (t >= std::int64_t{a.n} * a.k) return;
  const int places = a.h * a.w;
  const float* gradient = a.gradient + t / a.k * places * a.k + t % a.k;
  float sum = 0;
  for (int p = 0; p < places; ++p) sum += gradient[std::int64_t{p} * a.k];
  a.weight[t] = sum / static_cast<float>(places);
}

__global__ void grad_cam_v1_unfused_sum_kernel(GradCamArgs a) {
  const std::int64_t t = grid_thread();
  const int places = a.h * a.w;
  if (t >= std::int64_t{a.n} * places) return;
  const float* weight = a.weight + t / places * a.k;
  const float* activation = a.activation + t * a.k;
  float sum = 0;
  for (int k = 0; k < a.k; ++k) sum = fmaf(weight[k], activation[k], sum);
  a.map[t] = sum;
}

__global__ void grad_cam_v1_unfused_relu_kernel(GradCamArgs a) {
  const std::int64_t t = grid_thread();
  if (t < std::int64_t{a.n} * a.h * a.w) a.map[t] = fmaxf(a.map[t], 0.0f);
}

__global__ void grad_cam_v1_unfused_peak_kernel(GradCamArgs a) {
  const int places = a.h * a.w;
  const float* map = a.map + std::int64_t{blockIdx.x} * places;
  float largest = -INFINITY;
  // 64 bits: the last step may pass 2^31 places.
  for (std::int64_t p = threadIdx.x; p < places; p += kGradCamUnfusedBlock)
    largest = fmaxf(largest, map[p]);
  largest = block_max<kGradCamUnfusedBlock>(largest);
  if (threadIdx.x == 0) a.peak[blockIdx.x] = largest;
}

void grad_cam_v1_unfused(Stream& stream, const GradCamArgs& a) {
  constexpr int block = kGradCamUnfusedBlock;
  const long long channels = 1LL * a.n * a.k, places = 1LL * a.n * a.h * a.w;
  const double elements = double{1} * places * a.k;
  launch(stream,
         {"grad_cam_v1_unfused_weights",
          blocks_for(channels, block),
          block,
          0,
          {.flops = elements, .bytes = 4 * (elements + channels)}},
         grad_cam_v1_unfused_weights_kernel, a);
  launch(stream,
         {"grad_cam_v1_unfused_sum",
          blocks_for(places, block),
          block,
          0,
          {.flops = 2 * elements, .bytes = 4 * (elements + channels + places)}},
         grad_cam_v1_unfused_sum_kernel, a);
  if (a.relu)
    launch(stream,
           {"grad_cam_v1_unfused_relu",
            blocks_for(places, block),
            block,
            0,
            {.flops = double{1} * places, .bytes = 8.0 * places}},
           grad_cam_v1_unfused_relu_kernel, a);
  launch(stream,
         {"grad_cam_v1_unfused_peak",
          static_cast<unsigned>(a.n),
          block,
          0,
          {.flops = double{1} * places, .bytes = 4.0 * (places + a.n)}},
         grad_cam_v1_unfused_peak_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
