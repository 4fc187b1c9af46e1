// saliency.cpp: the gradient of the score at the picture's pixels.
//
//   saliency          map = max_p |∂s/∂x_p|     Simonyan, Vedaldi & Zisserman, ICLR workshop 2014
//   inputxgradient    map = Σ_p x_p · ∂s/∂x_p   Shrikumar, Greenside & Kundaje, ICML 2017
//
// p runs over the planes of the picture. The first map says where a small change acts on the score, in units of
// the score; the second, what would change to first order if the pixel were black.
#include <algorithm>
#include <cmath>

#include "explain/gradient/gradient_explainer.h"

namespace pellucid {

extern const Method saliency_method, inputxgradient_method;

namespace {

float largest_magnitude(const float*, const float* gradient, int planes) {
  float largest = 0;
  for (int p = 0; p < planes; ++p) largest = std::max(largest, std::abs(gradient[p]));
  return largest;
}

float first_order_change(const float* x, const float* gradient, int planes) {
  float sum = 0;
  for (int p = 0; p < planes; ++p) sum += x[p] * gradient[p];
  return sum;
}

class SaliencyExplainer final : public GradientExplainer {
 public:
  using GradientExplainer::GradientExplainer;

 private:
  std::vector<Explanation> explain_look(const Look& look) override {
    const std::vector<float> gradient = gradient_at(look);
    std::vector<Explanation> out;
    for (const Method* method : methods()) {
      Explanation& one = out.emplace_back();
      one.is_signed = method == &inputxgradient_method;
      const auto value = one.is_signed ? first_order_change : largest_magnitude;
      for (std::size_t i = 0; i < gradient.size(); i += static_cast<std::size_t>(planes()))
        one.map.push_back(value(&look.pixels[i], &gradient[i], planes()));
      one.caption =
          one.is_signed ? "pixels times the gradient there" : "the gradient at the pixels";
    }
    return out;
  }
};

class SaliencyFamily final : public MethodFamily {
 public:
  std::vector<Setting> settings() override { return {}; }
  std::unique_ptr<Explainer> explainer(Stream& stream, const Model& model, const Methods& methods,
                                       const ExplainTask& task) const override {
    return std::make_unique<SaliencyExplainer>(stream, model, methods, task);
  }
};

std::unique_ptr<MethodFamily> saliency_family() { return std::make_unique<SaliencyFamily>(); }

}  // namespace

const Method saliency_method{"saliency", "Saliency", 400, saliency_family};
const Method inputxgradient_method{"inputxgradient", "Input x Gradient", 401, saliency_family};

}  // namespace pellucid
