// translate_windows.cpp: convolutions and pooling.
#include <algorithm>

#include "nn/graph/onnx/importer.h"

namespace pellucid {
namespace {

int whole(std::int64_t value) {
  if (value < 0 || value > (1 << 20)) unsupported("a size of ", value);
  return static_cast<int>(value);
}

// Of a window over pictures: two numbers an attribute.
struct Window {
  int kernel[2] = {1, 1}, stride[2] = {1, 1}, dilation[2] = {1, 1};
  int before[2] = {0, 0}, behind[2] = {0, 0};  // padding

  int span(int axis) const { return dilation[axis] * (kernel[axis] - 1) + 1; }
  int output(int axis, int extent, bool ceil) const {
    const int room = extent + before[axis] + behind[axis] - span(axis);
    if (room < 0) unsupported("a window larger than its picture");
    int count = room / stride[axis] + 1;
    // The last window begins inside the picture or the padding before it.
    if (ceil && room % stride[axis] != 0 && count * stride[axis] < extent + before[axis]) ++count;
    return count;
  }
  Json padding() const { return Json::array({before[0], before[1], behind[0], behind[1]}); }
};

void take(int (&to)[2], const Extents& values, std::string_view name) {
  if (values.size() != 2)
    unsupported(name, " of ", values.size(), " numbers (expected pictures: 2)");
  for (int k = 0; k < 2; ++k) {
    const std::int64_t value = values[static_cast<std::size_t>(k)];
    if (value < 0 || value > (1 << 14)) unsupported(name, " of ", value);
    to[k] = static_cast<int>(value);
  }
}

Window window_of(NodeTranslation& t, const Extents& kernel, const ActivationShape& in) {
  Window w;
  take(w.kernel, kernel, "kernel_shape");
  take(w.stride, integers_attribute(t.node(), "strides", {1, 1}), "strides");
  take(w.dilation, integers_attribute(t.node(), "dilations", {1, 1}), "dilations");
  if (std::min({w.kernel[0], w.kernel[1], w.stride[0], w.stride[1], w.dilation[0], w.dilation[1]}) <
      1)
    unsupported("a window, stride or dilation of 0");
  const std::string automatic = t.attribute("auto_pad", "NOTSET");
  if (automatic == "NOTSET" || automatic.empty()) {
    const Extents pads = integers_attribute(t.node(), "pads", {0, 0, 0, 0});
    if (pads.size() != 4) unsupported("pads of ", pads.size(), " numbers (expected pictures: 4)");
    for (const std::int64_t pad : pads)
      if (pad < 0) unsupported("negative pads");
    take(w.before, {pads[0], pads[1]}, "pads");
    take(w.behind, {pads[2], pads[3]}, "pads");
  } else if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    for (int k = 0; k < 2; ++k) {
      const int extent = k == 0 ? in.h : in.w, outputs = (extent + w.stride[k] - 1) / w.stride[k];
      const int total = std::max(0, (outputs - 1) * w.stride[k] + w.span(k) - extent);
      w.before[k] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
      w.behind[k] = total - w.before[k];
    }
  } else if (automatic != "VALID") {
    unsupported("auto_pad ", automatic);
  }
  return w;
}

Json pair(const int (&values)[2]) { return Json::array({values[0], values[1]}); }

Layout as_picture(const ActivationShape& shape) {
  return Layout({shape.c, shape.h, shape.w}, {1, 2, 0});
}

// (K, C, R, S) → (K, R, S, C).
std::vector<float> channels_last(const Constant& w) {
  const std::vector<float>& from = reals_of(w);
  const auto k = static_cast<std::size_t>(w.shape[0]), c = static_cast<std::size_t>(w.shape[1]),
             taps = static_cast<std::size_t>(w.shape[2] * w.shape[3]);
  std::vector<float> to(from.size());
  for (std::size_t filter = 0; filter < k; ++filter)
    for (std::size_t channel = 0; channel < c; ++channel)
      for (std::size_t tap = 0; tap < taps; ++tap)
        to[(filter * taps + tap) * c + channel] = from[(filter * c + channel) * taps + tap];
  return to;
}

void add_bias(NodeTranslation& t, std::size_t i, int outputs, Json& layer, Weights& weights) {
  if (!t.has(i)) {
    layer["bias"] = false;
    return;
  }
  const Constant& bias = t.known(i, "a bias");
  if (bias.count() != outputs)
    unsupported("a bias of ", bias.count(), " values for ", outputs, " filters");
  weights["bias"] = {reals_of(bias), true};
}

void conv(NodeTranslation& t) {
  const Constant& w = t.known(1, "weights");
  if (w.shape.size() != 4)
    unsupported("a window of ", w.shape.size() - 2, " dimensions (expected pictures: 2)");
  const ComputedTensor x = t.picture(t.activation(0), "a convolution");
  const std::int64_t groups = t.attribute("group", std::int64_t{1});
  const int filters = whole(w.shape[0]);
  if (groups < 1 || groups > x.shape.c || x.shape.c != w.shape[1] * groups || filters % groups != 0)
    unsupported("weights of ", to_string(w.shape), " in ", groups, " groups for ", x.shape.c,
                " channels");
  const Extents kernel = integers_attribute(t.node(), "kernel_shape", {w.shape[2], w.shape[3]});
  if (kernel != Extents{w.shape[2], w.shape[3]}) unsupported("kernel_shape unlike the weights");
  const Window window = window_of(t, kernel, x.shape);
  const ActivationShape out{window.output(0, x.shape.h, false), window.output(1, x.shape.w, false),
                            filters};
  Json layer = {{"type", "conv2d"},
                {"filters", filters},
                {"kernel", pair(window.kernel)},
                {"stride", pair(window.stride)},
                {"padding", window.padding()},
                {"dilation", pair(window.dilation)}};
  if (groups != 1) layer["groups"] = groups;
  Weights weights;
  weights["weight"] = {channels_last(w), true};
  add_bias(t, 2, filters, layer, weights);
  t.set(t.emit(std::move(layer), {&x}, as_picture(out), out, std::move(weights)));
}

void conv_transpose(NodeTranslation& t) {
  const Constant& w = t.known(1, "weights");
  if (w.shape.size() != 4)
    unsupported("a window of ", w.shape.size() - 2, " dimensions (expected pictures: 2)");
  const ComputedTensor x = t.picture(t.activation(0), "a convolution");
  const std::int64_t groups = t.attribute("group", std::int64_t{1});
  if (groups < 1 || groups > x.shape.c || x.shape.c != w.shape[0] || w.shape[0] % groups != 0)
    unsupported("weights of ", to_string(w.shape), " for ", x.shape.c, " channels");
  const int filters = whole(w.shape[1] * groups);
  Window window = window_of(t, {w.shape[2], w.shape[3]}, x.shape);
  int extra[2] = {0, 0};
  take(extra, integers_attribute(t.node(), "output_padding", {0, 0}), "output_padding");
  const Extents wanted = integers_attribute(t.node(), "output_shape", {});
  if (wanted.size() == 1) unsupported("output_shape of 1 number");
  const std::string automatic = t.attribute("auto_pad", "NOTSET");
  int out[2];
  for (int k = 0; k < 2; ++k) {
    const int extent = k == 0 ? x.shape.h : x.shape.w;
    const int full = (extent - 1) * window.stride[k] + window.span(k) + extra[k];
    const bool same = automatic.starts_with("SAME");
    if (!wanted.empty() || same) {
      const int size = wanted.empty()
                           ? extent * window.stride[k]
                           : whole(wanted[wanted.size() - 2 + static_cast<std::size_t>(k)]);
      const int total = std::max(0, full - size);
      if (full < size) extra[k] += size - full;
      window.before[k] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
      window.behind[k] = total - window.before[k];
    }
    out[k] = (extent - 1) * window.stride[k] + window.span(k) + extra[k] - window.before[k] -
             window.behind[k];
    if (out[k] < 1) unsupported("an output without pixels");
  }
  Json layer = {{"type", "conv_transpose2d"},       {"filters", filters},
                {"kernel", pair(window.kernel)},    {"stride", pair(window.stride)},
                {"padding", window.padding()},      {"output_padding", pair(extra)},
                {"dilation", pair(window.dilation)}};
  if (groups != 1) layer["groups"] = groups;
  Weights weights;
  weights["weight"] = {reals_of(w), false};
  add_bias(t, 2, filters, layer, weights);
  const ActivationShape shape{out[0], out[1], filters};
  t.set(t.emit(std::move(layer), {&x}, as_picture(shape), shape, std::move(weights)));
}

void pool(NodeTranslation& t, const char* type) {
  if (t.node().outputs.size() > 1 && !t.node().outputs[1].empty())
    unsupported("indices as an output");
  const ComputedTensor x = t.picture(t.activation(0), "pooling");
  const Window window = window_of(t, integers_attribute(t.node(), "kernel_shape", {}), x.shape);
  const bool ceil = t.attribute("ceil_mode", std::int64_t{0}) != 0;
  if (t.attribute("storage_order", std::int64_t{0}) != 0) unsupported("storage_order 1");
  ActivationShape out{window.output(0, x.shape.h, ceil), window.output(1, x.shape.w, ceil),
                      x.shape.c};
  Json layer = {{"type", type},
                {"window", pair(window.kernel)},
                {"stride", pair(window.stride)},
                {"padding", window.padding()}};
  if (ceil) layer["ceil"] = true;
  if (window.dilation[0] != 1 || window.dilation[1] != 1) layer["dilation"] = pair(window.dilation);
  const bool padded = window.before[0] + window.before[1] + window.behind[0] + window.behind[1] > 0;
  if (t.attribute("count_include_pad", std::int64_t{0}) != 0 && padded)
    layer["count_padding"] = true;
  const bool all = window.kernel[0] == x.shape.h && window.kernel[1] == x.shape.w && !padded;
  if (all) layer = {{"type", type}, {"window", "global"}};
  t.set(t.emit(std::move(layer), {&x}, as_picture(out), out));
}

void global_pool(NodeTranslation& t, const char* type) {
  const ComputedTensor x = t.picture(t.activation(0), "pooling");
  const ActivationShape out{1, 1, x.shape.c};
  t.set(t.emit({{"type", type}, {"window", "global"}}, {&x}, as_picture(out), out));
}

}  // namespace

extern const OnnxFamily windows_family;
const OnnxFamily windows_family{
    {{"Conv", 1, conv, {"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"}},
     {"ConvTranspose",
      1,
      conv_transpose,
      {"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides", "output_padding",
       "output_shape"}},
     {"MaxPool",
      1,
      [](NodeTranslation& t) { pool(t, "max_pool2d"); },
      {"auto_pad", "dilations", "kernel_shape", "pads", "strides", "ceil_mode", "storage_order"}},
     {"AveragePool",
      1,
      [](NodeTranslation& t) { pool(t, "average_pool2d"); },
      {"auto_pad", "dilations", "kernel_shape", "pads", "strides", "ceil_mode",
       "count_include_pad"}},
     {"GlobalMaxPool", 1, [](NodeTranslation& t) { global_pool(t, "max_pool2d"); }},
     {"GlobalAveragePool", 1, [](NodeTranslation& t) { global_pool(t, "average_pool2d"); }}}};

}  // namespace pellucid
