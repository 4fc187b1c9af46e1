#include "nn/op/attributes.h"

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

Size2d padding_of(const JsonView& layer, Size2d window, Size2d stride) {
  const auto view = layer.find("padding");
  if (!view) return {0, 0};
  if (!view->is_text()) return size_of(*view, 0, kModelMaxWindow);
  if (view->text() == "valid") return {0, 0};
  if (view->text() != "same") view->fail_expected("\"valid\", \"same\" or a size");
  require(stride == Size2d{1, 1} && window.h % 2 == 1 && window.w % 2 == 1, view->where(),
          ": no such padding (found \"same\" with stride ", stride.h, "x", stride.w,
          " and a window of ", window.h, "x", window.w,
          "; expected stride 1 and an odd window, or a number)");
  return {window.h / 2, window.w / 2};
}

std::string text_of(Size2d size) { return concat(size.h, "x", size.w); }

void expect_picture(const std::string& name, std::string_view type, const ActivationShape& input) {
  require(!input.flat, "layer ", name, ": wrong input (found ", input.to_string(),
          " flat features; expected a picture for ", type, ")");
}

}  // namespace pellucid
