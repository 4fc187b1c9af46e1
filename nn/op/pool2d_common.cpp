#include "nn/autograd/shapes.h"
#include "nn/op/attributes.h"
#include "nn/op/pool2d.h"
#include "runtime/error.h"

namespace pellucid {

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
  o.padding = padding_of(d.json, o.window, o.stride);
  expect_picture(d.name, type, in);
  require(o.padding.h < o.window.h && o.padding.w < o.window.w, "layer ", d.name,
          ": bad padding (found ", text_of(o.padding), "; expected less than the window of ",
          text_of(o.window), ")");
  // Compared before dividing, since a negative quotient rounds up to 0.
  require(o.window.h <= in.h + 2 * o.padding.h && o.window.w <= in.w + 2 * o.padding.w, "layer ",
          d.name, ": no output (found a window of ", text_of(o.window), "; expected one that fits ",
          in.to_string(), " with padding ", text_of(o.padding), ")");
  return o;
}

Value pooled_value(const OpDescription& d, const Pool2dOptions& options) {
  const Pool2dShape shape = shape_of(d.inputs[0].shape.batch(1), options);
  return value_of({shape.p(), shape.q(), shape.c});
}

}  // namespace pellucid
