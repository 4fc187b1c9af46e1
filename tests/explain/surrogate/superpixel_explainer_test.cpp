#include "explain/surrogate/superpixel_explainer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "nn/autograd/functions.h"
#include "runtime/error.h"
#include "tests/explain/small_classifier.h"
#include "tests/explain/surrogate/coalition_games.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// The masked pictures as one would build them, (rows, h, w, channels). sample: grey or in colour.
Tensor pictures_by_hand(const Sample& sample, const Segments& segments,
                        const HostCoalitions& coalitions, int channels) {
  const std::size_t pixels = segments.labels.size(), planes = sample.pixels.size() / pixels;
  std::vector<float> picture;
  for (const std::uint8_t value : sample.pixels.bytes())
    picture.push_back(static_cast<float>(value) / 255.0f);
  const std::vector<float> fill =
      fill_picture({}, picture, segments.labels, segments.count, segments.height, segments.width,
                   static_cast<int>(planes));
  std::vector<float> out;
  for (int n = 0; n < coalitions.rows; ++n)
    for (std::size_t i = 0; i < pixels; ++i)
      for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) {
        const std::size_t at = i * planes + c % planes;
        out.push_back(coalitions.present(n, segments.labels[i]) ? picture[at] : fill[at]);
      }
  return Tensor::from_host(stream(), {coalitions.rows, segments.height, segments.width, channels},
                           out);
}

Values logits_by_hand(const Model& model, const Sample& sample, const Segments& segments,
                      const HostCoalitions& coalitions) {
  const bool grey = sample.pixels.size() == segments.labels.size();
  const auto channels =
      model.input().c > 1 && grey ? Plan::Channels::one : Plan::Channels::as_model;
  const Plan plan(stream(), model, channels);
  const Tensor x = pictures_by_hand(sample, segments, coalitions, plan.input().c);
  const auto values = plan.logits(x).to_host<float>(stream());
  return {values.begin(), values.end()};
}

HostCoalitions every_coalition(int features) {
  HostCoalitions all(features, 1 << features);
  for (int n = 0; n < all.rows; ++n)
    for (int j = 0; j < features; ++j)
      if (n >> j & 1) all.set(n, j);
  return all;
}

double pearson(const Values& a, const Values& b) {
  const double n = static_cast<double>(a.size());
  const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / n;
  const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return ab / std::sqrt(aa * bb);
}

std::set<std::size_t> top_five(const Values& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::abs(values[a]) > std::abs(values[b]);
  });
  return {order.begin(), order.begin() + 5};
}

// How much the runs of one class with different seeds differ.
struct Spread {
  double deviation = 0;       // root mean square over superpixels of the standard deviation over
                              // runs, of the greatest mean attribution
  double least_pearson = 1;   // between two runs
  std::size_t least_top = 5;  // superpixels that two runs have in common among their five strongest
};

Spread spread_of(const std::vector<Values>& runs) {
  Spread out;
  const double count = static_cast<double>(runs.size());
  Values mean(runs.front().size());
  for (const Values& run : runs)
    for (std::size_t j = 0; j < mean.size(); ++j) mean[j] += run[j] / count;
  double squares = 0;
  for (const Values& run : runs)
    for (std::size_t j = 0; j < mean.size(); ++j) squares += std::pow(run[j] - mean[j], 2);
  out.deviation =
      std::sqrt(squares / (count - 1) / static_cast<double>(mean.size())) / greatest(mean);
  for (std::size_t a = 0; a < runs.size(); ++a)
    for (std::size_t b = 0; b < a; ++b) {
      out.least_pearson = std::min(out.least_pearson, pearson(runs[a], runs[b]));
      std::size_t common = 0;
      for (const std::size_t j : top_five(runs[a])) common += top_five(runs[b]).count(j);
      out.least_top = std::min(out.least_top, common);
    }
  return out;
}

}  // namespace

TEST_CASE("superpixel explainer: the batch changes no bit, nor does a second run") {
  const int samples = kSmallShapesOnly ? 20 : 1000;
  for (const int channels : {1, 3}) {
    if (channels == 3 && kSmallShapesOnly) continue;
    CAPTURE(channels);
    const Model model = make_model(channels);
    SuperpixelOptions options = options_for(7, samples, 5);
    const auto whole = explain(model, options, make_picture());
    check_same_bits(explain(model, options, make_picture()), whole);
    for (const int batch : {1, 7, 64, 1000}) {
      if (channels == 3 && batch != 7) continue;
      CAPTURE(batch);
      options.batch = batch;
      check_same_bits(explain(model, options, make_picture()), whole);
    }
    options.seed = 6;
    const auto other = explain(model, options, make_picture());
    for (std::size_t i = 0; i < 2; ++i)
      CHECK(attributions(other[i], 1) != attributions(whole[i], 1));
  }
}

TEST_CASE("superpixel explainer: the stages of the cost, each within the whole") {
  const Model model = make_model();
  for (const int cells : {1, 3}) {  // one superpixel: Kernel SHAP has no mask to weigh
    CAPTURE(cells);
    for (const Explanation& e : explain(model, options_for(cells, 12), make_picture())) {
      CAPTURE(e.method);
      std::vector<std::string> names;
      double sum = 0;
      for (const auto& [name, seconds] : e.stages) {
        names.push_back(name);
        CHECK(seconds >= 0);
        sum += seconds;
      }
      CHECK(names == std::vector<std::string>{"segmentation", "fill", "masks", "sharing",
                                              "forwards", "weights", "solve"});
      CHECK(sum <= e.cost.seconds * (1 + 1e-9));
      // Besides the masks the whole picture and the empty one.
      CHECK(e.cost.forwards == e.details.at("samples").get<int>() + 2);
    }
  }
}

TEST_CASE("superpixel explainer: masks are added until the standard error is small enough") {
  const Model model = make_model();
  SuperpixelOptions options = options_for(4, 90);
  const auto few = explain(model, options, make_picture());
  for (std::size_t i = 0; i < 2; ++i) {
    CAPTURE(few[i].method);
    REQUIRE(few[i].details.at("until_se").is_null());
    const double reached = few[i].details.at("relative_error").get<double>();
    REQUIRE(reached > 0);
    // Enough at once, after more rounds, and never.
    for (const double wished : {2 * reached, reached / 3, 1e-9}) {
      CAPTURE(wished);
      SuperpixelOptions until = options;
      until.until_se = wished;
      until.max_samples = 700;
      const Explanation e = explain(model, until, make_picture())[i];
      const int samples = e.details.at("samples").get<int>();
      const bool met = e.details.at("until_se").at("met").get<bool>();
      CHECK(met == (e.details.at("relative_error").get<double>() <= wished));
      CHECK(met == (wished > 1e-9));
      CHECK(e.warnings.empty() == met);
      if (wished > reached) CHECK(samples == 90);
      else CHECK(samples > 90);
      CHECK(samples <= 700);
      if (!met) CHECK(samples == 700);
      CHECK((e.details.at("until_se").at("rounds").get<int>() == 1) == (samples == 90));
      // What the rounds come to is what so many masks at once give; no mask is asked about twice by
      // LIME, whose rows do not depend on their number.
      SuperpixelOptions at_once = options;
      at_once.samples = samples;
      const Explanation whole = explain(model, at_once, make_picture())[i];
      CHECK(e.attributions == whole.attributions);
      CHECK(e.standard_errors == whole.standard_errors);
      if (e.method == "lime") CHECK(e.cost.forwards == samples + 2);
    }
  }
}

TEST_CASE("superpixel explainer: numpy's seeds end at 2^32, that of the last repetition too") {
  SuperpixelOptions options;
  options.rng = SamplingRng::numpy;
  const auto check_with = [&](std::uint64_t seed, int repeat) {
    options.seed = seed;
    options.repeat = repeat;
    check_superpixel_options(options);
  };
  CHECK_NOTHROW(check_with(0xFFFFFFFF, 1));
  CHECK_NOTHROW(check_with(0xFFFFFFFE, 2));
  CHECK_THROWS_AS(check_with(0xFFFFFFFF, 2), UsageError);
  CHECK_THROWS_AS(check_with(std::uint64_t{1} << 32, 1), UsageError);
  CHECK_THROWS_AS(check_with(~std::uint64_t{0}, 3), UsageError);  // whose last seed wraps around
}

TEST_CASE("superpixel explainer: repetitions that ask about every mask are one and the same") {
  const Model model = make_model();
  SuperpixelOptions options = options_for(kSmallShapesOnly ? 2 : 3, 600);
  options.repeat = 3;
  const Explanation e = explain(model, options, make_picture(), {"kernelshap"}).front();
  REQUIRE(e.details.at("exact").get<bool>());
  const Json& told = e.details.at("repeat");
  CHECK(told.at("mean").get<std::vector<double>>() == e.attributions);
  CHECK(told.at("spread").get<std::vector<double>>() == std::vector<double>(e.attributions.size()));
  CHECK(told.at("intervals_with_mean") == 1);
}

TEST_CASE("superpixel explainer: repetitions are runs with the seeds that follow") {
  const Model model = make_model();
  SuperpixelOptions options = options_for(4, 60);
  options.seed = 11;
  options.repeat = 3;
  const auto repeated = explain(model, options, make_picture());
  options.repeat = 1;
  std::vector<std::vector<Explanation>> runs;
  for (std::uint64_t seed = 11; seed < 14; ++seed) {
    options.seed = seed;
    runs.push_back(explain(model, options, make_picture()));
  }
  for (std::size_t i = 0; i < 2; ++i) {
    const Json& told = repeated[i].details.at("repeat");
    CHECK(told.at("count") == 3);
    CHECK(repeated[i].attributions == runs[0][i].attributions);
    CHECK(repeated[i].cost.forwards == 2 + runs[0][i].cost.forwards - 2 + runs[1][i].cost.forwards -
                                           2 + runs[2][i].cost.forwards - 2);
    for (std::size_t j = 0; j < 16; ++j) {
      double sum = 0, squares = 0;
      for (const auto& run : runs) sum += run[i].attributions[j];
      for (const auto& run : runs) squares += std::pow(run[i].attributions[j] - sum / 3, 2);
      CHECK(told.at("mean")[j].get<double>() == doctest::Approx(sum / 3));
      CHECK(told.at("spread")[j].get<double>() == doctest::Approx(std::sqrt(squares / 2)));
    }
  }
}

TEST_CASE("superpixel explainer: row n is mask n is picture n is value n") {
  const int rows = kSmallShapesOnly ? 10 : 1000;
  const Sample sample = make_picture();
  const Segments segments = grid(7);
  HostCoalitions coalitions(49, rows);
  for (int n = 0; n < rows; ++n)
    for (int j = 0; j < 49; ++j)
      if (random_bits({17, 4}, static_cast<std::uint64_t>(n * 49 + j)) & 1) coalitions.set(n, j);
  std::vector<float> plane;
  for (const std::uint8_t pixel : sample.pixels.bytes())
    plane.push_back(static_cast<float>(pixel) / 255.0f);
  const std::vector<float> fill = fill_picture({}, plane, segments.labels, 49, kSide, kSide);
  for (const int channels : {1, 3}) {
    CAPTURE(channels);
    const Model model = make_model(channels);
    const Plan plan(stream(), model,
                    channels == 1 ? Plan::Channels::as_model : Plan::Channels::one);
    REQUIRE(plan.input().c == 1);
    const Tensor image = Tensor::from_host(stream(), {kSide, kSide, 1}, plane);
    const Tensor off = Tensor::from_host(stream(), {kSide, kSide, 1}, fill);
    const Tensor labels = Tensor::from_host(stream(), {kSide, kSide}, segments.labels);
    const Tensor bits = Tensor::from_host(stream(), {rows, coalitions.words}, coalitions.bits);
    MaskedImage masked;
    masked.image = image.data<float>();
    masked.fill = off.data<float>();
    masked.labels = labels.data<std::int32_t>();
    masked.bits = bits.data<std::uint32_t>();
    masked.words = coalitions.words;
    const auto actual = plan.logits(masked, rows).to_host<float>(stream());
    const Values by_hand = logits_by_hand(model, sample, segments, coalitions);
    CHECK_SAME_BITS(Values(actual.begin(), actual.end()), by_hand);
    // Rows in another order would be noticed.
    std::set<std::vector<float>> different;
    for (int n = 0; n < rows; ++n)
      different.insert({actual.begin() + n * 3, actual.begin() + n * 3 + 3});
    CHECK(static_cast<int>(different.size()) == rows);
  }
}

TEST_CASE("superpixel explainer: attributions are the fit of values taken by hand") {
  const int samples = kSmallShapesOnly ? 12 : 300;
  const Model model = make_model();
  SuperpixelOptions options = options_for(4, samples, 21);
  options.rng = SamplingRng::numpy;
  const auto explanations = explain(model, options, make_picture());
  const Segments& segments = *options.segments;
  HostCoalitions ends(16, 2);
  for (int j = 0; j < 16; ++j) ends.set(0, j);
  const Values at_ends = logits_by_hand(model, make_picture(), segments, ends);

  const HostCoalitions lime_rows = lime_coalitions_numpy(16, samples, 21).coalitions;
  const auto lime =
      fit_lime(lime_rows, logits_by_hand(model, make_picture(), segments, lime_rows), 3);
  const HostPlan plan = host_plan(16, {samples, SamplingRng::numpy, 21, 0});
  const auto shap =
      kernel_shap_fit(stream(), plan.plan, shap_weights(stream(), plan.plan),
                      logits_by_hand(model, make_picture(), segments, plan.coalitions),
                      {at_ends.begin(), at_ends.begin() + 3}, {at_ends.begin() + 3, at_ends.end()});
  for (std::size_t label = 0; label < 3; ++label) {
    CHECK_SAME_BITS(attributions(explanations[0], label), lime[label].coefficients);
    CHECK_SAME_BITS(attributions(explanations[1], label), shap[label].phi);
  }
  // The map shows them.
  for (const Explanation& e : explanations)
    for (std::size_t i = 0; i < e.map.size(); ++i)
      REQUIRE(e.map[i] ==
              static_cast<float>(attributions(e, 1)[static_cast<std::size_t>(segments.labels[i])]));
}

TEST_CASE("superpixel explainer: how far seeds differ") {
  if (kSmallShapesOnly) return;  // a thousand masks are needed
  const Model model = make_model();
  std::vector<std::vector<Values>> lime(3), shap(3), shap_auto(3);
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const auto e = explain(model, options_for(7, 1000, seed), make_picture());
    const auto more = explain(model, options_for(7, 0, seed), make_picture(), {"kernelshap"});
    for (std::size_t label = 0; label < 3; ++label) {
      lime[label].push_back(attributions(e[0], label));
      shap[label].push_back(attributions(e[1], label));
      shap_auto[label].push_back(attributions(more[0], label));
    }
  }
  const auto report = [](const std::string& name, const std::vector<std::vector<Values>>& classes) {
    Spread worst;
    for (const auto& runs : classes) {
      const Spread s = spread_of(runs);
      worst.deviation = std::max(worst.deviation, s.deviation);
      worst.least_pearson = std::min(worst.least_pearson, s.least_pearson);
      worst.least_top = std::min(worst.least_top, s.least_top);
    }
    MESSAGE(name,
            ": standard deviation over 4 seeds, of the largest attribution: ", worst.deviation,
            "; least Pearson ", worst.least_pearson, "; top five in common ", worst.least_top);
    return worst;
  };
  const Spread l = report("LIME (B3), 1000 masks", lime);
  const Spread s = report("Kernel SHAP (C3), 1000 masks", shap);
  const Spread a = report("Kernel SHAP (C3), 2146 masks", shap_auto);
  CHECK(l.deviation < 0.06);
  CHECK(s.deviation < 0.04);
  CHECK(a.deviation < s.deviation);
  CHECK(l.least_pearson > 0.98);
  CHECK(l.least_top >= 4);
}

TEST_CASE(
    "superpixel explainer: Kernel SHAP's values add up, and are Shapley's where all masks are") {
  const Model model = make_model();
  const int cells = kSmallShapesOnly ? 2 : 3, features = cells * cells;
  SuperpixelOptions options = options_for(cells, 0);
  const Sample picture = make_picture();
  const HostCoalitions all = every_coalition(features);
  const Values v = logits_by_hand(model, picture, *options.segments, all);
  const auto full = static_cast<std::size_t>(all.rows - 1);

  const Explanation e = explain(model, options, picture, {"kernelshap"}).front();
  CHECK(e.details["exact"] == true);
  double worst_sum = 0, worst = 0;
  for (std::size_t label = 0; label < 3; ++label) {
    const Values phi = attributions(e, label);
    const double delta = v[full * 3 + label] - v[label];
    const double off = std::abs(std::accumulate(phi.begin(), phi.end(), 0.0) - delta);
    CHECK(off <= 1e-6 * std::max(1.0, std::abs(delta)));
    worst_sum = std::max(worst_sum, off);
    const Values shapley = shapley_values(features, [&](const Features& z) {
      std::size_t set = 0;
      for (std::size_t j = 0; j < z.size(); ++j) set |= static_cast<std::size_t>(z[j]) << j;
      return v[set * 3 + label];
    });
    CHECK(greatest_difference(phi, shapley) <= 1e-9 * greatest(shapley));
    worst = std::max(worst, greatest_difference(phi, shapley) / greatest(shapley));
  }

  // The same superpixels under other numbers: the same attributions under them.
  double worst_order = 0;
  SuperpixelOptions renumbered = options;
  std::vector<std::size_t> name;
  for (std::size_t j = 0; j < static_cast<std::size_t>(features); ++j)
    name.push_back((7 * j + 1) % static_cast<std::size_t>(features));
  for (std::int32_t& label : renumbered.segments->labels)
    label = static_cast<std::int32_t>(name[static_cast<std::size_t>(label)]);
  const Explanation other = explain(model, renumbered, picture, {"kernelshap"}).front();
  for (std::size_t label = 0; label < 3; ++label) {
    const Values before = attributions(e, label), after = attributions(other, label);
    Values back;
    for (std::size_t j = 0; j < before.size(); ++j) back.push_back(after[name[j]]);
    CHECK(greatest_difference(back, before) <= 1e-9 * greatest(before));
    worst_order = std::max(worst_order, greatest_difference(back, before) / greatest(before));
  }

  // Sampled, all classes, both scores, with and without a choice of features.
  if (!kSmallShapesOnly)
    for (const char* l1 : {"none", "num_features(10)"})
      for (const Score score : {Score::logit, Score::probability}) {
        SuperpixelOptions sampled = options_for(7, 500, 2);
        sampled.score = score;
        sampled.shap.l1 = parse_l1(l1);
        const Explanation s = explain(model, sampled, picture, {"kernelshap"}).front();
        HostCoalitions ends(49, 2);
        for (int j = 0; j < 49; ++j) ends.set(1, j);
        const Values at_ends = logits_by_hand(model, picture, *sampled.segments, ends);
        std::vector<float> scores(at_ends.begin(), at_ends.end());
        if (score == Score::probability) {
          const NoGradient off;
          const Tensor rows = Tensor::from_host(stream(), {2, 3}, scores);
          scores = softmax(stream(), Variable(rows)).value().to_host<float>(stream());
        }
        for (std::size_t label = 0; label < 3; ++label) {
          const Values phi = attributions(s, label);
          const double delta = double{scores[3 + label]} - scores[label];
          const double off = std::abs(std::accumulate(phi.begin(), phi.end(), 0.0) - delta);
          CHECK(off <= 1e-6 * std::max(1.0, std::abs(delta)));
          worst_sum = std::max(worst_sum, off);
        }
      }
  MESSAGE("Kernel SHAP (C5): sum against f(x) - f(empty) off by ", worst_sum,
          "; exact plan against Shapley's definition, of the largest: ", worst,
          "; superpixels renumbered: ", worst_order);
}

TEST_CASE("superpixel explainer: in colour, each channel has its own picture and fill") {
  const Model model = make_model(3);
  Sample colour;
  colour.label = 1;
  const Sample grey = make_picture();
  for (std::size_t i = 0; i < grey.pixels.size(); ++i)
    colour.pixels.bytes().insert(colour.pixels.bytes().end(),
                                 {grey.pixels.bytes()[i], static_cast<std::uint8_t>(255 - grey.pixels[i]),
                                  static_cast<std::uint8_t>(i % 28 * 9)});
  SuperpixelOptions options = options_for(2, 14);  // of 4 superpixels: all coalitions
  options.colour = true;
  const auto explanations = explain(model, options, colour);
  const Values by_hand = logits_by_hand(model, colour, grid(2), every_coalition(4));
  const auto score = [&](int coalition, std::size_t label) {
    return by_hand[static_cast<std::size_t>(coalition) * 3 + label];
  };
  // Shapley values from all 16 scores.
  const double weights[] = {1.0 / 4, 1.0 / 12, 1.0 / 12, 1.0 / 4};  // |S|!(3 − |S|)!/4!
  for (std::size_t label = 0; label < 3; ++label) {
    Values shapley(4);
    for (int j = 0; j < 4; ++j)
      for (int s = 0; s < 16; ++s)
        if ((s >> j & 1) == 0)
          shapley[static_cast<std::size_t>(j)] +=
              weights[__builtin_popcount(static_cast<unsigned>(s))] *
              (score(s | 1 << j, label) - score(s, label));
    const Values phi = attributions(explanations[1], label);
    for (std::size_t j = 0; j < 4; ++j) CHECK(phi[j] == doctest::Approx(shapley[j]).epsilon(1e-3));
  }

  options.segments.reset();
  for (const char* name : {"quickshift", "slic", "grid"}) {
    options.segmenter.name = name;
    options.segmenter.n_segments = 9;
    CHECK(explain(model, options, colour, {"lime"})[0].segments.size() == 28 * 28);
  }
  // Colours alone tell the halves of this picture apart: their luminances are the same.
  Sample halves;
  for (int i = 0; i < 28 * 28; ++i) {
    const bool left = i % 28 < 14;
    halves.pixels.bytes().insert(
        halves.pixels.bytes().end(),
        {static_cast<std::uint8_t>(left ? 255 : 0), static_cast<std::uint8_t>(left ? 0 : 138), 0});
  }
  options.segmenter.name = "slic";
  options.segmenter.n_segments = 4;
  options.segmenter.compactness = 1;
  const std::vector<std::int32_t> labels = explain(model, options, halves, {"lime"})[0].segments;
  for (std::size_t y = 0; y < 28; ++y) CHECK(labels[y * 28 + 13] != labels[y * 28 + 14]);

  CHECK_THROWS_AS(explain(model, options, grey, {"lime"}), Error);
  CHECK_THROWS_AS(SuperpixelExplainer(stream(), make_model(1), options), Error);
  options.colour = false;
  CHECK_THROWS_AS(explain(model, options, colour, {"lime"}), Error);
}
