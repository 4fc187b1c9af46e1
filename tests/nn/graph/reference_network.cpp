#include "tests/nn/graph/reference_network.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/error.h"
#include "tests/nn/graph/reference_batch.h"

namespace pellucid::test {
namespace {

// Calls `each` with every place of the output and of the window there that lies in the picture.
struct Window {
  int window[2], stride[2] = {1, 1}, padding[2] = {0, 0}, dilation[2] = {1, 1};
  int far_padding[2] = {0, 0};
  bool ceil = false;
};
Window window_of(const Json& layer, const char* key, const Batch& x) {
  Window out{};
  const bool global = layer[key].is_string();
  for (int i : {0, 1}) {
    out.window[i] = global ? (i == 0 ? x.h : x.w) : layer[key][i].get<int>();
    out.stride[i] = layer.contains("stride") ? layer["stride"][i].get<int>() : out.window[i];
    if (layer.contains("padding")) {
      out.padding[i] = layer["padding"][i].get<int>();
      out.far_padding[i] =
          layer["padding"].size() == 4 ? layer["padding"][2 + i].get<int>() : out.padding[i];
    }
    out.dilation[i] = layer.contains("dilation") ? layer["dilation"][i].get<int>() : 1;
  }
  out.ceil = layer.value("ceil", false);
  return out;
}
int made(int extent, const Window& o, int i) {
  const int room = extent + o.padding[i] + o.far_padding[i] - o.dilation[i] * (o.window[i] - 1) - 1;
  const int count = room / o.stride[i] + 1;
  const bool one_more = o.ceil && room % o.stride[i] != 0 &&
                        count * o.stride[i] < extent + o.padding[i];  // where it would begin
  return one_more ? count + 1 : count;
}
template <class Each>
void walk(const Batch& x, const Batch& y, const Window& o, const Each& each) {
  for (int p = 0; p < y.h; ++p)
    for (int q = 0; q < y.w; ++q)
      for (int r = 0; r < o.window[0]; ++r)
        for (int s = 0; s < o.window[1]; ++s) {
          const int row = p * o.stride[0] - o.padding[0] + r * o.dilation[0];
          const int column = q * o.stride[1] - o.padding[1] + s * o.dilation[1];
          if (x.holds(row, column)) each(p, q, r, s, row, column);
        }
}

std::vector<double> bias_of(const Json& layer, const State& state, int filters) {
  if (!layer.value("bias", true)) return std::vector<double>(static_cast<std::size_t>(filters));
  return state.at(layer["name"].get<std::string>() + ".bias");
}

Batch convolve(const Json& layer, const State& state, const Batch& x) {
  const Window o = window_of(layer, "kernel", x);
  const std::string name = layer["name"];
  const std::vector<double>& weight = state.at(name + ".weight");
  Batch y(x.n, made(x.h, o, 0), made(x.w, o, 1), layer["filters"]);
  const std::vector<double> bias = bias_of(layer, state, y.c);
  const int groups = layer.value("groups", 1), channels = x.c / groups;
  for (int i = 0; i < y.n; ++i)
    for (int k = 0; k < y.c; ++k) {
      for (int p = 0; p < y.h; ++p)
        for (int q = 0; q < y.w; ++q) y.at(i, p, q, k) = bias[k];
      walk(x, y, o, [&](int p, int q, int r, int s, int row, int column) {
        for (int c = 0; c < channels; ++c)
          y.at(i, p, q, k) += x.at(i, row, column, k / (y.c / groups) * channels + c) *
                              weight[((k * o.window[0] + r) * o.window[1] + s) * channels + c];
      });
    }
  return y;
}

// Each input lays its filter down on the output. weight: (in, height, width, out / groups).
Batch convolve_transposed(const Json& layer, const State& state, const Batch& x) {
  const Window o = window_of(layer, "kernel", x);
  const std::vector<double>& weight = state.at(layer["name"].get<std::string>() + ".weight");
  const int groups = layer["groups"], filters = layer["filters"].get<int>() / groups;
  const auto extent = [&](int in, int i) {
    return (in - 1) * o.stride[i] + o.window[i] + layer["output_padding"][i].get<int>() -
           2 * o.padding[i];
  };
  Batch y(x.n, extent(x.h, 0), extent(x.w, 1), layer["filters"]);
  const std::vector<double> bias = bias_of(layer, state, y.c);
  for (std::size_t i = 0; i < y.values.size(); ++i) y.values[i] = bias[i % bias.size()];
  // The places of x are the outputs of a convolution of y.
  walk(y, x, o, [&](int h, int w, int r, int s, int p, int q) {
    for (int i = 0; i < x.n; ++i)
      for (int c = 0; c < x.c; ++c)
        for (int k = 0; k < filters; ++k)
          y.at(i, p, q, c / (x.c / groups) * filters + k) +=
              x.at(i, h, w, c) * weight[((c * o.window[0] + r) * o.window[1] + s) * filters + k];
  });
  return y;
}

// Of each window, of the padded picture.
Batch padded_pixels(const Batch& x, const Batch& y, const Window& o) {
  Batch counts(1, y.h, y.w, 1);
  const auto along = [&](int output, int extent, int i) {
    const int first = output * o.stride[i] - o.padding[i];
    return std::min(first + o.window[i], extent + o.far_padding[i]) - first;
  };
  for (int p = 0; p < y.h; ++p)
    for (int q = 0; q < y.w; ++q) counts.at(0, p, q, 0) = along(p, x.h, 0) * along(q, x.w, 1);
  return counts;
}

Batch pool(const Json& layer, const Batch& x, bool largest) {
  const Window o = window_of(layer, "window", x);
  Batch y(x.n, made(x.h, o, 0), made(x.w, o, 1), x.c);
  for (int i = 0; i < y.n; ++i)
    for (int c = 0; c < y.c; ++c) {
      Batch inside(1, y.h, y.w, 1);
      if (largest)
        for (int p = 0; p < y.h; ++p)
          for (int q = 0; q < y.w; ++q) y.at(i, p, q, c) = -std::numeric_limits<double>::infinity();
      walk(x, y, o, [&](int p, int q, int, int, int row, int column) {
        double& out = y.at(i, p, q, c);
        const double in = x.at(i, row, column, c);
        out = largest ? std::fmax(out, in) : out + in;
        ++inside.at(0, p, q, 0);
      });
      if (layer.value("count_padding", false)) inside = padded_pixels(x, y, o);
      if (!largest)
        for (int p = 0; p < y.h; ++p)
          for (int q = 0; q < y.w; ++q) y.at(i, p, q, c) /= inside.at(0, p, q, 0);
    }
  return y;
}

// Mean 0 and variance 1 over the axes; scale and shift of each channel.
void normalise_axes(const Json& layer, const State& state, Batch& x) {
  const std::string name = layer["name"];
  bool reduced[3] = {};
  for (const Json& axis : layer["axes"]) reduced[axis.get<int>()] = true;
  const auto for_all = [&](const auto& each) {
    for (int i = 0; i < x.n; ++i)
      for (int h = 0; h < x.h; ++h)
        for (int w = 0; w < x.w; ++w)
          for (int c = 0; c < x.c; ++c)
            each(x.at(i, h, w, c), i, reduced[0] ? 0 : h, reduced[1] ? 0 : w, reduced[2] ? 0 : c,
                 c);
  };
  Batch count(x.n, x.h, x.w, x.c), mean = count, variance = count;
  for_all([&](double v, int i, int h, int w, int c, int) {
    ++count.at(i, h, w, c);
    mean.at(i, h, w, c) += v;
  });
  for_all([&](double v, int i, int h, int w, int c, int) {
    const double of = count.at(i, h, w, c), deviation = v - mean.at(i, h, w, c) / of;
    variance.at(i, h, w, c) += deviation * deviation / of;
  });
  for_all([&](double& v, int i, int h, int w, int c, int channel) {
    v = (v - mean.at(i, h, w, c) / count.at(i, h, w, c)) /
            std::sqrt(variance.at(i, h, w, c) + layer["epsilon"].get<double>()) *
            state.at(name + ".weight")[channel] +
        state.at(name + ".bias")[channel];
  });
}

// Each pixel's channels: one of all, their products with a constant, or each over its neighbours.
Batch of_pixels(const Json& layer, const State& state, const Batch& x) {
  const std::string type = layer["type"], name = layer["name"];
  Batch y(x.n, x.h, x.w, type == "lrn" ? x.c : layer["output"][2].get<int>());
  for (int i = 0; i < x.n; ++i)
    for (int h = 0; h < x.h; ++h)
      for (int w = 0; w < x.w; ++w)
        for (int k = 0; k < y.c; ++k) {
          double sum = 0;
          for (int c = 0; c < x.c; ++c) {
            const double v = x.at(i, h, w, c);
            if (type == "matmul") sum += v * state.at(name + ".constant")[c * y.c + k];
            else if (type == "lrn") sum += std::abs(c - k) <= 1 ? v * v : 0;
            else sum += layer["function"] == "mean" ? v / x.c : std::exp(v);
          }
          double& out = y.at(i, h, w, k);
          out = sum;
          if (type == "lrn") out = x.at(i, h, w, k) * std::pow(1 + 0.5 / 3 * sum, -0.75);
          else if (type == "reduce" && layer["function"] == "log_sum_exp") out = std::log(sum);
        }
  return y;
}

Batch normalise(const Json& layer, const State& state, Batch x, bool training) {
  const std::string name = layer["name"];
  const double rows = static_cast<double>(x.n) * x.h * x.w;
  for (int c = 0; c < x.c; ++c) {
    double mean = state.at(name + ".running_mean")[c],
           variance = state.at(name + ".running_var")[c];
    const auto over_all = [&](const auto& f) {
      for (std::size_t i = c; i < x.values.size(); i += x.c) f(x.values[i]);
    };
    if (training) {
      mean = variance = 0;
      over_all([&](double v) { mean += v / rows; });
      over_all([&](double v) { variance += (v - mean) * (v - mean) / rows; });
    }
    const double scale =
        state.at(name + ".weight")[c] / std::sqrt(variance + layer["epsilon"].get<double>());
    over_all([&](double& v) { v = (v - mean) * scale + state.at(name + ".bias")[c]; });
  }
  return x;
}

Batch connect(const Json& layer, const State& state, const Batch& x) {
  const std::string name = layer["name"];
  Batch y(x.n, 1, 1, layer["outputs"]);
  for (int i = 0; i < y.n; ++i)
    for (int o = 0; o < y.c; ++o) {
      y.at(i, 0, 0, o) = state.at(name + ".bias")[o];
      for (int k = 0; k < x.c; ++k)
        y.at(i, 0, 0, o) += x.at(i, 0, 0, k) * state.at(name + ".weight")[o * x.c + k];
    }
  return y;
}

double activate(const std::string& function, double x) {
  const double sigmoid = 1 / (1 + std::exp(-x));
  if (function == "sigmoid") return sigmoid;
  if (function == "tanh") return std::tanh(x);
  if (function == "swish") return x * sigmoid;
  if (function == "elu") return x > 0 ? x : std::exp(x) - 1;
  fail("the reference knows no ", function);
}

// A picture and a number of each channel: of each image, or a constant.
Batch combine(const Json& layer, const State& state, const std::vector<const Batch*>& xs) {
  Batch y = *xs[0];
  const std::string name = layer["name"], function = layer["function"];
  for (int i = 0; i < y.n; ++i)
    for (int row = 0; row < y.h; ++row)
      for (int column = 0; column < y.w; ++column)
        for (int c = 0; c < y.c; ++c) {
          double& v = y.at(i, row, column, c);
          if (function == "mul") v *= xs[1]->at(i, 0, 0, c);
          else if (function == "prelu") v = v > 0 ? v : v * state.at(name + ".weight")[c];
          else if (function == "sub") v = state.at(name + ".constant")[c] - v;
          else fail("the reference knows no ", function);
        }
  return y;
}

Batch summed(const std::vector<const Batch*>& xs) {
  Batch y = *xs[0];
  for (std::size_t j = 1; j < xs.size(); ++j)
    for (std::size_t i = 0; i < y.values.size(); ++i) y.values[i] += xs[j]->values[i];
  return y;
}

}  // namespace

std::vector<double> reference_logits(const Json& description, const State& state,
                                     const std::vector<double>& x, int n, bool training) {
  const Json& extents = description["input"];
  Batch input(n, extents[0], extents[1], extents[2]);
  input.values = x;
  std::map<std::string, Batch> values{{"input", input}};
  std::vector<double> last;
  for (const Json& layer : description["layers"]) {
    std::vector<const Batch*> inputs;
    for (const Json& name : layer["inputs"]) inputs.push_back(&values.at(name));
    Batch y = *inputs[0];
    const std::string type = layer["type"];
    if (type == "conv2d") y = convolve(layer, state, y);
    else if (type == "conv_transpose2d") y = convolve_transposed(layer, state, y);
    else if (type == "linear") y = connect(layer, state, y);
    else if (type == "normalize") normalise_axes(layer, state, y);
    else if (type == "reduce" || type == "matmul" || type == "lrn") y = of_pixels(layer, state, y);
    else if (type == "batch_norm") y = normalise(layer, state, y, training);
    else if (type == "max_pool2d" || type == "average_pool2d")
      y = pool(layer, y, type == "max_pool2d");
    else if (type == "add") y = summed(inputs);
    else if (type == "concat") y = concatenated(inputs);
    else if (type == "affine") y = scaled_and_shifted(layer, y);
    else if (type == "reshape") y = reshaped(layer, y);
    else if (type == "rearrange") y = rearranged(layer, y);
    else if (type == "resize") y = resized(layer, y);
    else if (type == "arithmetic") y = combine(layer, state, inputs);
    else if (type == "activation")
      for (double& v : y.values) v = activate(layer["function"], v);
    else if (type == "flatten") y.c *= y.h * y.w, y.h = y.w = 1;
    else if (type == "relu" || type == "leaky_relu")
      for (double& v : y.values)
        v = v > 0 ? v : type == "relu" ? 0 : v * layer["slope"].get<double>();
    else if (type == "softmax") break;  // the logits are before it
    else if (type != "dropout") fail("the reference knows no ", type);
    last = y.values;
    values.emplace(layer["name"], y);
  }
  return last;
}

}  // namespace pellucid::test
