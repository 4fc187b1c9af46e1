// cam.h: class activation maps of a model's images, several methods at once.
//
//   A = output of the layer, s = score of the target class, G = ∂s/∂A
//   raw map = by method, from A and G                 kernels/cam, kernels/principal_component
//   map     = raw map, bilinear to the input's size   kernels/resize
//
// Grad-CAM alone can do without G where the layer leads straight to a linear one
// (explain/activation/pooled_gradient.h).
// All methods share one forward pass, which runs without a tape up to A; those that need G share one
// backward pass, which follows the gradient back to A only. Ablation-CAM weighs the channels of A by
// forward passes from there (explain/activation/ablation.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "explain/activation/cam_methods.h"
#include "explain/activation/pooled_gradient.h"
#include "explain/cost.h"
#include "explain/target.h"
#include "nn/graph/model.h"

namespace pellucid {

struct CamOptions {
  std::vector<CamMethod> methods = {CamMethod::gradcam};
  std::string layer;  // its output is A; empty: Model::target_layer()
  Target target;
  Score score = Score::logit;
  bool relu = true;  // false: the signed maps
  CamCompat compat;
  // Grad-CAM alone by explain/activation/pooled_gradient.h, where that holds: fewer bytes, no time that could be
  // told, and other bits than beside other methods.
  bool pooled = false;
};

struct CamMap {
  CamMethod method;
  int raw_height = 0, raw_width = 0;
  std::vector<float> raw;  // (raw_height, raw_width)
  // (channels of the layer); empty for a method that has none. Of Eigen-CAM, what the channels'
  // differences from their means are weighed with.
  std::vector<float> weights;
  float share = 0, residual = 0;  // of Eigen-CAM: kernels/principal_component
  float raw_peak = 0;             // greatest value of `raw`
  int height = 0, width = 0;      // of the input
  std::vector<float> map;         // (height, width), in units of the score
  std::vector<float> shown;       // `map` normalised to [0, 1], for pictures only
};

// Of one image.
struct CamExplanation {
  std::vector<float> logits, probabilities;  // (classes)
  int predicted = 0;
  int target = 0;            // the class explained
  std::vector<CamMap> maps;  // in the order of CamOptions::methods
};

class Cam {
 public:
  // The model must outlive it and keep its weights. Throws UsageError naming the model's layers if there
  // is no such layer, or if its output is not a picture of features or comes after the scores; for
  // Grad-CAM++ under a CamCompat that has none, and Eigen-CAM of more than kPrincipalVariables channels.
  Cam(Stream& stream, const Model& model, const CamOptions& options);

  const CamOptions& options() const { return options_; }  // with the layer that was chosen
  const std::string& layer() const { return options_.layer; }

  // x: (N, h, w, c) in [0, 1]; truth: (N) labels, or empty if they are not known. Throws Error if
  // the pictures do not fit the model or a score is not finite. Bit-identical for any N and, unless
  // options.pooled changes how Grad-CAM's weights are summed, whatever the other methods.
  std::vector<CamExplanation> explain(const Tensor& x, const std::vector<int>& truth = {});

  // Of the last explain(), all its images and methods together.
  const ExplanationCost& cost() const { return cost_; }

 private:
  std::vector<CamExplanation> compute(const Tensor& x, const std::vector<int>& truth);
  // Without maps.
  std::vector<CamExplanation> predictions(const Tensor& logits,
                                          const std::vector<int>& truth) const;
  // cut: the layer's output and what else is read behind it (Graph::cut). gradient: undefined if no method
  // needs it, or pooled_weights, (N, channels), stand for it.
  void add_maps(std::vector<CamExplanation>& explanations, const Tensor& x,
                const std::vector<Tensor>& cut, const Tensor& gradient,
                const Tensor& pooled_weights) const;
  void score_weights(CamMethod method, const std::vector<CamExplanation>& explanations,
                     const Tensor& x, const std::vector<Tensor>& cut, const Tensor& weight) const;
  void weighted_maps(const Tensor& activation, const Tensor& weight, const Tensor& raw) const;
  // Share and residual of each image: (2, N).
  Tensor eigen_maps(const Tensor& activation, const Tensor& weight, const Tensor& raw) const;

  Stream& stream_;
  const Model& model_;
  CamOptions options_;
  ActivationShape shape_;
  std::optional<PooledGradient> pooled_;
  ExplanationCost cost_;
};

}  // namespace pellucid
