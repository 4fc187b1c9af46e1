// SmoothGrad: what holds for any model; captum's numbers are in gradient_golden_test.cpp.
#include <cmath>

#include "tests/explain/gradient/method_settings.h"
#include "tests/explain/small_classifier.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

Explanation smooth(const Model& model, const Sample& sample, const ExplainTask& task, int samples,
                   double sigma, const std::string& type = "smoothgrad",
                   const std::string& batch = "auto") {
  return explain_with(model, "smoothgrad", sample, task,
                      {{"smoothgrad_samples", std::to_string(samples)},
                       {"smoothgrad_sigma", number_text(sigma)},
                       {"smoothgrad_type", type},
                       {"gradient_batch", batch}})
      .front();
}

const ExplainTask kTask{.target = {Target::Kind::fixed, 1}, .seed = 5};

}  // namespace

TEST_CASE("SmoothGrad: without noise it is saliency, its square, and no variance") {
  const Model model = make_model();
  const Sample sample = make_picture();
  const Explanation plain = explain_with(model, "saliency", sample, kTask).front();
  const Explanation still = smooth(model, sample, kTask, 11, 0);
  CHECK_SAME_BITS(still.map, plain.map);  // the mean of eleven equal values, in double
  CHECK(still.cost.forwards == 12);
  CHECK(still.details["samples"] == 11);
  CHECK(still.details["relative_error"].get<double>() < 1e-6);
  CHECK_FALSE(still.is_signed);
  const Explanation square = smooth(model, sample, kTask, 4, 0, "smoothgrad_sq");
  for (std::size_t i = 0; i < plain.map.size(); ++i)
    CHECK(square.map[i] == doctest::Approx(plain.map[i] * plain.map[i]));
  const Explanation none = smooth(model, sample, kTask, 1, 0.2, "vargrad");
  CHECK(none.uniform);  // of one copy
  CHECK(none.map[0] == 0);
}

TEST_CASE("SmoothGrad: mean square and variance belong together, and batches change no bit") {
  const Model model = make_model(3);
  const Sample sample = make_picture();
  const Explanation mean = smooth(model, sample, kTask, 7, 0.2),
                    square = smooth(model, sample, kTask, 7, 0.2, "smoothgrad_sq"),
                    variance = smooth(model, sample, kTask, 7, 0.2, "vargrad");
  for (std::size_t i = 0; i < mean.map.size(); ++i)
    CHECK(variance.map[i] + mean.map[i] * mean.map[i] ==
          doctest::Approx(square.map[i]).epsilon(1e-5));
  for (const char* batch : {"1", "3", "7"})
    CHECK_SAME_BITS(smooth(model, sample, kTask, 7, 0.2, "smoothgrad", batch).map, mean.map);
}

TEST_CASE("SmoothGrad: with noise the mean settles, as its standard errors say") {
  if (kSmallShapesOnly) return;
  const Model model = make_model();
  const Sample sample = make_picture();
  ExplainTask other = kTask;
  other.seed = 6;
  // Root mean square of the difference between two seeds; of the error that the first tells.
  const auto apart = [&](int samples) {
    const Explanation a = smooth(model, sample, kTask, samples, 0.2),
                      b = smooth(model, sample, other, samples, 0.2);
    double squares = 0;
    for (std::size_t i = 0; i < a.map.size(); ++i) squares += std::pow(a.map[i] - b.map[i], 2);
    return std::pair(std::sqrt(squares / static_cast<double>(a.map.size())),
                     a.details["standard_error"]["root_mean_square"].get<double>());
  };
  const auto [many, told] = apart(48);
  // Of 48 independent copies 1 / sqrt(48) = 0.14 of one.
  CHECK(many < 0.3 * apart(1).first);
  // Two independent maps differ by √2 of their error; less where a magnitude hides the sign.
  CHECK(many < 1.3 * std::sqrt(2.0) * told);
  CHECK(many > 0.5 * std::sqrt(2.0) * told);
}

TEST_CASE("SmoothGrad: a copy's noise is its own, whatever the number of copies, and the seed's") {
  const Model model = make_model();
  const Sample sample = make_picture();
  // Mean squares add up: n · mean of n is the sum over the copies.
  const auto of = [&](int samples, const ExplainTask& task = kTask) {
    return smooth(model, sample, task, samples, 0.15, "smoothgrad_sq").map;
  };
  const std::vector<float> one = of(1), two = of(2), nine = of(9), ten = of(10);
  CHECK_SAME_BITS(of(9), nine);
  CHECK(two != one);  // the second copy is another
  double tenth = 0, largest = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    const double added = 10.0 * ten[i] - 9.0 * nine[i];
    CHECK(added > -1e-4 * nine[i]);
    tenth = std::max(tenth, added);
    largest = std::max(largest, double{one[i]});
  }
  CHECK(tenth > 0.2 * largest);
  CHECK(tenth < 5 * largest);
  ExplainTask other = kTask;
  other.seed = 6;
  CHECK(of(1, other) != one);
}

TEST_CASE("SmoothGrad: of a picture in colour each plane has its own noise") {
  const Model model = make_model(3);
  Sample colour = make_picture();
  const std::vector<std::uint8_t> grey = colour.pixels.bytes();
  colour.pixels = {};
  for (const std::uint8_t value : grey)
    colour.pixels.bytes().insert(colour.pixels.bytes().end(), 3, value);
  ExplainTask task = kTask;
  task.colour = true;
  const Explanation found = smooth(model, colour, task, 6, 0.1);
  CHECK(found.details["planes"] == 3);
  CHECK(found.map != smooth(model, make_picture(), kTask, 6, 0.1).map);
}
