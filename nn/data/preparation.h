// preparation.h: the recipe by which a picture of any size becomes the input of a network, run in
// training and afterwards alike.
//
// A recipe is the JSON object that a data set describes its preprocessing by and a model carries
// ("preprocessing": {"steps": …}). Its keys are steps, which run in their order, and settings of steps:
//
//   {"resize": [224, 224], "noise_removal": …, "clahe": …, "crop": …, "enlarge": [224, 224],
//    "interpolation": "bilinear", "scale": "1/255"}
//
// A step works at the depth that a picture has, or says what it reduces it to. The scale "1/255" is of
// 8 bits: whatever the depth, white becomes 1.
//
// A file of nn/data that defines `const PreparationStep NAME_step` adds a step.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/data/dataset.h"
#include "nn/data/image.h"
#include "runtime/formats/json.h"

namespace pellucid {

// A picture on its way, what is known about it, and what has been done.
struct PictureUnderway {
  // circle: around a lesion, in pixels of the image.
  PictureUnderway(Image image_, const std::optional<Circle>& circle);

  Image image;
  std::optional<Circle> annotation;  // in pixels of `image`, whatever was done to it

  int original_width, original_height;
  std::optional<Circle> original_annotation;  // in pixels of the original
  std::vector<std::string> done;              // "resized to 224 x 224": for people
};

// Resizes the image, and the annotation with it. method: of nn/data/resize.h.
void resize(PictureUnderway& picture, int height, int width,
            Image (*method)(const Image&, int, int));

using PreparationAction = std::function<void(PictureUnderway&)>;

// A kind of step.
struct PreparationStep {
  std::string_view key;  // in the JSON
  // value: at the key; recipe: the whole object, which may hold settings of the step. The action does
  // its work on any picture, or throws Error saying what it cannot be done to. Throws Error naming
  // the place in the JSON for settings that it does not know.
  PreparationAction (*parse)(const JsonView& value, const JsonView& recipe);
  std::vector<std::string_view> settings = {};  // the other keys that it knows
};

// All of nn/data, by name.
const std::vector<const PreparationStep*>& all_preparation_steps();

class Preparation {
 public:
  // recipe: as above; null, of a model that says nothing, has no steps. `name` stands for where it is
  // from in the errors. Throws Error for a key that is neither a step nor a setting of one: a picture
  // would be prepared otherwise than in training.
  Preparation(const Json& recipe, const std::string& name);

  // Runs the steps. Throws Error as they do.
  void run(PictureUnderway& picture) const;

 private:
  std::vector<PreparationAction> actions_;
};

}  // namespace pellucid
