// seen_images.h: which images a model has seen. A model carries the content hashes (nn/data/image.h) of the
// images that its weights and its choice of an epoch depend on, so that every program which meets one of
// them again can say so.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "nn/data/dataset.h"
#include "runtime/formats/json.h"

namespace pellucid {

// {"train": [hash …], "valid": [hash …], "complete": true}, sorted: of a training on this set. before: of the
// model whose weights it began with, whose images are added; null, and not complete, where that has no record.
Json describe_seen_images(const Dataset& dataset);
Json describe_seen_images(const Dataset& dataset, const Json& before);

class SeenImages {
 public:
  // None are known: of a model that carries no hashes.
  SeenImages() = default;
  // description: describe_seen_images', or null; `name` stands for where it is from in the errors.
  SeenImages(const Json& description, const std::string& name);

  bool recorded() const { return recorded_; }
  // Whether the weights that its training began with have a record, too.
  bool complete() const { return complete_; }
  // "train", "valid", or "" for a picture that the model has not seen, or whose content is not known.
  std::string_view subset_of(const std::string& content) const;

 private:
  bool recorded_ = false, complete_ = true;
  std::map<std::string, std::string_view, std::less<>> subsets_;
};

// How many of some pictures were seen by the models that are asked about them.
class SeenCount {
 public:
  void add(const SeenImages& model, const std::string& content);
  // {"images", "trained_on", "validated_on"}; the latter null where a model has no record.
  Json json() const;
  // "4 of 12 images were trained on, 2 validated on", or that it is not recorded.
  std::string text() const;

 private:
  bool recorded_ = true, complete_ = true;
  int images_ = 0, trained_ = 0, validated_ = 0;
};

}  // namespace pellucid
