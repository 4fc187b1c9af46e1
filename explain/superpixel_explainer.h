// superpixel_explainer.h: LIME and Kernel SHAP of a picture, from pixels to a map.
//
//   segmentation  the picture cut into M superpixels                        explain/segmentation.h
//   masks         N coalitions of them, as bits                             explain/coalitions.h
//   forwards      the model on each, the first convolution reading the bits nn/inference.h
//   solve         attributions of all classes                               explain/lime.h,
//   kernel_shap.h
//
// No masked picture is written. Superpixels and the model's answer to the whole picture and to the
// empty one are shared by the methods of one call.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "explain/explanation.h"
#include "explain/fill.h"
#include "explain/kernel_shap.h"
#include "explain/lime.h"
#include "explain/segmentation.h"
#include "explain/target.h"
#include "nn/data/dataset.h"
#include "nn/inference.h"

namespace pellucid {

struct SuperpixelOptions {
  Target target;
  Score score = Score::logit;
  SegmenterOptions segmenter;
  std::optional<Segments> segments;  // in place of a segmenter
  Fill fill;
  int samples = 0;  // N; 0: 1000 for LIME, 2·M + 2048 for Kernel SHAP
  SamplingRng rng = SamplingRng::philox;
  std::uint64_t seed = 0;  // of masks and of the segmenter's noise
  int batch = 0;           // masks at a time, which changes no bit; 0: as many as the caches like
  LimeOptions lime;
  KernelShapOptions shap;
};

// Throws UsageError for settings that exclude each other: the logit link without probabilities, a
// numpy seed of 2^32 or more.
void check_superpixel_options(const SuperpixelOptions& options);

class SuperpixelExplainer {
 public:
  // The model must outlive it. A picture is one grey plane: a model with several channels gets it
  // in each of them.
  SuperpixelExplainer(Stream& stream, const Model& model, const SuperpixelOptions& options);

  // methods: "lime", "kernelshap". Throws Error if the picture does not fit the model or the label
  // image, or a score is not finite. An explanation's cost and stages count the shared work too.
  std::vector<Explanation> explain(const Sample& sample, std::optional<int> truth,
                                   const std::vector<std::string>& methods);

 private:
  struct Study;  // of one picture
  Study study(const Sample& sample) const;
  std::vector<double> values(const Study& study, const Coalitions& coalitions, Score score) const;
  Explanation lime(const Study& study, int target) const;
  Explanation kernel_shap(const Study& study, int target) const;
  Explanation start(const Study& study, int target) const;

  Stream& stream_;
  SuperpixelOptions options_;
  Inference plan_;
};

}  // namespace pellucid
