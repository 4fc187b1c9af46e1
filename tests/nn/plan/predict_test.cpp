#include "nn/plan/predict.h"

#include <cmath>
#include <memory>

#include "nn/data/phantom/phantom.h"
#include "nn/data/pixel_file.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// Random pictures of the model's size, as the network sees them.
Tensor pictures(const Model& model, int n) {
  const Shape shape = model.input().batch(n);
  return Tensor::from_host(stream(), shape,
                           random_values(static_cast<std::size_t>(shape.count()), 61, 0, 1));
}

void check_same_bits(const Predictions& actual, const Predictions& expected) {
  CHECK_SAME_BITS(actual.logits, expected.logits);
  CHECK_SAME_BITS(actual.probabilities, expected.probabilities);
  CHECK_SAME_BITS(actual.predicted, expected.predicted);
}

}  // namespace

TEST_CASE("predict: the batch size changes no bit") {
  for (const char* name : {"tiny", "balve2024"}) {
    CAPTURE(name);
    const bool large = std::string_view(name) == "balve2024";
    if (large && kSmallShapesOnly) continue;
    const Model model(stream(), load_model_description(name), 1);
    const int n = kSmallShapesOnly ? 2 : large ? 5 : 19;
    const Tensor x = pictures(model, n);
    const Predictions one = predict(stream(), model, x, 1);
    for (const int batch : {2, 3, 64}) {
      CAPTURE(batch);
      check_same_bits(predict(stream(), model, x, batch), one);
    }
  }
}

TEST_CASE("predict: pictures in a file give the bits of pictures in memory, of any depth") {
  PhantomOptions options;
  options.size = 64;
  options.train_per_class = kSmallShapesOnly ? 1 : 3;
  options.valid_per_class = options.test_per_class = 0;
  Dataset set = make_phantom(options, 5);
  const Model model(stream(), load_model_description("tiny"), 1);
  const auto predicted = [&] {
    return predict(stream(), model, ImageSet(stream(), set.train, 64, 64, 1, 3), 2);
  };
  for (const bool deep : {false, true}) {
    CAPTURE(deep);
    if (deep) {
      const Pixels::Bytes& from = set.train[1].pixels.bytes();
      set.train[1].pixels = Pixels(Pixels::Words(from.begin(), from.end()), 1000);
    }
    Dataset kept = set;
    const Predictions expected = predicted();
    const auto file = std::make_shared<PixelFile>();
    for (Sample& sample : set.train) sample.pixels.move_to(file);
    check_same_bits(predicted(), expected);
    CHECK(content_hash(set) == content_hash(kept));
    set = std::move(kept);
  }
}

TEST_CASE("predict: logits, probabilities, classes and loss belong together") {
  const Model model(stream(), load_model_description("tiny"), 1);
  const Predictions p = predict(stream(), model, pictures(model, 4));
  CHECK(p.rows() == 4);
  CHECK(p.classes == 3);
  const std::vector<std::int32_t> labels{0, 1, 2, 1};
  double loss = 0;
  for (std::size_t n = 0; n < 4; ++n) {
    const float* logits = &p.logits[3 * n];
    const float* probabilities = &p.probabilities[3 * n];
    double sum = 0;
    for (std::size_t c = 0; c < 3; ++c) sum += std::exp(double{logits[c]});
    for (std::size_t c = 0; c < 3; ++c) {
      CHECK(probabilities[c] == doctest::Approx(std::exp(double{logits[c]}) / sum).epsilon(1e-5));
      CHECK(logits[p.predicted[n]] >= logits[c]);
    }
    loss -= std::log(probabilities[labels[n]]) / 4;
  }
  CHECK(mean_loss(p, labels) == doctest::Approx(loss).epsilon(1e-5));
}

TEST_CASE("predict: an image set gives what its pictures give") {
  const Model model(stream(), load_model_description("tiny"), 2);
  std::vector<Sample> samples(3);
  std::vector<float> pixels;
  for (std::size_t n = 0; n < samples.size(); ++n)
    for (std::uint64_t i = 0; i < 64 * 64; ++i) {
      samples[n].pixels.bytes().push_back(static_cast<std::uint8_t>(random_bits({1, n}, i) >> 24));
      pixels.push_back(static_cast<float>(samples[n].pixels.bytes().back()) / 255);
    }
  const ImageSet set(stream(), samples, 64, 64, 1, 3);
  check_same_bits(predict(stream(), model, set, 2),
                  predict(stream(), model, Tensor::from_host(stream(), {3, 64, 64, 1}, pixels)));
}

TEST_CASE("predict: wrong arguments are errors") {
  const Model model(stream(), load_model_description("tiny"), 1);
  const Tensor x = pictures(model, 1);
  CHECK_THROWS_AS(predict(stream(), model, x, 0), Error);
  CHECK_THROWS_AS(predict(stream(), model, Tensor::zeros(stream(), {0, 64, 64, 1})), Error);
  const Predictions p = predict(stream(), model, x);
  CHECK_THROWS_AS(mean_loss(p, {0, 1}), Error);
}
