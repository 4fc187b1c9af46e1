#include "apps/explainers.h"

#include "nn/data/image_set.h"
#include "runtime/error.h"

namespace pellucid {

Explainers::Explainers(Stream& stream, const Model& model, const ExplainOptions& options,
                       const std::vector<std::string>& methods, const Target& target, bool colour)
    : stream_(stream), model_(model) {
  bool rise = false;
  for (const std::string& method : methods) {
    if (method == "rise") rise = true;
    else if (!parse_cam_method(method)) superpixel_methods_.push_back(method);
  }
  if (superpixel_methods_.size() + (rise ? 1 : 0) < methods.size())
    cam_.emplace(stream, model, cam_options(options, methods, target), cam_layers(options));
  if (rise) {
    RiseOptions settings = rise_options(options, target);
    settings.colour = colour;
    rise_.emplace(stream, model, settings);
  }
  if (superpixel_methods_.empty()) return;
  SuperpixelOptions superpixels = superpixel_options(options, target);
  superpixels.colour = colour;
  superpixels_.emplace(stream, model, superpixels);
}

std::vector<Explained> Explainers::explain(const std::vector<Subject>& subjects) {
  std::vector<Explained> out(subjects.size());
  if (superpixels_) out = superpixels_->explain(subjects, superpixel_methods_);
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    if (!out[i].error.empty()) continue;
    auto& explanations = out[i].explanations;
    try {
      if (cam_) {
        std::vector<Explanation> maps = class_activation_maps(subjects[i]);
        explanations.insert(explanations.begin(), maps.begin(), maps.end());
      }
      if (rise_) explanations.push_back(rise_->explain(*subjects[i].sample, subjects[i].truth));
    } catch (const Error& error) {
      out[i].error = error.what();
    }
  }
  return out;
}

std::vector<Explanation> Explainers::explain(const Subject& subject) {
  Explained one = std::move(explain(std::vector<Subject>{subject}).front());
  require(one.error.empty(), one.error);
  return std::move(one.explanations);
}

std::vector<Explanation> Explainers::class_activation_maps(const Subject& subject) {
  const ActivationShape& shape = model_.input();
  const ImageSet image(stream_, {subject.sample, 1}, shape.h, shape.w, shape.c, model_.classes());
  const Tensor x =
      image.batch(stream_, Tensor::from_host(stream_, {1}, std::vector<std::int32_t>{0}));
  const std::vector<int> labels =
      subject.truth ? std::vector<int>{*subject.truth} : std::vector<int>{};
  return cam_->explain(x, labels);
}

}  // namespace pellucid
