// Masks that share the network's first layers explain as masks one by one do.
#include "tests/explain/small_classifier.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

const int kCells = kSmallShapesOnly ? 3 : 5;
const int kSamples = kSmallShapesOnly ? 20 : 300;

std::vector<Explanation> explain_by(Forward forward, const Model& model, SuperpixelOptions options,
                                    const Sample& sample) {
  options.forward = forward;
  return explain(model, options, sample);
}

// Of the largest, between the attributions of all classes.
double largest_difference(const std::vector<Explanation>& a, const std::vector<Explanation>& b) {
  double difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t label = 0; label < 3; ++label) {
      const Values x = attributions(a[i], label), y = attributions(b[i], label);
      for (std::size_t j = 0; j < x.size(); ++j)
        difference = std::max(difference, std::abs(x[j] - y[j]) / greatest(x));
    }
  return difference;
}

}  // namespace

TEST_CASE("sharing: both ways explain alike, on the cpu to the bit") {
  for (const int channels : {1, 3}) {
    CAPTURE(channels);
    const Model model = make_model(channels);
    SuperpixelOptions options = options_for(kCells, kSamples);
    Sample sample = make_picture();
    if (channels == 3) {  // in colour
      std::vector<std::uint8_t> colour;
      for (const std::uint8_t value : sample.pixels.bytes())
        for (const int c : {0, 60, 120})
          colour.push_back(static_cast<std::uint8_t>((value + c) % 256));
      sample.pixels = colour;
      options.colour = true;
    }
    const auto direct = explain_by(Forward::direct, model, options, sample);
    const auto shared = explain_by(Forward::shared, model, options, sample);
    for (std::size_t i = 0; i < direct.size(); ++i) {
      CHECK(direct[i].details["forward"] == Json{{"way", "direct"}, {"shared_layers", 0}});
      CHECK(shared[i].details["forward"]["way"] == "shared");
      CHECK(shared[i].details["forward"]["shared_layers"] == 2);
      CHECK(shared[i].details["forward"]["computed"].get<double>() < 1);
      if (device() == DeviceKind::cpu) CHECK_SAME_BITS(shared[i].map, direct[i].map);
    }
    CHECK(largest_difference(shared, direct) <= (device() == DeviceKind::cpu ? 0 : 2e-5));
  }
}

TEST_CASE("sharing: chosen by itself, and not for a few masks") {
  if (kSmallShapesOnly) return;
  const Model model = make_model();
  const Sample sample = make_picture();
  const auto way = [&](int samples) {
    return explain_by(Forward::automatic, model, options_for(3, samples), sample)
        .front()
        .details["forward"]["way"];
  };
  CHECK(way(300) == (device() == DeviceKind::cuda ? "direct" : "shared"));
  CHECK(way(12) == "direct");
}

TEST_CASE("sharing: a model that begins otherwise goes mask by mask") {
  const Model model(stream(),
                    parse_json(R"({"name": "unfused", "input": [28, 28, 1], "layers": [
    {"type": "conv2d", "filters": 3, "kernel": 5}, {"type": "max_pool2d", "window": 4},
    {"type": "flatten"}, {"type": "linear", "outputs": 3}]})",
                               "unfused"),
                    3);
  const auto of_it =
      explain_by(Forward::shared, model, options_for(3, kSamples), make_picture()).front();
  CHECK(of_it.details["forward"]["way"] == "direct");
}

TEST_CASE("sharing: the ways have names") {
  for (const Forward forward : {Forward::automatic, Forward::direct, Forward::shared})
    CHECK(parse_forward(std::string(to_string(forward))) == forward);
  CHECK_THROWS_WITH_AS(parse_forward("fast"), doctest::Contains("known: auto, direct, shared"),
                       UsageError);
}
