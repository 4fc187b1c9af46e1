// superpixel_method.h: what differs from method to method of those that switch superpixels off: which masks
// the model is asked about, and what its answers come to. A file that defines
// `const SuperpixelMethod NAME_superpixel_method`, and a Method of this family, is known without an edit elsewhere.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "explain/explainer.h"
#include "explain/stage_clock.h"
#include "explain/surrogate/shap_plan.h"
#include "explain/surrogate/superpixel_options.h"

namespace pellucid {

// A picture, from its superpixels to the model's answer: what the methods on the same superpixels share.
struct SuperpixelStudy {
  int picture = 0;                          // of MaskedScores
  std::optional<OcclusionWindows> windows;  // of occlusion, whose cells the superpixels then are
  Segments segments;
  Fill fill;
  Prediction prediction;
  int target = 0;
  std::vector<double> full, empty;  // (classes): the score of the picture, of the empty one
  ExplanationCost cost;
  double segmentation_seconds = 0, fill_seconds = 0, forward_seconds = 0;
  std::string error;  // why none of the methods has an explanation
};

// What the model's answers come to, of all classes.
class SuperpixelFit {
 public:
  virtual ~SuperpixelFit() = default;
  // A value a superpixel, for the class of this label.
  virtual const std::vector<double>& attributions(int label) const = 0;
  // Of these; empty if the rows do not tell.
  virtual const std::vector<double>& standard_errors(int label) const = 0;
  // Adds the method's own caption and details; the target's attributions are there already.
  virtual void describe(const SuperpixelOptions& options, const SuperpixelStudy& study,
                        const ShapPlan& plan, Explanation& out) const = 0;
};

struct SuperpixelMethod {
  const Method* method;  // its name and place
  // Adds what only this method can be told, bound to fields of `options`; may be null.
  void (*settings)(SuperpixelOptions& options, std::vector<Setting>& out) = nullptr;
  // Whether masks are drawn: else neither samples, nor standard errors, nor repetition act on it.
  bool draws = true;
  // Whether its superpixels are the cells of windows, and not a segmenter's.
  bool on_windows = false;
  // Masks, `samples` (0: as many as usual) where they are drawn. Of methods but Kernel SHAP the plan is the
  // coalitions only.
  ShapPlan (*plan)(Stream& stream, const SuperpixelOptions& options, const SuperpixelStudy& study,
                   int samples, std::uint64_t seed);
  // values: (rows of the plan, classes). weight_seconds receives what the masks' weights took, by the
  // clock's lap.
  std::unique_ptr<SuperpixelFit> (*fit)(Stream& stream, const SuperpixelOptions& options,
                                        const SuperpixelStudy& study, const ShapPlan& plan,
                                        const std::vector<double>& values, StageClock& clock,
                                        double& weight_seconds);
};

// In alphabetical order of their names in the source.
const std::vector<const SuperpixelMethod*>& all_superpixel_methods();
// Throws Error if there is none of this name.
const SuperpixelMethod& superpixel_method(std::string_view name);

// The family of these methods (explain/surrogate/superpixel_family.cpp).
std::unique_ptr<MethodFamily> superpixel_family();

// "1 mask", "2 masks".
std::string plural(int count, const char* noun);
// "46 superpixels, 1000 masks"
std::string masks_of(const ShapPlan& plan);

}  // namespace pellucid
