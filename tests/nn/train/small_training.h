// small_training.h: a training that takes moments: two classes of 8 × 8 pixels and a network for them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nn/train/trainer.h"
#include "runtime/error.h"
#include "tests/support/device.h"

namespace pellucid::test {

// With batch normalisation, whose running statistics are part of a run, and without.
inline constexpr const char* kNormalised = R"({"name":"m","input":[8,8,1],"layers":[
  {"type":"conv2d","filters":4,"kernel":3},{"type":"batch_norm"},{"type":"relu"},
  {"type":"max_pool2d","window":2},
  {"type":"flatten"},{"type":"dropout","rate":0.25},{"type":"linear","outputs":2}]})";
inline constexpr const char* kPlain = R"({"name":"m","input":[8,8,1],"layers":[
  {"type":"conv2d","filters":4,"kernel":3},{"type":"relu"},{"type":"max_pool2d","window":2},
  {"type":"flatten"},{"type":"dropout","rate":0.25},{"type":"linear","outputs":2}]})";

// Class 0 is bright at the top, class 1 at the bottom (with `swapped` the other way round).
inline std::vector<Sample> halves(int count, std::uint64_t stream_id, bool swapped = false) {
  std::vector<Sample> samples;
  for (int n = 0; n < count; ++n) {
    Sample sample;
    sample.id = concat("half", n);
    sample.label = n % 2;
    const bool top = (sample.label == 0) != swapped;
    for (int i = 0; i < 64; ++i) {
      const auto noise = static_cast<std::uint8_t>(
          random_below({3, stream_id}, static_cast<std::uint64_t>(n * 64 + i), 60));
      sample.pixels.bytes().push_back(
          static_cast<std::uint8_t>((i < 32) == top ? 150 + noise : 40 + noise));
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

inline ImageSet images(const std::vector<Sample>& samples) {
  return {stream(), samples, 8, 8, 1, 2};
}

inline Model fresh_model(std::uint64_t seed = 1, const char* description = kNormalised) {
  return Model(stream(), parse_json(description, "description"), seed);
}

// Running statistics too.
inline std::vector<std::vector<float>> weights_of(const Model& model) {
  std::vector<std::vector<float>> weights;
  for (const auto& [name, tensor] : model.state())
    weights.push_back(tensor.to_host<float>(stream()));
  return weights;
}

inline TrainOptions quick() {
  TrainOptions options;
  options.epochs = kSmallShapesOnly ? 1 : 8;
  options.batch = 6;
  options.learning_rate = 0.01;
  options.seed = 5;
  return options;
}

}  // namespace pellucid::test
