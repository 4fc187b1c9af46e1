#include "tests/nn/graph/reference_network.h"

#include <cmath>
#include <limits>

#include "runtime/error.h"

namespace pellucid::test {
namespace {

// (n, h, w, c); flat features have h = w = 1.
struct Batch {
  int n, h, w, c;
  std::vector<double> values;

  Batch(int n_, int h_, int w_, int c_)
      : n(n_), h(h_), w(w_), c(c_), values(static_cast<std::size_t>(n) * h * w * c) {}
  double& at(int i, int y, int x, int k) {
    return values[((static_cast<std::size_t>(i) * h + y) * w + x) * c + k];
  }
  double at(int i, int y, int x, int k) const {
    return values[((static_cast<std::size_t>(i) * h + y) * w + x) * c + k];
  }
  bool holds(int y, int x) const { return y >= 0 && y < h && x >= 0 && x < w; }
};

// Calls `each` with every place of the output and of the window there that lies in the picture.
struct Window {
  int window[2], stride[2] = {1, 1}, padding[2] = {0, 0}, dilation[2] = {1, 1};
};
Window window_of(const Json& layer, const char* key, const Batch& x) {
  Window out{};
  const bool global = layer[key].is_string();
  for (int i : {0, 1}) {
    out.window[i] = global ? (i == 0 ? x.h : x.w) : layer[key][i].get<int>();
    out.stride[i] = layer.contains("stride") ? layer["stride"][i].get<int>() : out.window[i];
    out.padding[i] = layer.contains("padding") ? layer["padding"][i].get<int>() : 0;
    out.dilation[i] = layer.contains("dilation") ? layer["dilation"][i].get<int>() : 1;
  }
  return out;
}
int made(int extent, const Window& o, int i) {
  return (extent + 2 * o.padding[i] - o.dilation[i] * (o.window[i] - 1) - 1) / o.stride[i] + 1;
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

Batch convolve(const Json& layer, const State& state, const Batch& x) {
  const Window o = window_of(layer, "kernel", x);
  const std::string name = layer["name"];
  const std::vector<double>&weight = state.at(name + ".weight"), &bias = state.at(name + ".bias");
  Batch y(x.n, made(x.h, o, 0), made(x.w, o, 1), layer["filters"]);
  for (int i = 0; i < y.n; ++i)
    for (int k = 0; k < y.c; ++k) {
      for (int p = 0; p < y.h; ++p)
        for (int q = 0; q < y.w; ++q) y.at(i, p, q, k) = bias[k];
      walk(x, y, o, [&](int p, int q, int r, int s, int row, int column) {
        for (int c = 0; c < x.c; ++c)
          y.at(i, p, q, k) +=
              x.at(i, row, column, c) * weight[((k * o.window[0] + r) * o.window[1] + s) * x.c + c];
      });
    }
  return y;
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
      if (!largest)
        for (int p = 0; p < y.h; ++p)
          for (int q = 0; q < y.w; ++q) y.at(i, p, q, c) /= inside.at(0, p, q, 0);
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

Batch meet(const std::vector<const Batch*>& xs, bool adds) {
  Batch y = *xs[0];
  for (std::size_t j = 1; adds && j < xs.size(); ++j)
    for (std::size_t i = 0; i < y.values.size(); ++i) y.values[i] += xs[j]->values[i];
  if (adds) return y;
  int channels = 0;
  for (const Batch* x : xs) channels += x->c;
  y = Batch(xs[0]->n, xs[0]->h, xs[0]->w, channels);
  int first = 0;
  for (const Batch* x : xs) {
    for (int i = 0; i < y.n; ++i)
      for (int row = 0; row < y.h; ++row)
        for (int column = 0; column < y.w; ++column)
          for (int c = 0; c < x->c; ++c) y.at(i, row, column, first + c) = x->at(i, row, column, c);
    first += x->c;
  }
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
    else if (type == "linear") y = connect(layer, state, y);
    else if (type == "batch_norm") y = normalise(layer, state, y, training);
    else if (type == "max_pool2d" || type == "average_pool2d")
      y = pool(layer, y, type == "max_pool2d");
    else if (type == "add" || type == "concat") y = meet(inputs, type == "add");
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
