// gradient_cam_v1_unfused.cu: each method in up to four launches, one a step of its definition.
//
// computes   cam.h;   activation, gradient: (N, H, W, K); weight: (N, K); map: (N, H, W); peak: (N)
// mapping    weights: thread t of the grid pools channel t mod K of image t / K
//            sum:     thread t weighs the K channels of place t
//            relu:    thread t clips place t
//            peak:    block b takes image b; thread t looks at places t, t + 256, …
// idea       what a framework does with one operator a step and one method after the other
// limits     every extent ≥ 1; H·W < 2^31 (the operator checks them)
// cost       Grad-CAM: 4·N·(2·H·W·K + 4·H·W + K) bytes: the map is written, clipped in place and read
//            once more
// next       v2 is one launch for all methods
#include "kernels/cam/gradient_cam.cuh"
#include "kernels/device/block.cuh"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kUnfusedCamBlock = 256;

__global__ void gradient_cam_v1_unfused_weights_kernel(GradientCamArgs a, GradientCam method,
                                                       GradientCamOutput out) {
  const std::int64_t t = grid_thread();
  if (t >= std::int64_t{a.n} * a.k) return;
  const int places = a.h * a.w;
  const std::int64_t first = t / a.k * places * a.k + t % a.k;
  const float* activation = a.activation + first;
  const float* gradient = a.gradient + first;

  float activations = 0;
  if (method != GradientCam::gradcam)
    for (int p = 0; p < places; ++p) activations += activation[std::int64_t{p} * a.k];
  const float scale = plus_plus_scale(a.form, activations, places);
  float sum = 0, alphas = 0;
  for (int p = 0; p < places; ++p) {
    const float g = gradient[std::int64_t{p} * a.k];
    if (method == GradientCam::gradcam) {
      sum += g;
    } else if (method == GradientCam::xgradcam) {
      sum = fmaf(g, activation[std::int64_t{p} * a.k], sum);
    } else {
      const float alpha = plus_plus_alpha(g, scale, a.plus_plus_epsilon);
      alphas += alpha;
      sum = fmaf(alpha, fmaxf(g, 0.0f), sum);
    }
  }
  out.weight[t] = method == GradientCam::gradcam ? sum / static_cast<float>(places)
                  : method == GradientCam::xgradcam
                      ? quotient_or_zero(sum, activations + a.xgradcam_epsilon)
                      : plus_plus_weight(a.form, sum, alphas, places);
}

__global__ void gradient_cam_v1_unfused_sum_kernel(GradientCamArgs a, GradientCam method,
                                                   GradientCamOutput out) {
  const std::int64_t t = grid_thread();
  const int places = a.h * a.w;
  if (t >= std::int64_t{a.n} * places) return;
  const float* factor =
      has_channel_weights(method) ? out.weight + t / places * a.k : a.gradient + t * a.k;
  const float* activation = a.activation + t * a.k;
  float sum = 0;
  for (int k = 0; k < a.k; ++k)
    sum = fmaf(method == GradientCam::layercam ? fmaxf(factor[k], 0.0f) : factor[k], activation[k],
               sum);
  out.map[t] = sum;
}

__global__ void gradient_cam_v1_unfused_relu_kernel(GradientCamArgs a, GradientCamOutput out) {
  const std::int64_t t = grid_thread();
  if (t < std::int64_t{a.n} * a.h * a.w) out.map[t] = fmaxf(out.map[t], 0.0f);
}

__global__ void gradient_cam_v1_unfused_peak_kernel(GradientCamArgs a, GradientCamOutput out) {
  const int places = a.h * a.w;
  const float* map = out.map + std::int64_t{blockIdx.x} * places;
  float largest = -INFINITY;
  // 64 bits: the last step may pass 2^31 places.
  for (std::int64_t p = threadIdx.x; p < places; p += kUnfusedCamBlock)
    largest = fmaxf(largest, map[p]);
  largest = block_max<kUnfusedCamBlock>(largest);
  if (threadIdx.x == 0) out.peak[blockIdx.x] = largest;
}

void gradient_cam_v1_unfused(Stream& stream, const GradientCamArgs& a) {
  constexpr int block = kUnfusedCamBlock;
  const long long channels = 1LL * a.n * a.k, places = 1LL * a.n * a.h * a.w;
  const double elements = double{1} * places * a.k;
  for (int m = 0; m < kGradientCams; ++m) {
    const auto method = static_cast<GradientCam>(m);
    const GradientCamOutput& out = a.out[m];
    if (!out.map) continue;
    const bool weighted = has_channel_weights(method), pooled = method == GradientCam::gradcam;
    if (weighted)
      launch(stream,
             {"gradient_cam_v1_unfused_weights",
              blocks_for(channels, block),
              block,
              0,
              {.flops = (pooled                            ? 1
                         : method == GradientCam::xgradcam ? 3
                                                           : 8) *
                        elements,
               .bytes = 4 * ((pooled ? 1 : 2) * elements + channels)}},
             gradient_cam_v1_unfused_weights_kernel, a, method, out);
    launch(stream,
           {"gradient_cam_v1_unfused_sum",
            blocks_for(places, block),
            block,
            0,
            {.flops = 2 * elements,
             .bytes = 4 * (elements + (weighted ? channels : elements) + places)}},
           gradient_cam_v1_unfused_sum_kernel, a, method, out);
    if (a.relu)
      launch(stream,
             {"gradient_cam_v1_unfused_relu",
              blocks_for(places, block),
              block,
              0,
              {.flops = double{1} * places, .bytes = 8.0 * places}},
             gradient_cam_v1_unfused_relu_kernel, a, out);
    launch(stream,
           {"gradient_cam_v1_unfused_peak",
            static_cast<unsigned>(a.n),
            block,
            0,
            {.flops = double{1} * places, .bytes = 4.0 * (places + a.n)}},
           gradient_cam_v1_unfused_peak_kernel, a, out);
  }
}

}  // namespace pellucid::PELLUCID_BACKEND
