// gradient_cam_v2_fused.cu: every method that is asked for in one launch, one block an image.
//
// computes   cam.h;   activation, gradient: (N, H, W, K); weight: (N, K); map: (N, H, W); peak: (N)
// mapping    pooling: K is taken in slices of at most 1024 channels; a slice of C channels, rounded
//                     up to whole warps, lays the threads out as 1024 / C groups × C channels;
//                     group g adds places g, g + groups, …: neighbouring lanes read neighbouring
//                     channels. Grad-CAM++ needs Σ A before its α, so its gradients pass twice
//            maps:    warp w takes places w, w + 32, …; lane l weighs channels l, l + 32, …
// idea       methods share the loads: A is read at most twice and G at most three times for all
//            five; the weights never leave the block: they wait in shared memory while the
//            activations pass, and ReLU and maximum are taken from the sums while in registers
// limits     every extent ≥ 1; H·W < 2^31 (the operator checks them); K times the methods that weigh
//            channels ≤ 8192 (32 KiB)
// cost       Grad-CAM: 4·N·(2·H·W·K + H·W + K + 1) bytes, 3·N·H·W·K flops
// next       one image occupies one multiprocessor: v3 spreads Grad-CAM; for all methods a thread-block
//            cluster could share an image's places, its blocks exchanging partial weights and maxima
//            through distributed shared memory
#include "kernels/cam/gradient_cam.cuh"
#include "kernels/device/block.cuh"
#include "kernels/device/unroll.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kFusedCamBlock = 1024;
constexpr int kFusedCamWarps = kFusedCamBlock / kWarp;
static_assert(kFusedCamBlock % kWarp == 0 && kFusedCamBlock <= 1024);
static_assert((kFusedCamWeights + kFusedCamBlock) * sizeof(float) + 1024 <= 48 * 1024,
              "weights, partial sums and the block maximum fit into static shared memory");

// A slice of channels: how the block's threads share it.
struct Slice {
  int channels, lanes, groups;  // lanes: a group's threads, whole warps
};

// The groups' values of a channel added in their order, for the thread that is the channel's number.
__device__ __forceinline__ float join_groups(float* partial, float value, const Slice& s) {
  const int thread = static_cast<int>(threadIdx.x);
  partial[thread] = value;
  __syncthreads();  // all partial sums must be there before a channel's are added
  float total = 0;
  if (thread < s.channels) {
    total = partial[thread];
    for (int g = 1; g < s.groups; ++g) total += partial[g * s.lanes + thread];
  }
  __syncthreads();  // the next sums overwrite them
  return total;
}

}  // namespace

// kGradCamOnly: the flags of the other methods are constants, so that loads of several places can be in
// flight at once, and the accumulators of the others take no registers.
template <bool kGradCamOnly>
__global__ void __launch_bounds__(kFusedCamBlock, 1)
    gradient_cam_v2_fused_kernel(GradientCamArgs a) {
  constexpr int kPooled = static_cast<int>(GradientCam::gradcam),
                kPlusPlus = static_cast<int>(GradientCam::gradcam_plus_plus),
                kHiRes = static_cast<int>(GradientCam::hirescam),
                kX = static_cast<int>(GradientCam::xgradcam),
                kLayer = static_cast<int>(GradientCam::layercam);
  __shared__ float weights[kFusedCamWeights];
  __shared__ float partial[kFusedCamBlock];
  const int thread = static_cast<int>(threadIdx.x), places = a.h * a.w;
  const std::int64_t image = blockIdx.x;
  const float* activation = a.activation + image * places * a.k;
  const float* gradient = a.gradient + image * places * a.k;
  const bool pooled = kGradCamOnly || a.out[kPooled].map,
             plus_plus = !kGradCamOnly && a.out[kPlusPlus].map,
             hires = !kGradCamOnly && a.out[kHiRes].map, x = !kGradCamOnly && a.out[kX].map,
             layer = !kGradCamOnly && a.out[kLayer].map;
  const bool asked[kGradientCams] = {pooled, plus_plus, hires, x, layer};
  float* plus_plus_weights = weights + (pooled ? a.k : 0);
  float* x_weights = plus_plus_weights + (plus_plus ? a.k : 0);

  for (int first = 0; first < a.k && (pooled || plus_plus || x); first += kFusedCamBlock) {
    Slice s;
    s.channels = min(a.k - first, kFusedCamBlock);
    s.lanes = (s.channels + kWarp - 1) / kWarp * kWarp;
    s.groups = kFusedCamBlock / s.lanes;  // at least 1, since lanes ≤ 1024
    const int group = thread / s.lanes, channel = thread % s.lanes;
    const bool works = group < s.groups && channel < s.channels;
    const bool last = thread < s.channels;  // joins the groups of a channel
    const std::int64_t out = image * a.k + first + thread;

    float gradients = 0, activations = 0, products = 0;
    if (works)
      for (std::int64_t p = group; p < places; p += s.groups) {
        const std::int64_t i = p * a.k + first + channel;
        const float activation_here = plus_plus || x ? activation[i] : 0;
        const float gradient_here = pooled || x ? gradient[i] : 0;
        gradients += gradient_here;
        activations += activation_here;
        products = fmaf(gradient_here, activation_here, products);
      }
    if (pooled) {
      const float weight = join_groups(partial, gradients, s) / static_cast<float>(places);
      if (last) weights[first + thread] = a.out[kPooled].weight[out] = weight;
    }
    if (plus_plus || x) activations = join_groups(partial, activations, s);
    if (x) {
      const float weight =
          quotient_or_zero(join_groups(partial, products, s), activations + a.xgradcam_epsilon);
      if (last) x_weights[first + thread] = a.out[kX].weight[out] = weight;
    }
    if (plus_plus) {
      if (last) partial[thread] = plus_plus_scale(a.form, activations, places);
      __syncthreads();  // every group needs the sum of its channel
      float sum = 0, alphas = 0;
      if (works) {
        const float scale = partial[channel];
        for (std::int64_t p = group; p < places; p += s.groups) {
          const float g = gradient[p * a.k + first + channel];
          const float alpha = plus_plus_alpha(g, scale, a.plus_plus_epsilon);
          alphas += alpha;
          sum = fmaf(alpha, fmaxf(g, 0.0f), sum);
        }
      }
      __syncthreads();  // the partial sums overwrite it
      sum = join_groups(partial, sum, s);
      if (a.form == GradCamPlusPlusForm::normalised) alphas = join_groups(partial, alphas, s);
      const float weight = plus_plus_weight(a.form, sum, alphas, places);
      if (last) plus_plus_weights[first + thread] = a.out[kPlusPlus].weight[out] = weight;
    }
  }
  __syncthreads();  // the maps need all weights

  float largest[kGradientCams];
  PELLUCID_UNROLL
  for (int m = 0; m < kGradientCams; ++m) largest[m] = -INFINITY;
  for (std::int64_t p = warp_id(); p < places; p += kFusedCamWarps) {
    float sums[kGradientCams];
    PELLUCID_UNROLL
    for (int m = 0; m < kGradientCams; ++m) sums[m] = 0;
    for (int k = lane_id(); k < a.k; k += kWarp) {
      const float activation_here = activation[p * a.k + k];
      const float gradient_here = hires || layer ? gradient[p * a.k + k] : 0;
      if (pooled) sums[kPooled] = fmaf(weights[k], activation_here, sums[kPooled]);
      if (plus_plus) sums[kPlusPlus] = fmaf(plus_plus_weights[k], activation_here, sums[kPlusPlus]);
      if (x) sums[kX] = fmaf(x_weights[k], activation_here, sums[kX]);
      if (hires) sums[kHiRes] = fmaf(gradient_here, activation_here, sums[kHiRes]);
      if (layer) sums[kLayer] = fmaf(fmaxf(gradient_here, 0.0f), activation_here, sums[kLayer]);
    }
    PELLUCID_UNROLL
    for (int m = 0; m < kGradientCams; ++m) {
      if (!asked[m]) continue;
      float sum = warp_sum(sums[m]);
      if (a.relu) sum = fmaxf(sum, 0.0f);
      if (lane_id() == 0) a.out[m].map[image * places + p] = sum;
      largest[m] = fmaxf(largest[m], sum);
    }
  }
  PELLUCID_UNROLL
  for (int m = 0; m < kGradientCams; ++m) {
    if (!asked[m]) continue;
    const float peak = block_max<kFusedCamBlock>(largest[m]);
    if (thread == 0) a.out[m].peak[image] = peak;
  }
}

void gradient_cam_v2_fused(Stream& stream, const GradientCamArgs& a) {
  require(gradient_cam_is_fused(a),
          "gradient_cam_v2_fused: the weights of the maps asked for exceed ", kFusedCamWeights,
          " at ", a.k, " channels");
  bool others = false;
  for (int m = 0; m < kGradientCams; ++m)
    others |= a.out[m].map && static_cast<GradientCam>(m) != GradientCam::gradcam;
  launch(stream,
         {"gradient_cam_v2_fused", static_cast<unsigned>(a.n), kFusedCamBlock, 0,
          gradient_cam_cost(a)},
         others ? gradient_cam_v2_fused_kernel<false> : gradient_cam_v2_fused_kernel<true>, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
