// Gradients at the pixels: against captum's (scripts/goldens/saliency_golden.py), and what holds for any model.
#include <cmath>

#include "explain/explainers.h"
#include "tests/explain/golden_networks.h"
#include "tests/explain/small_classifier.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

std::vector<Explanation> gradients(const Model& model, const Sample& sample,
                                   const ExplainTask& task, int smoothgrad = 0,
                                   double sigma = 0.15) {
  MethodSettings settings;
  for (Setting& each : settings.list()) {
    if (each.key == "smoothgrad") *std::get<Setting::Whole>(each.value).value = smoothgrad;
    if (each.key == "smoothgrad_sigma") *std::get<Setting::Real>(each.value).value = sigma;
  }
  return Explainers(stream(), model, settings, parse_methods("saliency,inputxgradient"), task)
      .explain(Subject{&sample, {}});
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

TEST_CASE("SmoothGrad: without noise it is the gradient, with noise its mean, which settles") {
  const Model model = make_model();
  const Sample sample = make_picture();
  const ExplainTask task{.target = {Target::Kind::fixed, 1}, .seed = 5};
  const auto plain = gradients(model, sample, task),
             still = gradients(model, sample, task, 11, /*sigma=*/0);
  for (std::size_t m = 0; m < 2; ++m)  // the mean of eleven equal values, in double
    CHECK_SAME_BITS(still[m].map, plain[m].map);
  CHECK(still[0].cost.forwards == 12);
  CHECK(still[0].details["smoothgrad"]["copies"] == 11);
  CHECK_FALSE(plain[0].details.contains("smoothgrad"));

  // Two halves of the copies are nearer to each other than one copy is to another.
  const auto apart = [&](int copies) {
    const auto a = gradients(model, sample, task, copies, 0.2);
    ExplainTask other = task;
    other.seed = 6;
    const auto b = gradients(model, sample, other, copies, 0.2);
    double squares = 0;
    for (std::size_t i = 0; i < a[1].map.size(); ++i)
      squares += std::pow(a[1].map[i] - b[1].map[i], 2);
    return std::sqrt(squares);
  };
  // Of 48 independent copies 1 / sqrt(48) = 0.14 of one.
  if (!kSmallShapesOnly) CHECK(apart(48) < 0.25 * apart(1));
}

TEST_CASE("SmoothGrad: a copy's noise is its own, whatever the number of copies, and the seed's") {
  const Model model = make_model();
  const Sample sample = make_picture();
  ExplainTask task{.target = {Target::Kind::fixed, 1}, .seed = 5};
  const auto of = [&](int copies) { return gradients(model, sample, task, copies)[1].map; };
  const std::vector<float> one = of(1), nine = of(9), ten = of(10);
  CHECK_SAME_BITS(of(9), nine);
  CHECK(of(2) != one);  // the second copy is another
  // 10 · mean of ten − 9 · mean of nine is the tenth copy's alone: of the size of a copy, not of a sum.
  double tenth = 0, largest = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    tenth = std::max(tenth, std::abs(10.0 * ten[i] - 9.0 * nine[i]));
    largest = std::max(largest, double{std::abs(one[i])});
  }
  CHECK(tenth > 0.2 * largest);
  CHECK(tenth < 3 * largest);
  task.seed = 6;
  CHECK(of(1) != one);
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
