#include "nn/data/preparation.h"

#include <algorithm>
#include <cmath>

#include "nn/data/resize.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr int kMaxSide = 4096;

// Settings that say what holds for every recipe, not what is to be done.
void check_common(const JsonView& recipe) {
  if (const auto scale = recipe.find("scale"); scale && scale->text() != "1/255")
    scale->fail_expected("\"1/255\"");
  if (const auto colour = recipe.find("colour")) colour->boolean();
}

bool is_setting(const std::string& key) {
  if (key == "scale" || key == "colour") return true;
  const auto& steps = all_preparation_steps();
  return std::any_of(steps.begin(), steps.end(), [&](const PreparationStep* step) {
    return std::find(step->settings.begin(), step->settings.end(), key) != step->settings.end();
  });
}

PreparationAction parse_resize(const JsonView& value, const JsonView& recipe) {
  value.array_size(2, 2);
  const int height = static_cast<int>(value.element(0).integer(1, kMaxSide)),
            width = static_cast<int>(value.element(1).integer(1, kMaxSide));
  const JsonView interpolation = recipe.at("interpolation");
  Image (*method)(const Image&, int, int) = nullptr;
  if (interpolation.text() == kBilinear) method = resize_bilinear;
  else if (interpolation.text() == kAreaThenBilinear) method = resize_by_area;
  else if (interpolation.text() == kMeansThenBilinear) method = resize_by_means;
  else
    interpolation.fail_expected(
        concat('"', kBilinear, "\", \"", kAreaThenBilinear, "\" or \"", kMeansThenBilinear, '"'));
  return
      [height, width, method](PictureUnderway& picture) { resize(picture, height, width, method); };
}

}  // namespace

extern const PreparationStep resize_step;
const PreparationStep resize_step{"resize", parse_resize, {"interpolation"}};
extern const PreparationStep enlarge_step;
const PreparationStep enlarge_step{"enlarge", parse_resize, {"interpolation"}};

PictureUnderway::PictureUnderway(Image image_, const std::optional<Circle>& circle)
    : image(std::move(image_)),
      annotation(circle),
      original_width(image.width),
      original_height(image.height),
      original_annotation(circle) {}

void resize(PictureUnderway& picture, int height, int width,
            Image (*method)(const Image&, int, int)) {
  const double enlarge_x = static_cast<double>(width) / picture.image.width,
               enlarge_y = static_cast<double>(height) / picture.image.height;
  picture.image = method(picture.image, width, height);
  if (auto& circle = picture.annotation)
    *circle = {circle->x * enlarge_x, circle->y * enlarge_y,
               circle->radius * std::sqrt(enlarge_x * enlarge_y)};
  picture.done.push_back(concat("resized to ", width, " x ", height));
}

Preparation::Preparation(const Json& recipe, const std::string& name) {
  if (recipe.is_null()) return;
  const JsonView view(recipe, name);
  view.expect_object();
  check_common(view);
  for (const auto& [key, value] : recipe.items()) {
    const auto& steps = all_preparation_steps();
    const auto step =
        std::find_if(steps.begin(), steps.end(),
                     [&key = key](const PreparationStep* each) { return each->key == key; });
    if (step != steps.end()) actions_.push_back((*step)->parse(view.at(key), view));
    else if (!is_setting(key))
      fail(name, ": unknown step of the preparation (found \"", key,
           "\"; expected steps that this version knows)");
  }
}

void Preparation::run(PictureUnderway& picture) const {
  for (const PreparationAction& action : actions_) action(picture);
}

}  // namespace pellucid
