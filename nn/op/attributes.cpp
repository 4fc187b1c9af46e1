#include "nn/op/attributes.h"

#include <cmath>

#include "runtime/error.h"

namespace pellucid {

int integer_of(const JsonView& view, int least, int most) {
  return static_cast<int>(view.integer(least, most));
}

Size2d size_of(const JsonView& view, int least, int most) {
  if (!view.is_array()) {
    const int both = integer_of(view, least, most);
    return {both, both};
  }
  view.array_size(2, 2);
  return {integer_of(view.element(0), least, most), integer_of(view.element(1), least, most)};
}

Size2d size_or(const JsonView& layer, std::string_view key, int least, Size2d otherwise) {
  const auto view = layer.find(key);
  return view ? size_of(*view, least, kModelMaxWindow) : otherwise;
}

bool flag_or(const JsonView& layer, std::string_view key, bool otherwise) {
  const auto view = layer.find(key);
  return view ? view->boolean() : otherwise;
}

Padding2d padding_of(const JsonView& layer, Size2d window, Size2d stride) {
  const auto view = layer.find("padding");
  if (!view) return {};
  if (view->is_array() && view->array_size() == 4) {
    const auto side = [&](std::size_t i) {
      return integer_of(view->element(i), 0, kModelMaxWindow);
    };
    return {side(0), side(1), side(2), side(3)};
  }
  const bool is_size = !view->is_text() && !(view->is_array() && view->array_size() != 2);
  if (is_size) {
    const Size2d near = size_of(*view, 0, kModelMaxWindow);
    return {near.h, near.w};
  }
  if (view->is_text() && view->text() == "valid") return {};
  if (!view->is_text() || view->text() != "same")
    view->fail_expected("\"valid\", \"same\", a size or [top, left, bottom, right]");
  require(stride == Size2d{1, 1} && window.h % 2 == 1 && window.w % 2 == 1, view->where(),
          ": no such padding (found \"same\" with stride ", stride.h, "x", stride.w,
          " and a window of ", window.h, "x", window.w,
          "; expected stride 1 and an odd window, or a number)");
  return {window.h / 2, window.w / 2};
}

void read_initial(const JsonView& layer, Parameter& weight, Parameter& bias) {
  const auto view = layer.find("initial");
  if (!view || (view->is_text() && view->text() == "he_uniform")) return;
  if (!view->is_text()) {
    weight.initial = Initial::normal;
    weight.spread = view->number(1e-12, 1e3);
  } else if (view->text() == "fan_out_normal") {
    weight.initial = Initial::normal;
    weight.spread = std::sqrt(2.0 / (static_cast<double>(weight.out) * weight.h * weight.w));
  } else if (view->text() == "fan_in_uniform") {
    weight.initial = bias.initial = Initial::uniform;
    weight.spread = bias.spread = 1 / std::sqrt(static_cast<double>(weight.fan_in));
  } else {
    view->fail_expected("he_uniform, fan_out_normal, fan_in_uniform or a number");
  }
}

std::string text_of(Size2d size) { return concat(size.h, "x", size.w); }

std::string text_of(const Padding2d& p) {
  if (p == Padding2d{p.top, p.left}) return text_of(Size2d{p.top, p.left});
  return concat("[", p.top, ", ", p.left, ", ", p.bottom, ", ", p.right, "]");
}

int groups_of(const OpDescription& d, int channels, int filters) {
  const auto view = d.json.find("groups");
  const int groups = view ? integer_of(*view, 1, kModelMaxChannels) : 1;
  require(channels % groups == 0 && filters % groups == 0, "layer ", d.name, ": bad groups (found ",
          groups, " for ", channels, " channels and ", filters,
          " filters; expected a divisor of both)");
  return groups;
}

void expect_weights(const std::string& name, std::int64_t weights, const std::string& found) {
  require(weights <= kMaxLayerWeights, "layer ", name, ": too many weights (found ", found,
          "; expected at most ", kMaxLayerWeights, " weights)");
}

void expect_picture(const std::string& name, std::string_view type, const ActivationShape& input) {
  require(!input.flat, "layer ", name, ": wrong input (found ", input.to_string(),
          " flat features; expected a picture for ", type, ")");
}

}  // namespace pellucid
