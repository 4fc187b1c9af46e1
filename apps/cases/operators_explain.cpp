// What explainers add to a network: maps, masks and what they show, superpixels, surrogates.
#include "apps/cases/operators.h"
#include "kernels/cam/cam.h"
#include "kernels/coalition/coalition.h"
#include "kernels/conv2d/patterns/conv2d_patterns.h"
#include "kernels/least_squares/least_squares.h"
#include "kernels/mask/expand_patterns.h"
#include "kernels/mask/mask.h"
#include "kernels/mask/rise_masks.h"
#include "kernels/mask/weigh_images.h"
#include "kernels/principal_component/principal_component.h"
#include "kernels/superpixel/forest.h"
#include "kernels/superpixel/quickshift.h"
#include "kernels/superpixel/slic.h"
#include "kernels/transpose/transpose.h"
#include "kernels/weighted_sum/weighted_sum.h"
#include "runtime/random.h"

namespace pellucid {
namespace {

// Under masks, a map of side × side places that see `patterns` rows between them.
class PatternInputs {
 public:
  PatternInputs(CaseRunner& r, int side, int masks, int patterns) {
    constexpr int kViews = 64, kMost = 8;  // patterns a view
    std::vector<std::int32_t> places;
    for (int place = 0; place < side * side; ++place) {
      places.push_back(
          static_cast<std::int32_t>(std::int64_t{place} * (patterns - kMost) / (side * side)));
      places.push_back(place % kViews * masks);
    }
    places_ = Tensor::from_host(r.stream(), {side * side, 2}, places);
    of_mask_ = r.whole_numbers({kViews, masks}, kMost);
  }
  MaskPatterns patterns() const {
    return {reinterpret_cast<const PatternPlace*>(places_.data<std::int32_t>()),
            of_mask_.data<std::int32_t>()};
  }

 private:
  Tensor places_, of_mask_;
};

}  // namespace

void run_cam(CaseRunner& r) {
  const int n = r.size(2, 64), side = r.size(14, 53), k = r.size(32, 14);
  const Tensor activation = r.reals({n, side, side, k}), gradient = r.reals({n, side, side, k}),
               weight = r.empty({kGradientCams, n, k}),
               map = r.empty({kGradientCams, n, side, side}), peak = r.empty({kGradientCams, n});
  GradientCamArgs a{activation.data<float>(), gradient.data<float>(), n, side, side, k, {}};
  for (int m = 0; m < kGradientCams; ++m) {
    a.out[m] = {map.slice(m, 1).data<float>(), peak.slice(m, 1).data<float>(),
                weight.slice(m, 1).data<float>()};
    if (m > 0 && m + 1 < kGradientCams) continue;
    r.run("gradient_cam",
          concat(m == 0 ? "Grad-CAM" : "all methods", ", activation ",
                 activation.shape().to_string()),
          gradient_cam_variants(), a);
  }
}

// LIME's masks, and what Kernel SHAP enumerates and draws, of 49 superpixels.
void run_coalition(CaseRunner& r) {
  constexpr int kFeatures = 49, kSizes = 23;
  const int rows = r.size(1000, 2048);
  const auto subsets = static_cast<int>(subset_count(kFeatures, 2));
  const auto words = [](const Tensor& bits) { return bits.data<std::uint32_t>(); };
  const auto bits = [&r](int count) {
    return r.empty({count, coalition_words(kFeatures)}, DType::u32);
  };
  const Tensor masks = bits(rows), pairs = bits(2 * subsets), draws = bits(rows),
               multiplicity = r.empty({rows}, DType::i32), totals = r.empty({2}, DType::i32),
               table = Tensor::zeros(r.stream(), {kFeatures + 1}, DType::f64),
               weights = r.empty({rows}, DType::f64);
  const std::string of_features = concat(", ", kFeatures, " features");
  r.run("bernoulli_masks", concat(rows, " rows", of_features), bernoulli_masks_variants(),
        {words(masks), rows, kFeatures, {7, 1}});
  r.run("enumerate_subsets", concat("2 of ", kFeatures, " features"), enumerate_subsets_variants(),
        {words(pairs), subsets, kFeatures, 2});

  // Sizes from 2 to 24, each with half of the probability of the one before.
  std::vector<std::uint32_t> bounds;
  for (int s = 1; s < kSizes; ++s) bounds.push_back(~(0xFFFFFFFFu >> s));
  const Tensor thresholds = Tensor::from_host(r.stream(), {kSizes - 1}, bounds);
  r.run("draw_subsets", concat(rows, " draws", of_features), draw_subsets_variants(),
        {words(thresholds), words(draws), rows, kFeatures, 2, kSizes, {7, 2}});
  r.run("merge_draws", concat(rows, " draws to as many rows", of_features), merge_draws_variants(),
        {words(draws), words(masks), multiplicity.data<std::int32_t>(), totals.data<std::int32_t>(),
         rows, rows, kFeatures});
  r.run("coalition_weights", concat(rows, " rows", of_features), coalition_weights_variants(),
        {words(masks), table.data<double>(), multiplicity.data<std::int32_t>(),
         weights.data<double>(), rows, kFeatures});
}

// The paper's first two layers, a few rows of each place.
void run_conv2d_patterns(CaseRunner& r) {
  const int side = r.size(20, 110), before = 2 * side + 4, pooled = (side - 4) / 2, masks = 64;
  const int count = r.size(200, 20000);
  const Tensor image = r.reals({before, before, 1}), fill = r.reals({before, before, 1}),
               x = r.reals({4 * count, 16}), w1 = r.reals({16, 5, 5, 1}),
               w2 = r.reals({16, 5, 5, 16}), bias = r.reals({16}), y = r.empty({count, 16}),
               labels = r.whole_numbers({before, before}, 49),
               bits = r.whole_numbers({masks, 2}, 1 << 30, DType::u32);
  std::vector<std::int32_t> rows;
  for (int t = 0; t < count; ++t) {
    rows.push_back(static_cast<std::int32_t>(std::int64_t{t} * pooled * pooled / count));
    rows.push_back(t % masks);
  }
  const Tensor device_rows = Tensor::from_host(r.stream(), {count, 2}, rows);
  const PatternInputs input(r, side, masks, 4 * count);
  Conv2dPatternsArgs args{
      .shape = {.n = 1, .h = side, .w = side, .c = 16, .k = 16, .r = 5, .s = 5},
      .x = x.data<float>(),
      .input = input.patterns(),
      .masked = {},
      .rows = reinterpret_cast<const PatternRow*>(device_rows.data<std::int32_t>()),
      .count = count,
      .w = w2.data<float>(),
      .bias = bias.data<float>(),
      .y = y.data<float>(),
      .pool = 2};
  const auto run = [&](const std::string& of, const Tensor& w) {
    r.run("conv2d_patterns", concat(count, " rows of ", of, ", w ", w.shape().to_string()),
          conv2d_patterns_variants(), args);
  };
  run(concat("a layer (", side, ", ", side, ", 16)"), w2);
  args.shape.h = args.shape.w = before;
  args.shape.c = 1;
  args.x = nullptr;
  args.input = {};
  args.masked = {.image = image.data<float>(),
                 .fill = fill.data<float>(),
                 .labels = labels.data<std::int32_t>(),
                 .bits = bits.data<std::uint32_t>(),
                 .words = 2};
  args.w = w1.data<float>();
  run(concat("a picture (", before, ", ", before, ", 1)"), w1);
}

void run_least_squares(CaseRunner& r) {
  constexpr int kFeatures = 49, kColumns = 3;
  const int count = r.size(256, 1000);
  std::vector<std::uint32_t> rows;
  for (int i = 0; i < count; ++i) {
    rows.push_back(random_bits({1, 99}, 2 * i));
    rows.push_back(random_bits({1, 99}, 2 * i + 1) >> (64 - kFeatures));
  }
  const Tensor bits = Tensor::from_host(r.stream(), {count, 2}, rows),
               weights = r.reals({count}, DType::f64),
               targets = r.reals({count, kColumns}, DType::f64),
               gram = r.empty({kFeatures, kFeatures}, DType::f64),
               rhs = r.empty({kFeatures, kColumns}, DType::f64),
               totals = r.empty({1 + 2 * kColumns}, DType::f64);
  r.run(
      "weighted_gram", concat(count, " rows, 49 features, 3 columns"), weighted_gram_variants(),
      {bits.data<std::uint32_t>(), weights.data<double>(), targets.data<double>(),
       gram.data<double>(), rhs.data<double>(), totals.data<double>(), kFeatures, kColumns, count});

  // Diagonally dominant, so that no variant gives up half-way.
  std::vector<double> matrix(kFeatures * kFeatures, 1);
  for (int i = 0; i < kFeatures; ++i) matrix[i * (kFeatures + 1)] = 2 * kFeatures;
  const Tensor a = r.empty({kFeatures, kFeatures}, DType::f64), failed = r.empty({1}, DType::i32);
  r.run("cholesky_solve", "a (49, 49), b (49, 3)", cholesky_solve_variants(),
        {a.data<double>(), rhs.data<double>(), failed.data<std::int32_t>(), kFeatures, kColumns},
        [&] { r.stream().copy_to_device(a.data<double>(), matrix.data(), a.bytes()); });
}

void run_mask(CaseRunner& r) {
  const int n = r.size(16, 256), side = r.size(28, 224);
  const Tensor image = r.reals({side, side}), fill = r.reals({side, side}),
               labels = r.whole_numbers({side, side}, 49),
               bits = r.whole_numbers({n, 2}, 1 << 30, DType::u32), y = r.empty({n, side, side});
  r.run("mask_images", concat(n, " masks over x (", side, ", ", side, ", 1)"),
        mask_images_variants(),
        {{.image = image.data<float>(),
          .fill = fill.data<float>(),
          .labels = labels.data<std::int32_t>(),
          .bits = bits.data<std::uint32_t>(),
          .words = 2},
         y.data<float>(),
         n,
         side,
         side,
         1});

  // The last of the shared layers' maps, with the pooling behind it.
  const int map = r.size(8, 26), pooled = map / 2, patterns = r.size(100, 16000);
  const Tensor rows = r.reals({patterns, 14}), z = r.empty({n, pooled, pooled, 14});
  const PatternInputs input(r, map, n, patterns);
  r.run(
      "expand_patterns",
      concat(n, " masks, ", map, "x", map, " places, rows ", rows.shape().to_string(), ", pool 2"),
      expand_patterns_variants(),
      {rows.data<float>(), input.patterns(), z.data<float>(), 0, n, map, map, 14, 2});
}

void run_superpixel(CaseRunner& r) {
  const int height = r.size(24, 224), width = r.size(40, 224), channels = r.size(3, 1);
  const int kernel_size = r.size(2, 4), max_dist = r.size(10, 200);
  const int segments = r.size(12, 50), iterations = r.size(2, 10);
  const Tensor features = r.reals({height, width, channels}, DType::f64),
               noise = r.reals({height, width}, DType::f64),
               labels = r.empty({height, width}, DType::i32), count = r.empty({1}, DType::i32);
  const std::string shape = "features " + features.shape().to_string();
  r.run("quickshift", concat(shape, ", kernel_size ", kernel_size), quickshift_variants(),
        {features.data<double>(), noise.data<double>(), height, width, channels,
         static_cast<double>(kernel_size), static_cast<double>(max_dist),
         labels.data<std::int32_t>(), count.data<std::int32_t>()});
  r.run("slic", concat(shape, ", ", segments, " segments, ", iterations, " iterations"),
        slic_variants(),
        {features.data<double>(), height, width, channels, segments, iterations,
         labels.data<std::int32_t>()});

  // Trees of eight nodes in a chain.
  std::vector<std::int32_t> parents(1024);
  for (std::size_t i = 0; i < parents.size(); ++i)
    parents[i] = static_cast<std::int32_t>(i % 8 == 0 ? i : i - 1);
  const Tensor parent = Tensor::from_host(r.stream(), {1024}, parents),
               trees = r.empty({1024}, DType::i32);
  r.run(
      "forest_labels", "1024 nodes, chains of 8", forest_labels_variants(),
      {parent.data<std::int32_t>(), trees.data<std::int32_t>(), count.data<std::int32_t>(), 1024});
}

// What is done to the activations of the paper's last convolution, as matrices of places × channels.
void run_activation_matrix(CaseRunner& r) {
  const int n = r.size(2, 64), p = r.size(14 * 14, 53 * 53), k = r.size(32, 14);
  const Tensor x = r.reals({n, p, k}), covariance = r.empty({n, k, k}, DType::f64),
               work = r.empty({n, 3, k}, DType::f64), axis = r.empty({n, k}),
               projection = r.empty({n, p}), share = r.empty({n}), residual = r.empty({n}),
               y = r.empty({n, k, p});
  r.run("principal_component", x_of(x), principal_component_variants(),
        {x.data<float>(), covariance.data<double>(), work.data<double>(), axis.data<float>(),
         projection.data<float>(), share.data<float>(), residual.data<float>(), n, p, k});
  r.run("transpose", x_of(x), transpose_variants(), {x.data<float>(), y.data<float>(), n, p, k});
}

// RISE's and Score-CAM's masks.
void run_real_masks(CaseRunner& r) {
  const int n = r.size(16, 128), side = r.size(28, 224);
  const Tensor image = r.reals({side, side}), mask = r.empty({n, side, side}),
               y = r.empty({n, side, side});
  r.run("rise_masks", concat(n, " masks (", side, ", ", side, ") of 7 × 7 cells"),
        rise_masks_variants(), {mask.data<float>(), n, side, side, 7, 0.5f, {7, 3}});
  r.run("weigh_images", concat(n, " masks over x (", side, ", ", side, ", 1)"),
        weigh_images_variants(),
        {image.data<float>(), mask.data<float>(), y.data<float>(), n, side, side, 1});
}

// Large: RISE's sum of 128 masks, and the map of the paper's last convolution.
void run_weighted_sum(CaseRunner& r) {
  const int masks = r.size(16, 128), side = r.size(28, 224);
  const Tensor mask = r.reals({masks, side, side}), score = r.reals({masks}),
               sum = r.empty({side, side});
  r.run("weighted_sum", x_w_of(mask, score), weighted_sum_variants(),
        {mask.data<float>(), score.data<float>(), sum.data<float>(), 1, side * side, masks});

  const int n = r.size(2, 64), places = r.size(14 * 14, 53 * 53), channels = r.size(32, 14);
  const Tensor x = r.reals({n, places, channels}), w = r.reals({n, channels}),
               y = r.empty({n, places});
  r.run("weighted_channels", x_w_of(x, w), weighted_channels_variants(),
        {x.data<float>(), w.data<float>(), y.data<float>(), n, places, channels});
}

}  // namespace pellucid
