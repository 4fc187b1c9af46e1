// cpu: an image a thread. The sums over places run in double, since a channel's is one chain over all
// of them; the inner loops run over channels, which lie side by side.
#include <algorithm>
#include <limits>
#include <vector>

#include "kernels/cam/cam.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

double quotient_or_zero(double a, double b) { return b == 0 ? 0 : a / b; }

// Of one image.
struct Layer {
  const float* activation;  // (places, k)
  const float* gradient;    // (places, k)
  std::int64_t places;
  int k;
};

// Σ over places, channel by channel, of what `term` makes of an activation and its gradient.
template <class Term>
std::vector<double> channel_sums(const Layer& layer, const Term& term) {
  std::vector<double> sums(static_cast<std::size_t>(layer.k));
  double* sum = sums.data();
  for (std::int64_t p = 0; p < layer.places; ++p) {
    const float* activation = layer.activation + p * layer.k;
    const float* gradient = layer.gradient + p * layer.k;
    for (int k = 0; k < layer.k; ++k) sum[k] += term(k, activation[k], gradient[k]);
  }
  return sums;
}

void plus_plus_weights(const Layer& layer, std::vector<double> scale, GradCamPlusPlusForm form,
                       double epsilon, float* weight) {
  const auto places = static_cast<double>(layer.places);
  if (form == GradCamPlusPlusForm::mean)
    for (double& each : scale) each /= places;
  const auto alpha = [&scale, epsilon](int k, double g) {
    const double square = g * g;
    return quotient_or_zero(square,
                            square * (2 + scale[static_cast<std::size_t>(k)] * g) + epsilon);
  };
  const std::vector<double> sums =
      channel_sums(layer, [&](int k, float, float g) { return alpha(k, g) * std::max(g, 0.0f); });
  std::vector<double> divisor(sums.size(), form == GradCamPlusPlusForm::mean ? places : 1);
  if (form == GradCamPlusPlusForm::normalised)
    divisor = channel_sums(layer, [&](int k, float, float g) { return alpha(k, g); });
  for (std::size_t k = 0; k < sums.size(); ++k)
    weight[k] = static_cast<float>(quotient_or_zero(sums[k], divisor[k]));
}

// factor(p): the K factors of place p.
template <class Factor>
void sum_channels(const Layer& layer, bool relu, float* map, float* peak, const Factor& factor) {
  float largest = -std::numeric_limits<float>::infinity();
  for (std::int64_t p = 0; p < layer.places; ++p) {
    float total = 0;
    for (int k = 0; k < layer.k; ++k) total += factor(p, k) * layer.activation[p * layer.k + k];
    map[p] = relu ? std::max(total, 0.0f) : total;
    largest = std::max(largest, map[p]);
  }
  *peak = largest;
}

void one_image(const GradientCamArgs& a, std::int64_t image) {
  const std::int64_t places = std::int64_t{a.h} * a.w, first = image * places * a.k;
  const Layer layer{a.activation + first, a.gradient + first, places, a.k};
  const auto output = [&](GradientCam method) {
    const GradientCamOutput& out = a.out[static_cast<int>(method)];
    if (!out.map) return GradientCamOutput{};
    return GradientCamOutput{out.map + image * places, out.peak + image,
                             out.weight ? out.weight + image * a.k : nullptr};
  };
  const auto weigh = [&](const GradientCamOutput& out) {
    sum_channels(layer, a.relu, out.map, out.peak,
                 [&](std::int64_t, int k) { return out.weight[k]; });
  };
  const GradientCamOutput pooled = output(GradientCam::gradcam),
                          plus_plus = output(GradientCam::gradcam_plus_plus),
                          hires = output(GradientCam::hirescam), x = output(GradientCam::xgradcam),
                          rectified = output(GradientCam::layercam);
  if (pooled.map) {
    const auto sums = channel_sums(layer, [](int, float, float g) { return g; });
    for (int k = 0; k < a.k; ++k)
      pooled.weight[k] =
          static_cast<float>(sums[static_cast<std::size_t>(k)] / static_cast<double>(places));
    weigh(pooled);
  }
  if (plus_plus.map || x.map) {
    const auto activations = channel_sums(layer, [](int, float value, float) { return value; });
    if (plus_plus.map) {
      plus_plus_weights(layer, activations, a.form, a.plus_plus_epsilon, plus_plus.weight);
      weigh(plus_plus);
    }
    if (x.map) {
      const auto products =
          channel_sums(layer, [](int, float value, float g) { return double{value} * g; });
      for (std::size_t k = 0; k < products.size(); ++k)
        x.weight[k] =
            static_cast<float>(quotient_or_zero(products[k], activations[k] + a.xgradcam_epsilon));
      weigh(x);
    }
  }
  if (hires.map)
    sum_channels(layer, a.relu, hires.map, hires.peak,
                 [&](std::int64_t p, int k) { return layer.gradient[p * a.k + k]; });
  if (rectified.map)
    sum_channels(layer, a.relu, rectified.map, rectified.peak, [&](std::int64_t p, int k) {
      return std::max(layer.gradient[p * a.k + k], 0.0f);
    });
}

}  // namespace

void gradient_cam(Stream& stream, const GradientCamArgs& a) {
  const LaunchScope scope(stream, {"gradient_cam_cpu", {}, {}, 0, gradient_cam_cost(a)});
#pragma omp parallel for if (a.n > 1)
  for (int image = 0; image < a.n; ++image) one_image(a, image);
}

}  // namespace pellucid::cpu
