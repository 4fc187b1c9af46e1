#include <algorithm>
#include <cmath>

#include "runtime/error.h"
#include "tests/nn/graph/reference_batch.h"

namespace pellucid::test {
namespace {

// The place that is meant by one beyond an axis of `from`; −1: none, a value.
int folded(const std::string& mode, int place, int from) {
  if (place >= 0 && place < from) return place;
  if (mode == "constant") return -1;
  if (mode == "edge" || from == 1) return place < 0 ? 0 : from - 1;
  if (mode == "wrap") return folded(mode, place < 0 ? place + from : place - from, from);
  if (mode == "reflect") return folded(mode, place < 0 ? -place : 2 * (from - 1) - place, from);
  fail("the reference knows no ", mode);
}

// How much of each place of an axis of `from` is in place i of one of `to`.
std::vector<double> shares(const Json& layer, int i, int from, int to) {
  const std::string coordinates = layer["coordinates"];
  const double scale = static_cast<double>(to) / from;
  double at = 0;
  if (coordinates == "half_pixel") at = (i + 0.5) / scale - 0.5;
  else if (coordinates == "asymmetric") at = i / scale;
  else if (coordinates == "align_corners") at = to == 1 ? 0 : i * (from - 1.0) / (to - 1);
  else fail("the reference knows no ", coordinates);
  const auto inside = [&](double place) {
    return static_cast<std::size_t>(std::clamp(place, 0.0, from - 1.0));
  };
  std::vector<double> out(static_cast<std::size_t>(from));
  if (layer["mode"] == "linear") {
    const double low = std::floor(at);
    out[inside(low)] += 1 - (at - low);
    out[inside(low + 1)] += at - low;
  } else {  // of two as near the first
    out[inside(layer["nearest"] == "floor" ? std::floor(at) : std::ceil(at - 0.5))] = 1;
  }
  return out;
}

}  // namespace

Batch concatenated(const std::vector<const Batch*>& xs) {
  int channels = 0;
  for (const Batch* x : xs) channels += x->c;
  Batch y(xs[0]->n, xs[0]->h, xs[0]->w, channels);
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

Batch scaled_and_shifted(const Json& layer, Batch x) {
  const Json &scale = layer["scale"], &shift = layer["shift"];
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    const std::size_t c = i % x.c;
    x.values[i] =
        x.values[i] * scale[c % scale.size()].get<double>() + shift[c % shift.size()].get<double>();
  }
  return x;
}

Batch reshaped(const Json& layer, Batch x) {
  x.h = layer["output"][0];
  x.w = layer["output"][1];
  x.c = layer["output"][2];
  return x;
}

Batch rearranged(const Json& layer, const Batch& x) {
  using Numbers = std::vector<int>;
  const Numbers view = layer.value("view", Numbers{x.h, x.w, x.c});
  const std::size_t rank = view.size();
  const Numbers order = layer.value("order", Numbers{0, 1, 2});
  const Numbers start = layer.value("start", Numbers(rank)),
                step = layer.value("step", Numbers(rank, 1));
  Numbers all, strides(rank, 1);
  for (const int axis : order) all.push_back(view[axis]);
  for (std::size_t k = rank - 1; k > 0; --k) strides[k - 1] = strides[k] * view[k];
  const Numbers extent = layer.value("extent", all), output = layer.value("output", extent);
  Batch y(x.n, output[0], output[1], output[2]);
  const int from = x.h * x.w * x.c, to = y.h * y.w * y.c;
  for (int i = 0; i < y.n * to; ++i) {
    int rest = i % to, place = i / to * from;
    bool there = true;
    for (std::size_t k = rank; k-- > 0; rest /= extent[k]) {
      const int along =
          folded(layer.value("mode", "constant"), start[k] + step[k] * (rest % extent[k]), all[k]);
      there = there && along >= 0;
      place += along * strides[order[k]];
    }
    y.values[i] = there ? x.values[place] : layer.value("value", 0.0);
  }
  return y;
}

Batch resized(const Json& layer, const Batch& x) {
  Batch y(x.n, layer["output"][0], layer["output"][1], x.c);
  for (int p = 0; p < y.h; ++p)
    for (int q = 0; q < y.w; ++q) {
      const auto rows = shares(layer, p, x.h, y.h), columns = shares(layer, q, x.w, y.w);
      for (int row = 0; row < x.h; ++row)
        for (int column = 0; column < x.w; ++column)
          for (int i = 0; i < x.n; ++i)
            for (int c = 0; c < x.c; ++c)
              y.at(i, p, q, c) += rows[row] * columns[column] * x.at(i, row, column, c);
    }
  return y;
}

}  // namespace pellucid::test
