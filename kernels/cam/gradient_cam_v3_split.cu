// gradient_cam_v3_split.cu: Grad-CAM alone, many blocks an image.
//
// computes   cam.h, of the methods Grad-CAM alone;   activation, gradient: (N, H, W, K); weight: (N, K);
//            map: (N, H, W); peak: (N)
// mapping    weights: block (image, group g of 1024 / lanes) adds places g, g + groups, …, a thread a channel;
//                     lanes is K rounded up to whole warps
//            map:     block (image, part) of 8 warps joins the groups' sums in the order of the groups, then
//                     warp w takes places 64·part + w, + 8, …; lane l weighs channels l, l + 32, …
//            peak:    block (image) takes the maximum of its parts
// idea       v2 gives an image to one multiprocessor: 64 images take as long as one. Here one image of 53×53 with
//            14 channels is 32 blocks, then 44. Sums and their order are those of v2, and so are the bits
// limits     no other method is asked for; K ≤ 1024; otherwise those of v2
// cost       4·N·(2·H·W·K + H·W + K + 1) bytes, 3·N·H·W·K flops; three launches
// next       weights and map in one launch of a thread-block cluster
#include "kernels/cam/gradient_cam.cuh"
#include "kernels/device/block.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kSplitCamThreads = 1024;  // of v2's block, whose groups these are
constexpr int kSplitCamBlock = 256;
constexpr int kSplitCamWarps = kSplitCamBlock / kWarp;
constexpr int kSplitCamPlaces = 64;

struct SplitCam {
  GradientCamArgs a;
  int lanes, groups, parts;
  float* sums;   // (N, groups, K)
  float* peaks;  // (N, parts)
};

}  // namespace

__global__ void __launch_bounds__(kSplitCamThreads) gradient_cam_v3_split_sums_kernel(SplitCam s) {
  const GradientCamArgs& a = s.a;
  const int group = static_cast<int>(blockIdx.x) % s.groups,
            channel = static_cast<int>(threadIdx.x);
  const std::int64_t image = static_cast<int>(blockIdx.x) / s.groups, places = a.h * a.w;
  if (channel >= a.k) return;
  const float* gradient = a.gradient + image * places * a.k + channel;
  float sum = 0;
  for (std::int64_t p = group; p < places; p += s.groups) sum += gradient[p * a.k];
  s.sums[(image * s.groups + group) * a.k + channel] = sum;
}

__global__ void __launch_bounds__(kSplitCamBlock) gradient_cam_v3_split_map_kernel(SplitCam s) {
  __shared__ float weights[kSplitCamThreads];
  const GradientCamArgs& a = s.a;
  const GradientCamOutput& out = a.out[static_cast<int>(GradientCam::gradcam)];
  const int part = static_cast<int>(blockIdx.x) % s.parts, places = a.h * a.w;
  const std::int64_t image = static_cast<int>(blockIdx.x) / s.parts;
  for (int k = static_cast<int>(threadIdx.x); k < a.k; k += kSplitCamBlock) {
    const float* sums = s.sums + image * s.groups * a.k + k;
    float total = sums[0];
    for (int g = 1; g < s.groups; ++g) total += sums[static_cast<std::int64_t>(g) * a.k];
    weights[k] = total / static_cast<float>(places);
    if (part == 0) out.weight[image * a.k + k] = weights[k];
  }
  __syncthreads();  // the map needs all weights

  const float* activation = a.activation + image * places * a.k;
  const int first = part * kSplitCamPlaces, end = min(first + kSplitCamPlaces, places);
  float largest = -INFINITY;
  for (std::int64_t p = first + warp_id(); p < end; p += kSplitCamWarps) {
    float sum = 0;
    for (int k = lane_id(); k < a.k; k += kWarp)
      sum = fmaf(weights[k], activation[p * a.k + k], sum);
    sum = warp_sum(sum);
    if (a.relu) sum = fmaxf(sum, 0.0f);
    if (lane_id() == 0) out.map[image * places + p] = sum;
    largest = fmaxf(largest, sum);
  }
  largest = block_max<kSplitCamBlock>(largest);
  if (threadIdx.x == 0) s.peaks[image * s.parts + part] = largest;
}

__global__ void __launch_bounds__(kSplitCamBlock) gradient_cam_v3_split_peak_kernel(SplitCam s) {
  const std::int64_t image = blockIdx.x;
  float largest = -INFINITY;
  for (int part = static_cast<int>(threadIdx.x); part < s.parts; part += kSplitCamBlock)
    largest = fmaxf(largest, s.peaks[image * s.parts + part]);
  largest = block_max<kSplitCamBlock>(largest);
  if (threadIdx.x == 0) s.a.out[static_cast<int>(GradientCam::gradcam)].peak[image] = largest;
}

void gradient_cam_v3_split(Stream& stream, const GradientCamArgs& a) {
  require(gradient_cam_is_split(a), "gradient_cam_v3_split: needs Grad-CAM alone and at most ",
          kSplitCamThreads, " channels, got ", a.k);
  SplitCam s{a, 0, 0, 0, nullptr, nullptr};
  s.lanes = (a.k + kWarp - 1) / kWarp * kWarp;
  s.groups = kSplitCamThreads / s.lanes;
  s.parts = static_cast<int>(blocks_for(1LL * a.h * a.w, kSplitCamPlaces));
  const double elements = double{1} * a.n * a.h * a.w * a.k, places = elements / a.k;
  const double sums = double{1} * a.n * s.groups * a.k, parts = double{1} * a.n * s.parts;
  const Buffer all_sums(stream.arena(), sizeof(float) * a.n * s.groups * a.k);
  const Buffer all_peaks(stream.arena(), sizeof(float) * a.n * s.parts);
  s.sums = static_cast<float*>(all_sums.data());
  s.peaks = static_cast<float*>(all_peaks.data());
  launch(stream,
         {"gradient_cam_v3_split_sums",
          blocks_for(1LL * a.n * s.groups, 1),
          static_cast<unsigned>(s.lanes),
          0,
          {.flops = elements, .bytes = 4 * (elements + sums)}},
         gradient_cam_v3_split_sums_kernel, s);
  launch(stream,
         {"gradient_cam_v3_split",
          blocks_for(1LL * a.n * s.parts, 1),
          kSplitCamBlock,
          0,
          {.flops = 2 * elements, .bytes = 4 * (elements + places + sums + parts)}},
         gradient_cam_v3_split_map_kernel, s);
  launch(stream,
         {"gradient_cam_v3_split_peak",
          static_cast<unsigned>(a.n),
          kSplitCamBlock,
          0,
          {.flops = parts, .bytes = 4 * (parts + a.n)}},
         gradient_cam_v3_split_peak_kernel, s);
}

}  // namespace pellucid::PELLUCID_BACKEND
