// superpixel_explainer.h: LIME, Kernel SHAP and occlusion of a picture, from pixels to a map.
//
//   segmentation  the picture cut into M superpixels           explain/masks/segmentation.h
//   fill          what a superpixel shows that is off           explain/masks/fill.h
//   masks         N coalitions of superpixels, as bits          explain/masks/coalitions.h, shap_plan.h
//   forwards      the model's scores of each                    explain/masks/masked_scores.h
//   weights       of each mask                                  explain/surrogate/lime.h, shap_plan.h
//   solve         attributions of all classes                   explain/surrogate/lime.h, kernel_shap.h
//
// A method is a file of explain/surrogate that defines a SuperpixelMethod (superpixel_method.h): what differs
// from method to method is there. Occlusion's superpixels are the cells of its windows
// (explain/masks/occlusion.h); it has no weights.
//
// No masked picture is written. Superpixels and the model's answer to the whole picture and to the
// empty one are shared by the methods of one call.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "explain/explainer.h"
#include "explain/surrogate/superpixel_options.h"
#include "nn/data/dataset.h"

namespace pellucid {

struct SuperpixelMethod;
struct SuperpixelStudy;
struct SuperpixelJob;

class SuperpixelExplainer {
 public:
  // The model must outlive it. Unless options.colour, a picture is one grey plane: a model with
  // several channels gets it in each of them.
  SuperpixelExplainer(Stream& stream, const Model& model, const SuperpixelOptions& options);

  // How many pictures it takes to fill a launch with masks.
  int pictures_at_once() const;

  // methods: "lime", "kernelshap", "occlusion", whose explanation comes last. The masks of all pictures
  // go through the model together, unless they share layers by themselves; a picture's explanation does
  // not depend on the others, but for its cost: shared launches count for each, their seconds, FLOPs and
  // bytes by its share of the masks. Cost and stages of each method count the work that the methods
  // share. A picture fails alone, if it does not fit the model or the label image, and a method of it,
  // if a score is not finite.
  std::vector<Explained> explain(std::span<const Subject> subjects,
                                 const std::vector<std::string>& methods);
  // One picture; throws what is wrong with it.
  std::vector<Explanation> explain(const Subject& subject, const std::vector<std::string>& methods);

 private:
  using Study = SuperpixelStudy;
  using Job = SuperpixelJob;
  template <class Work>
  double attempt(const char* part, std::string& error, ExplanationCost& cost,
                 const Work& work) const;
  std::vector<double> noise_of_all_pictures() const;
  void require_fit(const Sample& sample) const;
  Segments segments_of(const Sample& sample) const;
  void place(const Study& study, const Sample& sample);
  void predict(std::vector<Study>& studies) const;
  void plan(Job& job, int samples) const;
  void forward(const std::vector<Job*>& jobs, Score score) const;
  void fit(Job& job) const;
  int more_samples(const Job& job) const;
  void answer(std::vector<Job*> jobs, int samples) const;
  void repeat(Job& job) const;
  // Of methods that have their superpixels in common; adds to `out`.
  void explain_on(std::span<const Subject> subjects,
                  const std::vector<const SuperpixelMethod*>& methods, std::vector<Explained>& out);

  Stream& stream_;
  SuperpixelOptions options_;
  MaskedScores scores_;
};

}  // namespace pellucid
