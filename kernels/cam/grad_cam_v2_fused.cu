// grad_cam_v2_fused.cu: Grad-CAM in one launch, one block an image.
//
// computes   cam.h;   activation, gradient: (N, H, W, K); weight: (N, K); map: (N, H, W); peak: (N)
// mapping    pooling: K is taken in slices of at most 1024 channels; a slice of C channels, rounded
//                     up to whole warps, lays the threads out as 1024 / C groups × C channels;
//                     group g adds places g, g + groups, …: neighbouring lanes read neighbouring
//                     channels
//            map:     warp w takes places w, w + 32, …; lane l weighs channels l, l + 32, …
// idea       the weights never leave the block: they wait in shared memory while the activations
//            pass, and the ReLU and the maximum are taken from the sums while in registers
// limits     every extent ≥ 1; K ≤ 4096 (16 KiB of weights); H·W < 2^31 (the operator checks them)
// cost       4·N·(2·H·W·K + H·W + K + 1) bytes, 3·N·H·W·K flops
// next       one image occupies one multiprocessor: a thread-block cluster could share an image's
//            places, its blocks exchanging partial weights and maxima through distributed shared
//            memory
#include "kernels/cam/cam.h"
#include "kernels/device/block.cuh"
#include "runtime/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kGradCamBlock = 1024;
constexpr int kGradCamWarps = kGradCamBlock / kWarp;
static_assert(kGradCamBlock % kWarp == 0 && kGradCamBlock <= 1024);
static_assert((kGradCamMaxChannels + kGradCamBlock) * sizeof(float) + 1024 <= 48 * 1024,
              "weights, partial sums and the block maximum fit into static shared memory");

__global__ void __launch_bounds__(kGradCamBlock, 1) grad_cam_v2_fused_kernel(GradCamArgs a) {
  __shared__ float weights[kGradCamMaxChannels];
  __shared__ float partial[kGradCamBlock];
  const int thread = static_cast<int>(threadIdx.x), places = a.h * a.w;
  const std::int64_t image = blockIdx.x;
  const float* activation = a.activation + image * places * a.k;
  const float* gradient = a.gradient + image * places * a.k;

  for (int first = 0; first < a.k; first += kGradCamBlock) {
    const int channels = min(a.k - first, kGradCamBlock);
    const int lanes = (channels + kWarp - 1) / kWarp * kWarp;  // a group's threads: whole warps
    const int groups = kGradCamBlock / lanes;                  // at least 1, since lanes ≤ 1024
    const int group = thread / lanes, channel = thread % lanes;
    float sum = 0;
    if (group < groups && channel < channels)
      for (std::int64_t p = group; p < places; p += groups)
        sum += gradient[p * a.k + first + channel];
    partial[thread] = sum;
    __syncthreads();  // all partial sums must be there before a channel's are added
    if (thread < channels) {
      float total = partial[thread];
      for (int g = 1; g < groups; ++g) total += partial[g * lanes + thread];
      const float weight = total / static_cast<float>(places);
      weights[first + thread] = weight;
      a.weight[image * a.k + first + thread] = weight;
    }
    __syncthreads();  // the next slice overwrites the partial sums; the map needs all weights
  }

  float* map = a.map + image * places;
  float largest = -INFINITY;
  for (std::int64_t p = warp_id(); p < places; p += kGradCamWarps) {
    float sum = 0;
    for (int k = lane_id(); k < a.k; k += kWarp)
      sum = fmaf(weights[k], activation[p * a.k + k], sum);
    sum = warp_sum(sum);
    if (a.relu) sum = fmaxf(sum, 0.0f);
    if (lane_id() == 0) map[p] = sum;
    largest = fmaxf(largest, sum);
  }
  largest = block_max<kGradCamBlock>(largest);
  if (thread == 0) a.peak[image] = largest;
}

void grad_cam_v2_fused(Stream& stream, const GradCamArgs& a) {
  require(a.k <= kGradCamMaxChannels, "grad_cam_v2_fused: a layer may have ", kGradCamMaxChannels,
          " channels, got ", a.k);
  launch(stream,
         {"grad_cam_v2_fused", static_cast<unsigned>(a.n), kGradCamBlock, 0, grad_cam_cost(a)},
         grad_cam_v2_fused_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
