// export_windows.cpp: convolutions, pooling and resizing of pictures.
#include <cmath>

#include "nn/graph/onnx/exporter.h"
#include "nn/op/attributes.h"
#include "nn/op/pool2d.h"

namespace pellucid {
namespace {

Extents pair_of(Size2d size) { return {size.h, size.w}; }

Extents pads_of(const Padding2d& padding) {
  return {padding.top, padding.left, padding.bottom, padding.right};
}

Attributes window_attributes(Size2d kernel, Size2d stride, const Padding2d& padding,
                             Size2d dilation) {
  Attributes all{onnx_integers("kernel_shape", pair_of(kernel)),
                 onnx_integers("strides", pair_of(stride)),
                 onnx_integers("pads", pads_of(padding))};
  if (!(dilation == Size2d{1, 1})) all.push_back(onnx_integers("dilations", pair_of(dilation)));
  return all;
}

std::vector<std::string> with_weights(LayerExport& l) {
  std::vector<std::string> inputs{l.picture(), l.weight("weight")};
  if (l.has_weight("bias")) inputs.push_back(l.weight("bias"));
  return inputs;
}

void write_conv2d(LayerExport& l) {
  const Convolution c = *l.op().convolution();
  Attributes attributes = window_attributes({c.weight->h, c.weight->w}, c.options.stride,
                                            c.options.padding, c.options.dilation);
  if (c.options.groups != 1) attributes.push_back(onnx_integer("group", c.options.groups));
  l.set(l.own("Conv", with_weights(l), std::move(attributes)), ExportForm::picture);
}

void write_conv_transpose2d(LayerExport& l) {
  const JsonView& json = l.json();
  const Size2d kernel = size_of(json.at("kernel"), 1, kModelMaxWindow),
               stride = size_or(json, "stride", 1, {1, 1}),
               more = size_or(json, "output_padding", 0, {0, 0});
  Attributes attributes = window_attributes(kernel, stride, padding_of(json, kernel, stride),
                                            size_or(json, "dilation", 1, {1, 1}));
  if (!(more == Size2d{0, 0})) attributes.push_back(onnx_integers("output_padding", pair_of(more)));
  const int groups = groups_of(l.description(), l.in().c, l.out().c);
  if (groups != 1) attributes.push_back(onnx_integer("group", groups));
  l.set(l.own("ConvTranspose", with_weights(l), std::move(attributes)), ExportForm::picture);
}

void write_pool(LayerExport& l, const char* op, const char* global, bool average) {
  const Pool2dOptions o =
      pool2d_options(l.description(), average ? "average_pool2d" : "max_pool2d");
  const Extents pads = pads_of(o.padding);
  const bool padded = pads != Extents{0, 0, 0, 0}, dilated = !(o.dilation == Size2d{1, 1});
  if (o.window == Size2d{l.in().h, l.in().w} && !padded && !dilated)
    return l.set(l.own(global, {l.picture()}), ExportForm::picture);
  Attributes attributes = window_attributes(o.window, o.stride, o.padding, o.dilation);
  if (average && dilated) l.needs_opset(19);
  if (o.ceil) attributes.push_back(onnx_integer("ceil_mode", 1));
  if (average && padded && flag_or(l.json(), "count_padding"))
    attributes.push_back(onnx_integer("count_include_pad", 1));
  l.set(l.own(op, {l.picture()}, std::move(attributes)), ExportForm::picture);
}

void write_max_pool2d(LayerExport& l) { write_pool(l, "MaxPool", "GlobalMaxPool", false); }
void write_average_pool2d(LayerExport& l) {
  write_pool(l, "AveragePool", "GlobalAveragePool", true);
}

std::string text_or(const JsonView& layer, const char* key, const char* otherwise) {
  const auto view = layer.find(key);
  return view ? view->text() : otherwise;
}

void write_resize(LayerExport& l) {
  const std::string mode = text_or(l.json(), "mode", "nearest"),
                    coordinates = text_or(l.json(), "coordinates", "half_pixel");
  if (coordinates == "tf_half_pixel_for_nn") unsupported("coordinates ", coordinates);
  if (coordinates == "half_pixel_symmetric") l.needs_opset(19);
  Attributes attributes{onnx_text("mode", mode),
                        onnx_text("coordinate_transformation_mode", coordinates)};
  if (mode == "nearest")
    attributes.push_back(
        onnx_text("nearest_mode", text_or(l.json(), "nearest", "round_prefer_floor")));
  const int from[] = {l.in().h, l.in().w}, to[] = {l.out().h, l.out().w};
  const auto given = l.json().find("scales");
  std::vector<float> scales{1, 1};
  bool by_scales = true;
  for (std::size_t k = 0; k < 2; ++k) {
    const double quotient = static_cast<double>(to[k]) / from[k],
                 wanted = given ? given->element(k).number(0, kModelMaxExtent) : quotient;
    scales.push_back(static_cast<float>(wanted));
    by_scales =
        by_scales && double{scales.back()} == wanted && std::floor(from[k] * wanted) == to[k];
  }
  if (given && !by_scales) unsupported("scales that do not give its sizes");
  if (by_scales)
    return l.set(l.own("Resize", {l.picture(), "", l.constant("scales", {4}, scales)},
                       std::move(attributes)),
                 ExportForm::picture);
  // The batch is free, so that sizes are of two axes only, which ONNX has from 18 on.
  l.needs_opset(18);
  attributes.push_back(onnx_integers("axes", {2, 3}));
  l.set(l.own("Resize", {l.picture(), "", "", l.integers("sizes", {to[0], to[1]})},
              std::move(attributes)),
        ExportForm::picture);
}

}  // namespace

extern const OnnxExports windows_exports;
const OnnxExports windows_exports{{{"conv2d", write_conv2d},
                                   {"conv_transpose2d", write_conv_transpose2d},
                                   {"max_pool2d", write_max_pool2d},
                                   {"average_pool2d", write_average_pool2d},
                                   {"resize", write_resize}}};

}  // namespace pellucid
