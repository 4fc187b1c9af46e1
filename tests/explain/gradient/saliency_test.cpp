// Gradients at the pixels: against captum's (scripts/goldens/saliency_golden.py), and what holds for any model.
#include <cmath>

#include "tests/explain/golden_networks.h"
#include "tests/explain/gradient/method_settings.h"
#include "tests/explain/small_classifier.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

std::vector<Explanation> gradients(const Model& model, const Sample& sample,
                                   const ExplainTask& task) {
  return explain_with(model, "saliency,inputxgradient", sample, task);
}

// Greatest difference, of the greatest value expected.
double difference(const std::vector<float>& actual, const Values& expected) {
  REQUIRE(actual.size() == expected.size());
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    worst = std::max(worst, std::abs(actual[i] - expected[i]));
    largest = std::max(largest, std::abs(expected[i]));
  }
  return worst / largest;
}

Sample in_colour(const Sample& grey) {
  Sample out = grey;
  out.pixels = {};
  for (const std::uint8_t value : grey.pixels.bytes())
    out.pixels.bytes().insert(out.pixels.bytes().end(), 3, value);
  return out;
}

}  // namespace

TEST_CASE("saliency golden: gradients at the pixels are captum's") {
  if (kSmallShapesOnly) return;
  const Json golden = read_json_file(PELLUCID_TEST_DATA "/saliency_golden.json");
  for (const Json& expected : golden["cases"]) {
    const std::string name = expected["network"];
    CAPTURE(name);
    const Model model = golden_model(name);
    const Sample sample = golden_picture(name, expected["picture"].get<std::size_t>());
    const auto found = gradients(model, sample,
                                 {.target = {Target::Kind::fixed, expected["label"].get<int>()},
                                  .score = parse_score(expected["score"].get<std::string>())});
    CHECK(found[0].method == "saliency");
    CHECK_FALSE(found[0].is_signed);
    CHECK(difference(found[0].map, expected["saliency"].get<Values>()) < 2e-6);
    CHECK(found[1].method == "inputxgradient");
    CHECK(found[1].is_signed);
    CHECK(difference(found[1].map, expected["inputxgradient"].get<Values>()) < 2e-6);
  }
}

TEST_CASE("saliency: probabilities add up to 1, so that their gradients add up to 0") {
  const Model model = make_model();
  const Sample sample = make_picture();
  std::vector<double> sum(sample.pixels.size()), magnitude(sample.pixels.size());
  for (int label = 0; label < 3; ++label) {
    const auto found = gradients(
        model, sample, {.target = {Target::Kind::fixed, label}, .score = Score::probability});
    for (std::size_t i = 0; i < sum.size(); ++i) {
      sum[i] += found[1].map[i];
      magnitude[i] += std::abs(found[1].map[i]);
    }
  }
  CHECK(greatest(magnitude) > 0);
  CHECK(greatest(sum) < 1e-5 * greatest(magnitude));
}

TEST_CASE("saliency: |pixel x gradient| is the pixel times the saliency, of a grey picture") {
  const Model model = make_model();
  Sample sample = make_picture();
  sample.pixels.bytes()[40] = 0;
  const auto found = gradients(model, sample, {.target = {Target::Kind::fixed, 2}});
  for (std::size_t i = 0; i < sample.pixels.size(); ++i)
    CHECK(std::abs(found[1].map[i]) ==
          doctest::Approx(static_cast<float>(sample.pixels[i]) / 255.0f * found[0].map[i]));
  CHECK(found[1].map[40] == 0);
  for (const Explanation& e : found) {
    const auto [low, high] = std::minmax_element(e.shown.begin(), e.shown.end());
    CHECK(*low >= (e.is_signed ? -1 : 0));
    CHECK(*high <= 1);
    CHECK(e.cost.forwards == 1);
    CHECK(e.cost.launches > 0);
  }
}

TEST_CASE("saliency: a grey picture is one plane, one in colour three") {
  const Model model = make_model(3);
  const Sample grey = make_picture(), colour = in_colour(grey);
  ExplainTask task{.target = {Target::Kind::fixed, 0}};
  const auto one = gradients(model, grey, task);
  task.colour = true;
  const auto three = gradients(model, colour, task);
  CHECK(one[0].details["planes"] == 1);
  CHECK(three[0].details["planes"] == 3);
  CHECK(difference(three[1].map, Values(one[1].map.begin(), one[1].map.end())) < 1e-5);
  double larger = 0;  // three derivatives of one sign add up to more than the largest of them
  for (std::size_t i = 0; i < one[0].map.size(); ++i) {
    CHECK(one[0].map[i] <= 3 * three[0].map[i] * 1.00001f + 1e-9f);
    larger += one[0].map[i] > three[0].map[i];
  }
  CHECK(larger > 0);
}

TEST_CASE("saliency: the same bits whatever is asked for beside it, and from call to call") {
  const Model model = make_model();
  const Sample sample = make_picture();
  const auto both = gradients(model, sample, {});
  const auto again = gradients(model, sample, {});
  Explainers alone(stream(), model, MethodSettings(), parse_methods("inputxgradient"), {});
  CHECK_SAME_BITS(alone.explain(Subject{&sample, {}}).front().map, both[1].map);
  for (std::size_t i = 0; i < 2; ++i) CHECK_SAME_BITS(again[i].map, both[i].map);
}

TEST_CASE("saliency: a score that is not finite is an error") {
  Model model = make_model();
  for (Parameter* parameter : model.parameters()) {
    const Tensor value = parameter->variable.value();
    const std::vector<float> huge(static_cast<std::size_t>(value.count()), 3e38f);
    stream().copy_to_device(value.data<float>(), huge.data(), value.bytes());
  }
  const Sample sample = make_picture();
  CHECK_THROWS_WITH_AS(gradients(model, sample, {}),
                       doctest::Contains("saliency: a score is not finite"), Error);
}
