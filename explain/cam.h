// cam.h: Grad-CAM (Selvaraju et al., ICCV 2017) of a model's images.
//
//   A = output of the layer, s = score of the target class, G = ∂s/∂A
//   raw map = max(0, Σ_k mean_{h,w}(G_k) · A_k)      kernels/cam
//   map     = raw map, bilinear to the input's size   kernels/resize
//
// The forward pass up to A runs without a tape, and the gradient is followed back to A only.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "explain/cost.h"
#include "explain/target.h"
#include "nn/model.h"

namespace pellucid {

struct GradCamOptions {
  std::string layer;  // its output is A; empty: Model::last_convolution()
  Target target;
  Score score = Score::logit;
  bool relu = true;  // false: the signed map
};

struct GradCamMap {
  std::vector<float> logits, probabilities;  // (classes)
  int predicted = 0;
  int target = 0;  // the class explained
  int raw_height = 0, raw_width = 0;
  std::vector<float> raw;      // (raw_height, raw_width)
  std::vector<float> weights;  // (channels of the layer)
  float raw_peak = 0;          // greatest value of `raw`
  int height = 0, width = 0;   // of the input
  std::vector<float> map;      // (height, width), in units of the score
  std::vector<float> shown;    // `map` normalised to [0, 1], for pictures only
  float low = 0, high = 0;     // range of `map`
  std::array<int, 2> peak{};   // (row, column) of the first maximum of `map`
  bool uniform = false;        // one value everywhere: there is nothing to see, `peak` says nothing
};

class GradCam {
 public:
  // Throws UsageError naming the model's layers if there is no such layer, or if its output is not
  // a picture of features or comes after the scores.
  GradCam(Stream& stream, const Model& model, const GradCamOptions& options);

  const std::string& layer() const { return options_.layer; }
  const ActivationShape& layer_shape() const { return shape_; }

  // x: (N, h, w, c) in [0, 1]; truth: (N) labels, or empty if they are not known. Throws Error if
  // the pictures do not fit the model or a score is not finite. Bit-identical for any N.
  std::vector<GradCamMap> explain(const Tensor& x, const std::vector<int>& truth = {});

  // Of the last explain(), all its images together.
  const ExplanationCost& cost() const { return cost_; }

 private:
  std::vector<GradCamMap> compute(const Tensor& x, const std::vector<int>& truth);

  Stream& stream_;
  const Model& model_;
  GradCamOptions options_;
  ActivationShape shape_;
  ExplanationCost cost_;
};

}  // namespace pellucid
