// translate_resize.cpp: Resize as each version of ONNX has it.
#include <algorithm>
#include <cmath>

#include "nn/graph/onnx/importer.h"

namespace pellucid {
namespace {

struct ResizeRule {
  std::string mode, coordinates, nearest;
};

// One factor for all of these axes, the least or the largest of theirs.
void keep_aspect(const Extents& axes, bool least, const ActivationShape& in, double (&factor)[4],
                 std::int64_t (&out)[4]) {
  const std::int64_t extents[4] = {1, in.c, in.h, in.w};
  double one = least ? INFINITY : 0;
  for (const std::int64_t axis : axes) {
    const double each = factor[axis_of(axis, 4)];
    one = least ? std::min(one, each) : std::max(one, each);
  }
  for (const std::int64_t each : axes) {
    const int axis = axis_of(each, 4);
    factor[axis] = one;
    if (axis > 0)
      out[axis] =
          static_cast<std::int64_t>(std::floor(static_cast<double>(extents[axis]) * one + 0.5));
  }
}

// sizes or scales are of all axes, or of those that `axes` names.
void resized(NodeTranslation& t, const ResizeRule& rule, const Constant* scales,
             const Constant* sizes, const std::vector<float>& scale_attribute) {
  const ComputedTensor x = t.picture(t.activation(0), "resizing");
  Extents axes = integers_attribute(t.node(), "axes", {0, 1, 2, 3});
  const bool by_size = sizes && sizes->count() > 0;
  const std::string policy = t.attribute("keep_aspect_ratio_policy", "stretch");
  if (policy != "stretch" && policy != "not_larger" && policy != "not_smaller")
    unsupported("keep_aspect_ratio_policy ", policy);
  const std::int64_t given = by_size  ? sizes->count()
                             : scales ? scales->count()
                                      : static_cast<std::int64_t>(scale_attribute.size());
  if (given != static_cast<std::int64_t>(axes.size()))
    unsupported(given, " sizes for ", axes.size(), " axes");
  std::int64_t out[4] = {-1, x.shape.c, x.shape.h, x.shape.w};
  double factor[4] = {1, 1, 1, 1};
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const auto axis = static_cast<std::size_t>(axis_of(axes[k], 4));
    if (by_size) {
      const auto size = sizes->whole_numbers()[k];
      if (axis >= 1) factor[axis] = static_cast<double>(size) / static_cast<double>(out[axis]);
      if (axis >= 1) out[axis] = size;
    } else {
      factor[axis] = scales ? scales->at(static_cast<std::int64_t>(k)) : scale_attribute[k];
      if (!(factor[axis] > 0 && factor[axis] <= 65536)) unsupported("a scale of ", factor[axis]);
      if (axis >= 1)
        out[axis] =
            static_cast<std::int64_t>(std::floor(static_cast<double>(out[axis]) * factor[axis]));
    }
  }
  if (by_size && policy != "stretch")
    keep_aspect(axes, policy == "not_larger", x.shape, factor, out);
  if (factor[0] != 1 || out[1] != x.shape.c) unsupported("resizing of the batch or of channels");
  if (out[2] < 1 || out[3] < 1 || out[2] > 65536 || out[3] > 65536)
    unsupported("a size of ", out[2], "x", out[3]);
  const ActivationShape shape{static_cast<int>(out[2]), static_cast<int>(out[3]), x.shape.c};
  Json layer = {{"type", "resize"},
                {"output", shape_json(shape)},
                {"mode", rule.mode},
                {"coordinates", rule.coordinates}};
  if (rule.mode == "nearest") layer["nearest"] = rule.nearest;
  if (!by_size || policy != "stretch")  // the one factor, whatever rounding makes of the sizes
    layer["scales"] = Json::array({static_cast<float>(factor[2]), static_cast<float>(factor[3])});
  t.set(t.emit(std::move(layer), {&x}, Layout({shape.c, shape.h, shape.w}, {1, 2, 0}), shape));
}

std::string checked_mode(const std::string& mode) {
  if (mode == "nearest" || mode == "linear") return mode;
  if (mode == "bilinear") return "linear";
  unsupported("mode ", mode, " (expected nearest or linear)");
}

void resize(NodeTranslation& t) {
  if (t.attribute("antialias", std::int64_t{0}) != 0) unsupported("antialias 1");
  if (t.attribute("exclude_outside", std::int64_t{0}) != 0) unsupported("exclude_outside 1");
  const ResizeRule rule{checked_mode(t.attribute("mode", "nearest")),
                        t.attribute("coordinate_transformation_mode", "half_pixel"),
                        t.attribute("nearest_mode", "round_prefer_floor")};
  if (rule.coordinates == "tf_crop_and_resize")
    unsupported("coordinate_transformation_mode ", rule.coordinates);
  const auto part = [&](std::size_t i, std::string_view what) {
    return t.has(i) && t.known(i, what).count() > 0 ? &t.known(i, what) : nullptr;
  };
  resized(t, rule, part(2, "scales"), part(3, "sizes"), {});
}

void resize_10(NodeTranslation& t) {
  resized(t, {checked_mode(t.attribute("mode", "nearest")), "asymmetric", "floor"},
          &t.known(1, "scales"), nullptr, {});
}

void upsample(NodeTranslation& t) {
  const ResizeRule rule{checked_mode(t.attribute("mode", "nearest")), "asymmetric", "floor"};
  const OnnxAttribute* scales = t.node().find("scales");
  if (!t.has(1) && !scales) unsupported("no scales");
  resized(t, rule, t.has(1) ? &t.known(1, "scales") : nullptr, nullptr,
          scales ? scales->reals : std::vector<float>{});
}

}  // namespace

extern const OnnxFamily resize_family;
const OnnxFamily resize_family{
    {{"Upsample", 1, upsample, {"mode", "scales"}},
     {"Resize", 10, resize_10, {"mode"}},
     {"Resize",
      11,
      resize,
      {"mode", "coordinate_transformation_mode", "nearest_mode", "antialias", "axes",
       "cubic_coeff_a", "exclude_outside", "extrapolation_value", "keep_aspect_ratio_policy"}}}};

}  // namespace pellucid
