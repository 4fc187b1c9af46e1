// small_classifier.h: a network with drawn weights and a picture, for tests of the superpixel
// explainers.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "explain/surrogate/superpixel_explainer.h"
#include "runtime/error.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"

namespace pellucid::test {

using Values = std::vector<double>;
inline const std::vector<std::string> kBoth = {"lime", "kernelshap"};

constexpr int kSide = 28;

// A classifier with drawn weights. Three channels: the explainer sums the first weights over them.
inline Model make_model(int channels = 1) {
  const Json description =
      parse_json(concat(R"({"name": "small", "input": [28, 28, )", channels, R"(], "layers": [
           {"type": "conv2d", "filters": 4, "kernel": 5, "padding": "same"},
           {"type": "relu"},
           {"type": "max_pool2d", "window": 2},
           {"type": "conv2d", "filters": 6, "kernel": 3, "padding": "same"},
           {"type": "relu"},
           {"type": "max_pool2d", "window": 2},
           {"type": "flatten"},
           {"type": "linear", "outputs": 3}]})"),
                 "small");
  return Model(stream(), description, 8);
}

// A few discs on a ramp, with noise: each superpixel differs from its mean.
inline Sample make_picture() {
  Sample sample;
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) {
      const auto i = static_cast<std::uint64_t>(y * kSide + x);
      const bool disc = (y - 9) * (y - 9) + (x - 18) * (x - 18) < 30 ||
                        (y - 20) * (y - 20) + (x - 7) * (x - 7) < 12;
      sample.pixels.bytes().push_back(
          static_cast<std::uint8_t>(2 * y + x + (disc ? 120 : 0) + random_uniform({3, 1}, i) * 50));
    }
  return sample;
}

inline Segments grid(int cells) {
  std::vector<std::int64_t> labels;
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) labels.push_back(y * cells / kSide * cells + x * cells / kSide);
  return segments_from_labels(labels, kSide, kSide);
}

inline SuperpixelOptions options_for(int cells, int samples, std::uint64_t seed = 0) {
  SuperpixelOptions options;
  options.segments = grid(cells);
  options.samples = samples;
  options.seed = seed;
  options.target = {Target::Kind::fixed, 1};
  return options;
}

inline std::vector<Explanation> explain(const Model& model, const SuperpixelOptions& options,
                                        const Sample& sample,
                                        const std::vector<std::string>& methods = kBoth) {
  return SuperpixelExplainer(stream(), model, options).explain({&sample, {}}, methods);
}

inline Values attributions(const Explanation& e, std::size_t label) {
  return e.details["classes"][label]["attributions"].get<Values>();
}

inline double greatest(const Values& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

// Maps and all attributions, flags and settings.
inline void check_same_bits(const std::vector<Explanation>& actual,
                            const std::vector<Explanation>& expected) {
  REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    CHECK_SAME_BITS(actual[i].map, expected[i].map);
    for (std::size_t label = 0; label < 3; ++label)
      CHECK_SAME_BITS(attributions(actual[i], label), attributions(expected[i], label));
    CHECK(actual[i].details == expected[i].details);
    CHECK_SAME_BITS(actual[i].prediction.logits, expected[i].prediction.logits);
  }
}

}  // namespace pellucid::test
