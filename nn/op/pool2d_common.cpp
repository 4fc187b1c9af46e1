#include "nn/autograd/shapes.h"
#include "nn/op/attributes.h"
#include "nn/op/pool2d.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

std::string dilation_text(const Pool2dOptions& o) {
  return o.dilation == Size2d{1, 1} ? "" : " with dilation " + text_of(o.dilation);
}

}  // namespace

Pool2dOptions pool2d_options(const OpDescription& d, std::string_view type) {
  const ActivationShape& in = d.inputs[0].shape;
  Pool2dOptions o;
  const JsonView window = d.json.at("window");
  if (window.is_text()) {
    if (window.text() != "global") window.fail_expected("\"global\" or a size");
    o.window = {in.h, in.w};
  } else {
    o.window = size_of(window, 1, kModelMaxWindow);
  }
  o.stride = size_or(d.json, "stride", 1, o.window);
  o.dilation = size_or(d.json, "dilation", 1, {1, 1});
  o.ceil = flag_or(d.json, "ceil");
  const Size2d reach{o.dilation.h * (o.window.h - 1) + 1, o.dilation.w * (o.window.w - 1) + 1};
  o.padding = padding_of(d.json, reach, o.stride);
  expect_picture(d.name, type, in);
  // Compared before dividing, since a negative quotient rounds up to 0.
  require(reach.h <= in.h + o.padding.top + o.padding.bottom &&
              reach.w <= in.w + o.padding.left + o.padding.right,
          "layer ", d.name, ": no output (found a window of ", text_of(o.window), dilation_text(o),
          "; expected one that fits ", in.to_string(), " with padding ", text_of(o.padding), ")");
  const Pool2dShape shape = shape_of(in.batch(1), o);
  require(every_window_holds_a_pixel(shape), "layer ", d.name, ": bad padding (found ",
          text_of(o.padding), "; expected less than the window of ", text_of(o.window),
          dilation_text(o), ", and a pixel of ", in.to_string(), " in every window)");
  // Where rounding up changes nothing, whoever asks for plain windows shall find them.
  Pool2dShape rounded_down = shape;
  rounded_down.ceil = false;
  if (rounded_down.p() == shape.p() && rounded_down.q() == shape.q()) o.ceil = false;
  return o;
}

Value pooled_value(const OpDescription& d, const Pool2dOptions& options) {
  const Pool2dShape shape = shape_of(d.inputs[0].shape.batch(1), options);
  return value_of({shape.p(), shape.q(), shape.c});
}

}  // namespace pellucid
