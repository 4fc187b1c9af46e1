// mixed_network.h: pictures, and a network of layers that fuse and that do not, for tests of plans.
#pragma once

#include "nn/graph/model.h"
#include "tests/support/device.h"
#include "tests/support/random_values.h"

namespace pellucid::test {

inline Tensor pictures(const ActivationShape& input, int n) {
  const Shape shape = input.batch(n);
  return Tensor::from_host(stream(), shape,
                           random_values(static_cast<std::size_t>(shape.count()), 61, 0, 1));
}

// Layers that fuse (with a pool, without one), that do not, and windows too large to fuse.
inline constexpr const char* kMixed = R"({"name": "mixed", "input": [23, 21, 3], "layers": [
  {"type": "conv2d", "filters": 5, "kernel": 3}, {"type": "relu"},
  {"type": "max_pool2d", "window": 3},
  {"type": "conv2d", "filters": 4, "kernel": 3, "padding": "same"},
  {"type": "conv2d", "filters": 6, "kernel": 3, "padding": "same"}, {"type": "relu"},
  {"type": "max_pool2d", "window": 2},
  {"type": "flatten"}, {"type": "linear", "outputs": 7}, {"type": "relu"},
  {"type": "dropout", "rate": 0.5}, {"type": "linear", "outputs": 3}, {"type": "softmax"}]})";

}  // namespace pellucid::test
