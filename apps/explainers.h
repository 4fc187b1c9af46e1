// explainers.h: the explainers of a run of pellucid-explain, whatever their kind.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/explain_options.h"

namespace pellucid {

// The explainers that a run asks for, each made once.
class Explainers {
 public:
  // The model must outlive it and keep its weights. colour: pictures have its channels.
  Explainers(Stream& stream, const Model& model, const ExplainOptions& options,
             const std::vector<std::string>& methods, const Target& target, bool colour);

  // Of the class activation maps; empty if there are none.
  std::string layer() const { return cam_ ? cam_->layers() : ""; }

  // How many pictures it takes to fill a launch.
  int pictures_at_once() const { return superpixels_ ? superpixels_->pictures_at_once() : 1; }

  // A picture's error is its own.
  std::vector<Explained> explain(const std::vector<Subject>& subjects);
  // One picture; throws what is wrong with it.
  std::vector<Explanation> explain(const Subject& subject);

 private:
  std::vector<Explanation> class_activation_maps(const Subject& subject);

  Stream& stream_;
  const Model& model_;
  std::optional<LayeredCam> cam_;
  std::optional<Rise> rise_;
  std::optional<SuperpixelExplainer> superpixels_;
  std::vector<std::string> superpixel_methods_;
};

}  // namespace pellucid
