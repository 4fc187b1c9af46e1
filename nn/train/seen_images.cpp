#include "nn/train/seen_images.h"

#include <set>

#include "runtime/error.h"

namespace pellucid {

Json describe_seen_images(const Dataset& dataset) {
  return describe_seen_images(dataset, {{"train", Json::array()}, {"valid", Json::array()}});
}

Json describe_seen_images(const Dataset& dataset, const Json& before) {
  const SeenImages earlier(before, "seen_images");
  Json out = {{"complete", earlier.recorded() && earlier.complete()}};
  for (const std::string_view name : {"train", "valid"}) {
    std::set<std::string> hashes;
    if (earlier.recorded()) hashes = before.at(std::string(name)).get<std::set<std::string>>();
    for (const Sample& sample : subset(dataset, name))
      if (!sample.content.empty()) hashes.insert(sample.content);
    out[std::string(name)] = hashes;
  }
  return out;
}

SeenImages::SeenImages(const Json& description, const std::string& name)
    : recorded_(!description.is_null()) {
  if (!recorded_) return;
  const JsonView view(description, name);
  if (const auto complete = view.find("complete")) complete_ = complete->boolean();
  for (const std::string_view subset : {"train", "valid"}) {
    const JsonView hashes = view.at(subset);
    for (std::size_t i = 0; i < hashes.array_size(); ++i)
      subsets_.emplace(hashes.element(i).text(), subset);
  }
}

std::string_view SeenImages::subset_of(const std::string& content) const {
  const auto found = subsets_.find(content);
  return found == subsets_.end() ? std::string_view() : found->second;
}

void SeenCount::add(const SeenImages& model, const std::string& content) {
  ++images_;
  recorded_ = recorded_ && model.recorded();
  complete_ = complete_ && model.complete();
  const std::string_view subset = model.subset_of(content);
  trained_ += subset == "train";
  validated_ += subset == "valid";
}

Json SeenCount::json() const {
  const auto count = [&](int n) { return recorded_ ? Json(n) : Json(nullptr); };
  return {
      {"images", images_}, {"trained_on", count(trained_)}, {"validated_on", count(validated_)}};
}

std::string SeenCount::text() const {
  if (!recorded_)
    return "the model has no record of the images that it was trained on: these may be among them";
  return concat(
      trained_, " of ", images_, " images were trained on, ", validated_, " validated on",
      complete_ ? "" : "; which images the weights that it began with had seen is not recorded");
}

}  // namespace pellucid
