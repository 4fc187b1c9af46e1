#include <algorithm>
#include <limits>
#include <vector>

#include "kernels/cam/cam.h"

namespace pellucid {
namespace {

double quotient(double a, double b) { return b == 0 ? 0 : a / b; }

// Of one channel, whose elements lie `k` apart.
template <class T>
double channel_weight(GradientCam method, const T* a, const T* g, std::int64_t places, int k,
                      GradCamPlusPlusForm form, double epsilon) {
  const auto count = static_cast<double>(places);
  double activation = 0, gradient = 0, product = 0;
  for (std::int64_t p = 0; p < places; ++p) {
    activation += a[p * k];
    gradient += g[p * k];
    product += double{a[p * k]} * g[p * k];
  }
  if (method == GradientCam::gradcam) return gradient / count;
  if (method == GradientCam::xgradcam) return quotient(product, activation + epsilon);

  if (form == GradCamPlusPlusForm::mean) activation /= count;
  double weight = 0, alphas = 0;
  for (std::int64_t p = 0; p < places; ++p) {
    const double first = g[p * k], second = first * first, third = second * first;
    const double alpha = quotient(second, 2 * second + activation * third + epsilon);
    weight += alpha * std::max(first, 0.0);
    alphas += alpha;
  }
  return form == GradCamPlusPlusForm::mean         ? weight / count
         : form == GradCamPlusPlusForm::normalised ? quotient(weight, alphas)
                                                   : weight;
}

}  // namespace

template <class T>
void gradient_cam_reference(GradientCam method, const T* activation, const T* gradient, int n,
                            int h, int w, int k, bool relu, GradCamPlusPlusForm form,
                            double epsilon, T* weight, T* map, T* peak) {
  const std::int64_t places = std::int64_t{h} * w;
  std::vector<double> weights(static_cast<std::size_t>(k));
  for (int image = 0; image < n; ++image) {
    const T* a = activation + image * places * k;
    const T* g = gradient + image * places * k;
    if (has_channel_weights(method))
      for (int c = 0; c < k; ++c) {
        weights[static_cast<std::size_t>(c)] =
            channel_weight(method, a + c, g + c, places, k, form, epsilon);
        weight[std::int64_t{image} * k + c] = static_cast<T>(weights[static_cast<std::size_t>(c)]);
      }
    double largest = -std::numeric_limits<double>::infinity();
    for (std::int64_t p = 0; p < places; ++p) {
      double sum = 0;
      for (int c = 0; c < k; ++c) {
        const double here = g[p * k + c];
        const double factor = method == GradientCam::hirescam ? here
                              : method == GradientCam::layercam
                                  ? std::max(here, 0.0)
                                  : weights[static_cast<std::size_t>(c)];
        sum += factor * a[p * k + c];
      }
      if (relu) sum = std::max(sum, 0.0);
      map[image * places + p] = static_cast<T>(sum);
      largest = std::max(largest, sum);
    }
    peak[image] = static_cast<T>(largest);
  }
}

template void gradient_cam_reference(GradientCam, const float*, const float*, int, int, int, int,
                                     bool, GradCamPlusPlusForm, double, float*, float*, float*);
template void gradient_cam_reference(GradientCam, const double*, const double*, int, int, int, int,
                                     bool, GradCamPlusPlusForm, double, double*, double*, double*);

}  // namespace pellucid
