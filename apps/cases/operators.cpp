#include "apps/cases/operators.h"

#include <algorithm>

#include "kernels/activation/activation.h"
#include "kernels/batch_norm/batch_norm.h"
#include "kernels/cam/cam.h"
#include "kernels/coalition/coalition.h"
#include "kernels/concat/concat.h"
#include "kernels/conv2d/patterns/conv2d_patterns.h"
#include "kernels/conv2d/relu_pool/conv2d_relu_pool.h"
#include "kernels/dropout/dropout.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/least_squares/least_squares.h"
#include "kernels/linear/linear.h"
#include "kernels/loss/loss.h"
#include "kernels/mask/expand_patterns.h"
#include "kernels/mask/mask.h"
#include "kernels/mask/rise_masks.h"
#include "kernels/mask/weigh_images.h"
#include "kernels/normalize/normalize.h"
#include "kernels/optimizer/optimizer.h"
#include "kernels/pool2d/pool2d.h"
#include "kernels/principal_component/principal_component.h"
#include "kernels/reduce/reduce.h"
#include "kernels/resize/resize.h"
#include "kernels/softmax/softmax.h"
#include "kernels/superpixel/forest.h"
#include "kernels/superpixel/quickshift.h"
#include "kernels/superpixel/slic.h"
#include "kernels/transpose/transpose.h"
#include "kernels/weighted_sum/weighted_sum.h"
#include "runtime/random.h"

namespace pellucid {
namespace {

std::string x_of(const Tensor& x) { return "x " + x.shape().to_string(); }
std::string x_w_of(const Tensor& x, const Tensor& w) {
  return x_of(x) + ", w " + w.shape().to_string();
}

// Of the operators that do not look at the layout; large: a first layer's outputs at batch 16.
int elements(const CaseRunner& r) { return r.size(4096, 16 * 220 * 220 * 16); }

void run_activation(CaseRunner& r) {
  const int count = elements(r);
  const Tensor x = r.reals({count}), dy = r.reals({count}), y = r.empty({count});
  r.run("relu", x_of(x), relu_variants(), {x.data<float>(), y.data<float>(), count});
  r.run("relu_backward", "y " + x.shape().to_string(), relu_backward_variants(),
        {x.data<float>(), dy.data<float>(), y.data<float>(), count});
}

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

// Layers 1 and 2 of the paper's network; small: on smaller images.
void run_conv2d(CaseRunner& r) {
  const int n = r.size(1, 16), few_side = r.size(40, 224), many_side = r.size(24, 110);
  const Conv2dShape few{.n = n, .h = few_side, .w = few_side, .c = 3, .k = 16, .r = 5, .s = 5};
  const Conv2dShape many{.n = n, .h = many_side, .w = many_side, .c = 16, .k = 16, .r = 5, .s = 5};
  const Tensor x3 = r.reals({n, few.h, few.w, 3}), w3 = r.reals({16, 5, 5, 3}),
               x16 = r.reals({n, many.h, many.w, 16}), w16 = r.reals({16, 5, 5, 16}),
               bias = r.reals({16}), y3 = r.empty({n, few.p(), few.q(), 16}),
               y16 = r.reals({n, many.p(), many.q(), 16}), dx = r.empty({n, many.h, many.w, 16}),
               dw = r.empty({16, 5, 5, 16}), dbias = r.empty({16});
  const std::string layer = x_w_of(x16, w16);
  r.run("conv2d_fprop", x_w_of(x3, w3), conv2d_fprop_variants(),
        {few, x3.data<float>(), w3.data<float>(), bias.data<float>(), y3.data<float>()});
  r.run("conv2d_fprop", layer, conv2d_fprop_variants(),
        {many, x16.data<float>(), w16.data<float>(), bias.data<float>(), y16.data<float>()});
  r.run("conv2d_dgrad", layer, conv2d_dgrad_variants(),
        {many, y16.data<float>(), w16.data<float>(), dx.data<float>()});
  r.run("conv2d_wgrad", layer, conv2d_wgrad_variants(),
        {many, x16.data<float>(), y16.data<float>(), dw.data<float>(), dbias.data<float>()});
}

void run_conv2d_relu_pool(CaseRunner& r) {
  const int n = r.size(2, 64), side = r.size(40, 224), pooled = (side - 4) / 2;
  const Tensor x = r.reals({n, side, side, 3}), fill = r.reals({side, side, 3}),
               w = r.reals({16, 5, 5, 3}), bias = r.reals({16}),
               y = r.empty({n, pooled, pooled, 16}), labels = r.whole_numbers({side, side}, 49),
               bits = r.whole_numbers({n, 2}, 1 << 30, DType::u32);
  Conv2dReluPoolArgs args{.shape = {.n = n, .h = side, .w = side, .c = 3, .k = 16, .r = 5, .s = 5},
                          .x = x.data<float>(),
                          .masked = {},
                          .w = w.data<float>(),
                          .bias = bias.data<float>(),
                          .y = y.data<float>(),
                          .pool = 2};
  r.run("conv2d_relu_pool", x_w_of(x, w), conv2d_relu_pool_variants(), args);
  args.x = nullptr;
  args.masked = {.image = x.data<float>(),
                 .fill = fill.data<float>(),
                 .labels = labels.data<std::int32_t>(),
                 .bits = bits.data<std::uint32_t>(),
                 .words = 2};
  r.run("conv2d_relu_pool", concat(n, " masks over ", x_w_of(fill, w)), conv2d_relu_pool_variants(),
        args);
}

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

void run_dropout(CaseRunner& r) {
  const int count = elements(r);
  const Tensor x = r.reals({count}), y = r.empty({count});
  r.run("dropout", x_of(x), dropout_variants(),
        {x.data<float>(), y.data<float>(), count, 0.5f, {1, 1}});
}

void run_elementwise(CaseRunner& r) {
  const int count = elements(r);
  const Tensor x = r.reals({count}), z = r.reals({count}), y = r.empty({count});
  r.run("add", "x, z " + x.shape().to_string(), add_variants(),
        {x.data<float>(), z.data<float>(), y.data<float>(), count});
  const int n = r.size(2, 16), side = r.size(32, 224);
  const Tensor bytes = Tensor::zeros(r.stream(), {4, side, side}, DType::u8),
               words = Tensor::zeros(r.stream(), {4, side, side}, DType::u16),
               white = Tensor::from_host(r.stream(), {4}, std::vector<float>(4, 1000)),
               index = r.whole_numbers({n}, 4), images = r.empty({n, side, side, 3});
  PixelsArgs pixels{.bytes = bytes.data<std::uint8_t>(),
                    .words = nullptr,
                    .white = nullptr,
                    .index = index.data<std::int32_t>(),
                    .y = images.data<float>(),
                    .n = n,
                    .h = side,
                    .w = side,
                    .c = 3};
  r.run("pixels", "y " + images.shape().to_string(), pixels_variants(), pixels);
  pixels.bytes = nullptr;
  pixels.words = words.data<std::uint16_t>();
  pixels.white = white.data<float>();
  r.run("pixels", "uint16, y " + images.shape().to_string(), pixels_variants(), pixels);
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

// Large: the paper's first fully connected layer.
void run_linear(CaseRunner& r) {
  const LinearShape shape{.n = 16, .inputs = r.size(256, 2366), .outputs = r.size(64, 512)};
  const Tensor x = r.reals({16, shape.inputs}), w = r.reals({shape.outputs, shape.inputs}),
               bias = r.reals({shape.outputs}), y = r.reals({16, shape.outputs}),
               dx = r.empty({16, shape.inputs}), dw = r.empty({shape.outputs, shape.inputs}),
               dbias = r.empty({shape.outputs});
  const std::string layer = x_w_of(x, w);
  r.run("linear", layer, linear_variants(),
        {shape, x.data<float>(), w.data<float>(), bias.data<float>(), y.data<float>()});
  r.run("linear_dgrad", layer, linear_dgrad_variants(),
        {shape, y.data<float>(), w.data<float>(), dx.data<float>()});
  r.run("linear_wgrad", layer, linear_wgrad_variants(),
        {shape, x.data<float>(), y.data<float>(), dw.data<float>(), dbias.data<float>()});
}

void run_loss(CaseRunner& r) {
  const Tensor x = r.reals({64, 3}), labels = r.whole_numbers({64}, 3), weights = r.reals({3}),
               loss = r.empty({64}), dx = r.empty({64, 3});
  r.run("cross_entropy", x_of(x), cross_entropy_variants(),
        {x.data<float>(), labels.data<std::int32_t>(), weights.data<float>(), loss.data<float>(),
         dx.data<float>(), 64, 3, 1.0f});
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

void run_normalize(CaseRunner& r) {
  const int rows = r.size(4, 64), cols = r.size(784, 224 * 224);
  const Tensor x = r.reals({rows, cols}), y = r.empty({rows, cols});
  r.run("normalize_min_max", x_of(x), normalize_min_max_variants(),
        {x.data<float>(), y.data<float>(), rows, cols});
}

// Large: the weights of the paper's first fully connected layer.
void run_optimizer(CaseRunner& r) {
  const int count = r.size(4096, 2366 * 512);
  const Tensor w = r.reals({count}), g = r.reals({count}), m = r.reals({count}),
               v = Tensor::zeros(r.stream(), {count});
  const std::string shape = "w " + w.shape().to_string();
  const AdamArray array{w.data<float>(), g.data<float>(), m.data<float>(), v.data<float>(), count};
  r.run("adam", shape, adam_variants(), {{&array, 1}, {1e-3f, 0.9f, 0.999f, 1e-7f}});
  r.run("sgd", shape, sgd_variants(),
        {w.data<float>(), g.data<float>(), m.data<float>(), count, 1e-3f, 0.9f});
}

// Windows of 2 × 2, and one as large as the image, which the v3 variants are for.
void run_pool2d(CaseRunner& r) {
  const int n = r.size(1, 16), side = r.size(32, 220), pooled = side / 2;
  const Tensor x = r.reals({n, side, side, 16}), dx = r.empty({n, side, side, 16}),
               y = r.reals({n, pooled, pooled, 16}),
               index = r.empty({n, pooled, pooled, 16}, DType::i32);
  const Pool2dShape small{n, side, side, 16, 2, 2, 2, 2},
      global{n, side, side, 16, side, side, 1, 1};
  for (const Pool2dShape& shape : {small, global}) {
    const std::string text = concat(x_of(x), ", window ", shape.window_h, "×", shape.window_w);
    r.run("max_pool2d", text, max_pool2d_variants(),
          {shape, x.data<float>(), y.data<float>(), index.data<std::int32_t>()});
    r.run("max_pool2d_backward", text, max_pool2d_backward_variants(),
          {shape, y.data<float>(), index.data<std::int32_t>(), dx.data<float>()});
    r.run("average_pool2d", text, average_pool2d_variants(),
          {shape, x.data<float>(), y.data<float>()});
    r.run("average_pool2d_backward", text, average_pool2d_backward_variants(),
          {shape, y.data<float>(), dx.data<float>()});
  }
}

// Rows for a warp, and rows that the v3 variants cut into parts.
void run_reduce(CaseRunner& r) {
  const int many = r.size(16, 16 * 1024), long_cols = r.size(20000, 4 << 20);
  const Tensor x = r.reals({std::max(many * 512, 2 * long_cols)}), y = r.empty({many}),
               index = r.empty({many}, DType::i32);
  const auto run = [&](int rows, int cols) {
    const std::string shape = "x " + Shape{rows, cols}.to_string();
    r.run("row_sum", shape, row_sum_variants(), {x.data<float>(), y.data<float>(), rows, cols});
    r.run("row_max", shape, row_max_variants(),
          {x.data<float>(), y.data<float>(), index.data<std::int32_t>(), rows, cols});
  };
  run(many, 512);
  run(2, long_cols);
}

void run_resize(CaseRunner& r) {
  const int n = r.size(1, 64), from = r.size(14, 53), to = r.size(56, 224);
  const Tensor x = r.reals({n, from, from, 1}), y = r.empty({n, to, to, 1});
  r.run("resize_bilinear", x_of(x) + ", y " + y.shape().to_string(), resize_bilinear_variants(),
        {x.data<float>(), y.data<float>(), n, from, from, 1, to, to});
}

void run_softmax(CaseRunner& r) {
  const int rows = r.size(32, 16 * 1024), cols = 128;
  const Tensor x = r.reals({rows, cols}), dy = r.reals({rows, cols}), y = r.empty({rows, cols}),
               dx = r.empty({rows, cols});
  r.run("softmax", x_of(x), softmax_variants(), {x.data<float>(), y.data<float>(), rows, cols});
  r.run("softmax_backward", "y " + x.shape().to_string(), softmax_backward_variants(),
        {y.data<float>(), dy.data<float>(), dx.data<float>(), rows, cols});
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

// Channels by the dozen and by the hundred; large: 16 images, 56 × 56 and 14 × 14.
void run_batch_norm(CaseRunner& r) {
  for (const bool wide : {false, true}) {
    const int side = wide ? r.size(4, 14) : r.size(14, 56), channels = wide ? r.size(132, 512) : 24;
    const int n = r.size(3, 16);
    const Tensor x = r.reals({n, side, side, channels}), dy = r.reals(x.shape()),
                 y = r.empty(x.shape()), gamma = r.reals({channels}), beta = r.reals({channels}),
                 mean = r.empty({channels}), variance = r.empty({channels}),
                 scale = r.empty({channels}), dgamma = r.empty({channels}),
                 dbeta = r.empty({channels});
    const std::int64_t rows = x.count() / channels;
    r.run("batch_norm_statistics", x_of(x), batch_norm_statistics_variants(),
          {x.data<float>(), mean.data<float>(), variance.data<float>(), gamma.data<float>(),
           scale.data<float>(), 1e-3f, rows, channels});
    r.run("channel_affine", x_of(x), channel_affine_variants(),
          {x.data<float>(), y.data<float>(), mean.data<float>(), scale.data<float>(),
           beta.data<float>(), rows, channels});
    r.run("batch_norm_backward", x_of(x), batch_norm_backward_variants(),
          {x.data<float>(), dy.data<float>(), mean.data<float>(), variance.data<float>(),
           gamma.data<float>(), y.data<float>(), dgamma.data<float>(), dbeta.data<float>(), 1e-3f,
           rows, channels});
  }
}

// One of several inputs into its strip; large: 16 images, 28 × 28.
void run_concat(CaseRunner& r) {
  const int n = r.size(2, 16), side = r.size(9, 28), channels = r.size(24, 192),
            all = r.size(56, 480), to = r.size(16, 128);
  const Tensor x = r.reals({n, side, side, channels}), y = r.empty({n, side, side, all});
  r.run("copy_channels", x_of(x) + ", y " + y.shape().to_string(), copy_channels_variants(),
        {x.data<float>(), y.data<float>(), x.count() / channels, channels, all, 0, to, channels});
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

}  // namespace

void run_operators(CaseRunner& runner) {
  for (const auto run : {run_activation,
                         run_cam,
                         run_coalition,
                         run_conv2d,
                         run_conv2d_patterns,
                         run_conv2d_relu_pool,
                         run_dropout,
                         run_elementwise,
                         run_least_squares,
                         run_linear,
                         run_loss,
                         run_mask,
                         run_normalize,
                         run_optimizer,
                         run_pool2d,
                         run_reduce,
                         run_resize,
                         run_softmax,
                         run_superpixel,
                         run_activation_matrix,
                         run_real_masks,
                         run_batch_norm,
                         run_concat,
                         run_pointwise_operators,
                         run_weighted_sum,
                         run_rearrange,
                         run_resample,
                         run_reduce_axes,
                         run_group_norm,
                         run_softmax_axis,
                         run_matmul,
                         run_lrn,
                         run_grouped_conv2d,
                         run_winner_sum})
    run(runner);
}

}  // namespace pellucid
