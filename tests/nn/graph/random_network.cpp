#include "tests/nn/graph/random_network.h"

#include <algorithm>

#include "runtime/error.h"
#include "runtime/random.h"
#include "tests/nn/graph/random_moves.h"
#include "tests/support/device.h"
#include "tests/support/random_values.h"

namespace pellucid::test {
namespace {

struct Picture {
  std::string name;
  int h, w, c;
  bool read = false;
};

class Drawing {
 public:
  explicit Drawing(std::uint64_t seed) : key_{seed, 0x4E4554} {
    const int h = 5 + below(5), w = 5 + below(5), c = 1 + below(3);
    pictures_.push_back({"input", h, w, c});
  }

  Json description() {
    const int operations = 4 + below(8);
    for (int i = 0; i < operations; ++i) {
      if (below(3) == 0) add_move(any());
      add_operation();
    }
    end();
    const Picture& input = pictures_.front();
    return {{"name", "drawn"}, {"input", {input.h, input.w, input.c}}, {"layers", layers_}};
  }

 private:
  int below(int n) {
    return static_cast<int>(random_below(key_, drawn_++, static_cast<std::uint32_t>(n)));
  }
  std::string layer(Json json, const std::vector<std::string>& inputs) {
    json["name"] = concat("v", layers_.size());
    json["inputs"] = inputs;
    layers_.push_back(json);
    return json["name"];
  }
  // One of the last pictures rather than of the first.
  Picture& any() {
    const auto back = static_cast<std::size_t>(below(1 + below(4)));
    return pictures_[pictures_.size() - 1 - std::min(back, pictures_.size() - 1)];
  }
  void make(const Json& json, Picture& from, int h, int w, int c) {
    from.read = true;
    pictures_.push_back({layer(json, {from.name}), h, w, c});
  }

  // What works along axes: of channels, of pixels or of all values.
  void add_along_axes(Picture& from) {
    const int h = from.h, w = from.w, c = from.c, made = 1 + below(4);
    const std::vector<std::vector<int>> axes{{2}, {0, 1}, {0, 1, 2}};
    switch (below(4)) {
      case 0:
        return make({{"type", "normalize"},
                     {"axes", axes[static_cast<std::size_t>(below(3))]},
                     {"affine", {1, 1, c}},
                     {"epsilon", 0.125}},
                    from, h, w, c);
      case 1:
        return make({{"type", "reduce"},
                     {"function", below(2) == 0 ? "mean" : "log_sum_exp"},
                     {"axes", {2}},
                     {"output", {h, w, 1}}},
                    from, h, w, 1);
      case 2:
        return make({{"type", "matmul"},
                     {"views", {{1, h * w, c}}},
                     {"constant", {1, c, made}},
                     {"output", {h, w, made}}},
                    from, h, w, made);
      default:
        return make({{"type", "lrn"}, {"size", 3}, {"alpha", 0.5}, {"beta", 0.75}, {"bias", 1}},
                    from, h, w, c);
    }
  }

  void add_move(Picture& from) {
    const Move move = random_move([&](int n) { return below(n); }, from.h, from.w, from.c);
    make(move.layer, from, move.h, move.w, move.c);
  }

  void add_operation() {
    if (below(8) == 0) return add_along_axes(any());
    Picture& from = any();
    switch (below(13)) {
      case 0:
        return make({{"type", "relu"}}, from, from.h, from.w, from.c);
      case 1:
        return make({{"type", "leaky_relu"}, {"slope", 0.25}}, from, from.h, from.w, from.c);
      case 2:
        return make({{"type", "batch_norm"}, {"epsilon", 0.125}}, from, from.h, from.w, from.c);
      case 3:
        return make({{"type", "dropout"}, {"rate", 0.5}}, from, from.h, from.w, from.c);
      case 4:
        if (below(2) == 0) make({{"type", "relu"}}, from, from.h, from.w, from.c);
        return add_window({{"type", "max_pool2d"}}, "window", pictures_.back());
      case 5:
        return add_window({{"type", "average_pool2d"}}, "window", from);
      case 6:
        return add_meeting("add", from);
      case 7:
        return add_meeting("concat", from);
      case 8:
        return add_activation(from);
      case 9:
        return add_arithmetic(from);
      default: {
        if (below(5) == 0) return add_transposed(from);
        Json json{{"type", "conv2d"}, {"filters", 1 + below(4)}};
        if (below(4) == 0) json["dilation"] = {1 + below(2), 1 + below(2)};
        if (below(4) == 0) json["bias"] = false;
        if (from.c <= 6 && below(4) == 0) {
          json["groups"] = from.c % 2 == 0 && below(2) == 0 ? 2 : from.c;
          json["filters"] = json["groups"].get<int>() * (1 + below(2));
        }
        add_window(json, "kernel", from);
        // Often with what is fused with it.
        const Json normalization{{"type", "batch_norm"}, {"epsilon", 0.125}};
        const Json affine{{"type", "affine"}, {"scale", {-0.75}}, {"shift", {0.25}}};
        for (const Json& behind :
             {below(4) == 0 ? affine : normalization, Json{{"type", "relu"}}}) {
          Picture& last = pictures_.back();
          if (below(2) == 0) make(behind, last, last.h, last.w, last.c);
        }
        return;
      }
    }
  }

  void add_activation(Picture& from) {
    const char* const functions[] = {"sigmoid", "tanh", "swish", "elu"};
    make({{"type", "activation"}, {"function", functions[below(4)]}}, from, from.h, from.w, from.c);
  }

  // A gate, slopes, or what a constant is taken from.
  void add_arithmetic(Picture& from) {
    const int h = from.h, w = from.w, c = from.c, kind = below(3);
    Json json{{"type", "arithmetic"}};
    if (kind == 0) {
      from.read = true;
      const std::string name = from.name;
      const std::string gate = layer({{"type", "average_pool2d"}, {"window", "global"}}, {name});
      json["function"] = "mul";
      pictures_.push_back({layer(json, {name, gate}), h, w, c});
      return;
    }
    json["function"] = kind == 1 ? "prelu" : "sub";
    json["constant"] = {1, 1, c};
    if (kind == 2) json["constant_first"] = true;
    make(json, from, h, w, c);
  }

  // A convolution or a pooling of any window, step and border that fit.
  void add_window(Json json, const char* key, Picture& from) {
    const bool pools = std::string(key) == "window";
    const int window[] = {1 + below(3), 1 + below(3)}, extent[] = {from.h, from.w};
    const bool ceil = pools && below(3) == 0, far_differs = below(3) == 0;
    int stride[2], padding[2], far_padding[2], made[2];
    for (int i : {0, 1}) {
      stride[i] = 1 + below(2);
      padding[i] = below(window[i] > 1 ? 2 : 1);
      far_padding[i] = far_differs ? below(window[i] > 1 ? 2 : 1) : padding[i];
      const int dilation = json.contains("dilation") ? json["dilation"][i].get<int>() : 1;
      const int room = extent[i] + padding[i] + far_padding[i] - (dilation * (window[i] - 1) + 1);
      if (room < 0) return;
      made[i] = (ceil ? room + stride[i] - 1 : room) / stride[i] + 1;
      if (ceil && (made[i] - 1) * stride[i] >= extent[i] + padding[i]) --made[i];
    }
    json[key] = {window[0], window[1]};
    json["stride"] = {stride[0], stride[1]};
    json["padding"] = {padding[0], padding[1]};
    if (far_differs) json["padding"] = {padding[0], padding[1], far_padding[0], far_padding[1]};
    if (ceil) json["ceil"] = true;
    if (json["type"] == "average_pool2d" && below(2) == 0) json["count_padding"] = true;
    make(json, from, made[0], made[1], pools ? from.c : json["filters"].get<int>());
  }

  void add_transposed(Picture& from) {
    const int groups = from.c <= 6 && below(2) == 0 ? from.c : 1;
    const int extent[] = {from.h, from.w}, filters = groups * (1 + below(2));
    if (from.h > 12 || from.w > 12) return;
    int kernel[2], stride[2], padding[2], more[2], made[2];
    for (int i : {0, 1}) {
      kernel[i] = 1 + below(3);
      stride[i] = 1 + below(2);
      padding[i] = below(kernel[i] > 1 ? 2 : 1);
      more[i] = below(stride[i]);
      made[i] = (extent[i] - 1) * stride[i] + kernel[i] + more[i] - 2 * padding[i];
      if (made[i] < 1) return;
    }
    make({{"type", "conv_transpose2d"},
          {"filters", filters},
          {"groups", groups},
          {"kernel", {kernel[0], kernel[1]}},
          {"stride", {stride[0], stride[1]}},
          {"padding", {padding[0], padding[1]}},
          {"output_padding", {more[0], more[1]}}},
         from, made[0], made[1], filters);
  }

  // Of two or three pictures that fit; where there is no other, of one twice.
  void add_meeting(const std::string& type, Picture& from) {
    std::vector<Picture*> met{&from};
    for (Picture& other : pictures_)
      if (&other != &from && met.size() < 3 && other.h == from.h && other.w == from.w &&
          (type == "concat" || other.c == from.c))
        met.push_back(&other);
    if (met.size() == 1) met.push_back(&from);
    std::vector<std::string> names;
    int channels = 0;
    for (Picture* picture : met) {
      picture->read = true;
      names.push_back(picture->name);
      channels += picture->c;
    }
    if (type == "add") channels = from.c;
    const int h = from.h, w = from.w;
    pictures_.push_back({layer({{"type", type}}, names), h, w, channels});
  }

  void end() {
    const auto unread = std::count_if(pictures_.begin(), pictures_.end(),
                                      [](const Picture& picture) { return !picture.read; });
    std::vector<std::string> flat;
    for (const Picture& picture : pictures_) {
      if (picture.read) continue;
      std::string name = picture.name;
      // Flattened pictures of several pixels do not go side by side.
      if (unread > 1 || below(2) == 0)
        name = layer({{"type", "average_pool2d"}, {"window", "global"}}, {name});
      flat.push_back(layer({{"type", "flatten"}}, {name}));
    }
    std::string all = flat.size() == 1 ? flat[0] : layer({{"type", "concat"}}, flat);
    all = layer({{"type", "linear"}, {"outputs", 5}}, {all});
    if (below(2) == 0) all = layer({{"type", "batch_norm"}, {"epsilon", 0.125}}, {all});
    if (below(2) == 0) all = layer({{"type", "relu"}}, {all});
    all = layer({{"type", "linear"}, {"outputs", 3}}, {all});
    if (below(3) == 0) layer({{"type", "softmax"}}, {all});
  }

  RandomKey key_;
  std::uint64_t drawn_ = 0;
  std::vector<Picture> pictures_;
  Json layers_ = Json::array();
};

}  // namespace

Json random_network(std::uint64_t seed) { return Drawing(seed).description(); }

Model random_model(std::uint64_t seed) {
  Model model(stream(), random_network(seed), seed);
  std::uint64_t number = 0;
  const auto drawn = [&](const Shape& shape, float low, float high) {
    ++number;
    return Tensor::from_host(
        stream(), shape,
        random_values(static_cast<std::size_t>(shape.count()), 1000 * seed + number, low, high));
  };
  for (Parameter* parameter : model.parameters())
    if (parameter->initial != Initial::he_uniform) {
      const float middle = parameter->initial == Initial::ones ? 1.0f : 0.0f;
      parameter->set_value(drawn(parameter->memory_shape(), middle - 0.5f, middle + 0.5f));
    }
  for (ModelBuffer* buffer : model.buffers())
    buffer->value =
        drawn({buffer->size}, buffer->least == 0 ? 0.5f : -0.5f, buffer->least == 0 ? 2.0f : 0.5f);
  return model;
}

std::uint64_t random_networks() {
  return kSmallShapesOnly ? 4 : device() == DeviceKind::emu ? 12 : 40;
}

}  // namespace pellucid::test
