#include "apps/counts/operators.h"

#include "kernels/activation/activation.h"
#include "kernels/cam/cam.h"
#include "kernels/conv2d/conv2d_relu_pool.h"
#include "kernels/dropout/dropout.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/least_squares/least_squares.h"
#include "kernels/linear/linear.h"
#include "kernels/loss/loss.h"
#include "kernels/mask/mask.h"
#include "kernels/normalize/normalize.h"
#include "kernels/optimizer/optimizer.h"
#include "kernels/pool2d/pool2d.h"
#include "kernels/reduce/reduce.h"
#include "kernels/resize/resize.h"
#include "kernels/softmax/softmax.h"
#include "kernels/superpixel/forest.h"
#include "kernels/superpixel/quickshift.h"
#include "kernels/superpixel/slic.h"
#include "runtime/random.h"

namespace pellucid {
namespace {

constexpr int kElements = 4096;  // of the operators that do not look at the layout

void count_activation(CaseRunner& r) {
  const Tensor x = r.reals({kElements}), dy = r.reals({kElements}), y = r.empty({kElements});
  r.run("relu", "x (4096)", relu_variants(), {x.data<float>(), y.data<float>(), kElements});
  r.run("relu_backward", "y (4096)", relu_backward_variants(),
        {x.data<float>(), dy.data<float>(), y.data<float>(), kElements});
}

void count_cam(CaseRunner& r) {
  const Tensor activation = r.reals({2, 14, 14, 32}), gradient = r.reals({2, 14, 14, 32}),
               weight = r.empty({2, 32}), map = r.empty({2, 14, 14}), peak = r.empty({2});
  r.run("grad_cam", "activation (2, 14, 14, 32)", grad_cam_variants(),
        {activation.data<float>(), gradient.data<float>(), weight.data<float>(), map.data<float>(),
         peak.data<float>(), 2, 14, 14, 32});
}

// Layer 1 of the paper's network and a layer like its second, on smaller images.
void count_conv2d(CaseRunner& r) {
  const Conv2dShape few{.n = 1, .h = 40, .w = 40, .c = 3, .k = 16, .r = 5, .s = 5};
  const Conv2dShape many{.n = 1, .h = 24, .w = 24, .c = 16, .k = 16, .r = 5, .s = 5};
  const Tensor x3 = r.reals({1, 40, 40, 3}), w3 = r.reals({16, 5, 5, 3}),
               x16 = r.reals({1, 24, 24, 16}), w16 = r.reals({16, 5, 5, 16}), bias = r.reals({16}),
               y3 = r.empty({1, 36, 36, 16}), y16 = r.reals({1, 20, 20, 16}),
               dx = r.empty({1, 24, 24, 16}), dw = r.empty({16, 5, 5, 16}), dbias = r.empty({16});
  const char* const layer = "x (1, 24, 24, 16), w (16, 5, 5, 16)";
  r.run("conv2d_fprop", "x (1, 40, 40, 3), w (16, 5, 5, 3)", conv2d_fprop_variants(),
        {few, x3.data<float>(), w3.data<float>(), bias.data<float>(), y3.data<float>()});
  r.run("conv2d_fprop", layer, conv2d_fprop_variants(),
        {many, x16.data<float>(), w16.data<float>(), bias.data<float>(), y16.data<float>()});
  r.run("conv2d_dgrad", layer, conv2d_dgrad_variants(),
        {many, y16.data<float>(), w16.data<float>(), dx.data<float>()});
  r.run("conv2d_wgrad", layer, conv2d_wgrad_variants(),
        {many, x16.data<float>(), y16.data<float>(), dw.data<float>(), dbias.data<float>()});
}

void count_conv2d_relu_pool(CaseRunner& r) {
  const Tensor x = r.reals({2, 40, 40, 3}), fill = r.reals({40, 40, 3}), w = r.reals({16, 5, 5, 3}),
               bias = r.reals({16}), y = r.empty({2, 18, 18, 16}),
               labels = r.whole_numbers({40, 40}, 49), bits = r.whole_numbers({2, 2}, 1 << 30);
  Conv2dReluPoolArgs args{.shape = {.n = 2, .h = 40, .w = 40, .c = 3, .k = 16, .r = 5, .s = 5},
                          .x = x.data<float>(),
                          .masked = {},
                          .w = w.data<float>(),
                          .bias = bias.data<float>(),
                          .y = y.data<float>(),
                          .pool = 2};
  r.run("conv2d_relu_pool", "x (2, 40, 40, 3), w (16, 5, 5, 3)", conv2d_relu_pool_variants(), args);
  args.x = nullptr;
  args.masked = {.image = x.data<float>(),
                 .fill = fill.data<float>(),
                 .labels = labels.data<std::int32_t>(),
                 .bits = reinterpret_cast<const std::uint32_t*>(bits.data<std::int32_t>()),
                 .words = 2};
  r.run("conv2d_relu_pool", "2 masks over x (40, 40, 3), w (16, 5, 5, 3)",
        conv2d_relu_pool_variants(), args);
}

void count_dropout(CaseRunner& r) {
  const Tensor x = r.reals({kElements}), y = r.empty({kElements});
  r.run("dropout", "x (4096)", dropout_variants(),
        {x.data<float>(), y.data<float>(), kElements, 0.5f, {1, 1}});
}

void count_elementwise(CaseRunner& r) {
  const Tensor x = r.reals({kElements}), z = r.reals({kElements}), y = r.empty({kElements});
  r.run("add", "x, z (4096)", add_variants(),
        {x.data<float>(), z.data<float>(), y.data<float>(), kElements});
  const Tensor bytes = Tensor::zeros(r.stream(), {4, 32, 32}, DType::u8),
               index = r.whole_numbers({2}, 4), images = r.empty({2, 32, 32, 3});
  r.run(
      "pixels", "y (2, 32, 32, 3)", pixels_variants(),
      {bytes.data<std::uint8_t>(), index.data<std::int32_t>(), images.data<float>(), 2, 32, 32, 3});
}

void count_least_squares(CaseRunner& r) {
  constexpr int kFeatures = 49, kColumns = 3, kRows = 256;
  std::vector<std::int32_t> rows(2 * kRows);
  for (int i = 0; i < kRows; ++i) {
    rows[2 * i] = static_cast<std::int32_t>(random_bits({1, 99}, 2 * i));
    rows[2 * i + 1] =
        static_cast<std::int32_t>(random_bits({1, 99}, 2 * i + 1) >> (64 - kFeatures));
  }
  const Tensor bits = Tensor::from_host(r.stream(), {kRows, 2}, rows),
               weights = r.reals({kRows}, DType::f64),
               targets = r.reals({kRows, kColumns}, DType::f64),
               gram = r.empty({kFeatures, kFeatures}, DType::f64),
               rhs = r.empty({kFeatures, kColumns}, DType::f64),
               totals = r.empty({1 + 2 * kColumns}, DType::f64);
  r.run(
      "weighted_gram", "256 rows, 49 features, 3 columns", weighted_gram_variants(),
      {bits.data<std::int32_t>(), weights.data<double>(), targets.data<double>(),
       gram.data<double>(), rhs.data<double>(), totals.data<double>(), kFeatures, kColumns, kRows});

  // Diagonally dominant, so that no variant gives up half-way.
  std::vector<double> matrix(kFeatures * kFeatures, 1);
  for (int i = 0; i < kFeatures; ++i) matrix[i * (kFeatures + 1)] = 2 * kFeatures;
  const Tensor a = r.empty({kFeatures, kFeatures}, DType::f64), failed = r.empty({1}, DType::i32);
  r.run("cholesky_solve", "a (49, 49), b (49, 3)", cholesky_solve_variants(),
        {a.data<double>(), rhs.data<double>(), failed.data<std::int32_t>(), kFeatures, kColumns},
        [&] { r.stream().copy_to_device(a.data<double>(), matrix.data(), a.bytes()); });
}

void count_linear(CaseRunner& r) {
  const LinearShape shape{.n = 16, .inputs = 256, .outputs = 64};
  const Tensor x = r.reals({16, 256}), w = r.reals({64, 256}), bias = r.reals({64}),
               y = r.reals({16, 64}), dx = r.empty({16, 256}), dw = r.empty({64, 256}),
               dbias = r.empty({64});
  const char* const layer = "x (16, 256), w (64, 256)";
  r.run("linear", layer, linear_variants(),
        {shape, x.data<float>(), w.data<float>(), bias.data<float>(), y.data<float>()});
  r.run("linear_dgrad", layer, linear_dgrad_variants(),
        {shape, y.data<float>(), w.data<float>(), dx.data<float>()});
  r.run("linear_wgrad", layer, linear_wgrad_variants(),
        {shape, x.data<float>(), y.data<float>(), dw.data<float>(), dbias.data<float>()});
}

void count_loss(CaseRunner& r) {
  const Tensor x = r.reals({64, 3}), labels = r.whole_numbers({64}, 3), weights = r.reals({3}),
               loss = r.empty({64}), dx = r.empty({64, 3});
  r.run("cross_entropy", "x (64, 3)", cross_entropy_variants(),
        {x.data<float>(), labels.data<std::int32_t>(), weights.data<float>(), loss.data<float>(),
         dx.data<float>(), 64, 3, 1.0f});
}

void count_mask(CaseRunner& r) {
  const Tensor image = r.reals({28, 28}), fill = r.reals({28, 28}),
               labels = r.whole_numbers({28, 28}, 49), bits = r.whole_numbers({16, 2}, 1 << 30),
               y = r.empty({16, 28, 28});
  r.run("mask_images", "16 masks over x (28, 28, 1)", mask_images_variants(),
        {{.image = image.data<float>(),
          .fill = fill.data<float>(),
          .labels = labels.data<std::int32_t>(),
          .bits = reinterpret_cast<const std::uint32_t*>(bits.data<std::int32_t>()),
          .words = 2},
         y.data<float>(),
         16,
         28,
         28,
         1});
}

void count_normalize(CaseRunner& r) {
  const Tensor x = r.reals({4, 784}), y = r.empty({4, 784});
  r.run("normalize_min_max", "x (4, 784)", normalize_min_max_variants(),
        {x.data<float>(), y.data<float>(), 4, 784});
}

void count_optimizer(CaseRunner& r) {
  const Tensor w = r.reals({kElements}), g = r.reals({kElements}), m = r.reals({kElements}),
               v = Tensor::zeros(r.stream(), {kElements});
  r.run("adam", "w (4096)", adam_variants(),
        {w.data<float>(), g.data<float>(), m.data<float>(), v.data<float>(), kElements, 1e-3f, 0.9f,
         0.999f, 1e-7f});
  r.run("sgd", "w (4096)", sgd_variants(),
        {w.data<float>(), g.data<float>(), m.data<float>(), kElements, 1e-3f, 0.9f});
}

// Windows of 2 × 2, and one as large as the image, which the v3 variants are for.
void count_pool2d(CaseRunner& r) {
  const Tensor x = r.reals({1, 32, 32, 16}), dx = r.empty({1, 32, 32, 16}),
               y = r.reals({1, 16, 16, 16}), index = r.empty({1, 16, 16, 16}, DType::i32);
  const Pool2dShape small{1, 32, 32, 16, 2, 2, 2, 2}, global{1, 32, 32, 16, 32, 32, 1, 1};
  for (const Pool2dShape& shape : {small, global}) {
    const std::string text =
        shape.window_h == 2 ? "x (1, 32, 32, 16), window 2×2" : "x (1, 32, 32, 16), window 32×32";
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

// Rows for a warp, and rows that the v3 variants cut into two parts.
void count_reduce(CaseRunner& r) {
  const Tensor x = r.reals({2, 20000}), y = r.empty({16}), index = r.empty({16}, DType::i32);
  const auto count = [&](const std::string& shape, int rows, int cols) {
    r.run("row_sum", shape, row_sum_variants(), {x.data<float>(), y.data<float>(), rows, cols});
    r.run("row_max", shape, row_max_variants(),
          {x.data<float>(), y.data<float>(), index.data<std::int32_t>(), rows, cols});
  };
  count("x (16, 512)", 16, 512);
  count("x (2, 20000)", 2, 20000);
}

void count_resize(CaseRunner& r) {
  const Tensor x = r.reals({1, 14, 14, 1}), y = r.empty({1, 56, 56, 1});
  r.run("resize_bilinear", "x (1, 14, 14, 1), y (1, 56, 56, 1)", resize_bilinear_variants(),
        {x.data<float>(), y.data<float>(), 1, 14, 14, 1, 56, 56});
}

void count_softmax(CaseRunner& r) {
  const Tensor x = r.reals({32, 128}), dy = r.reals({32, 128}), y = r.empty({32, 128}),
               dx = r.empty({32, 128});
  r.run("softmax", "x (32, 128)", softmax_variants(), {x.data<float>(), y.data<float>(), 32, 128});
  r.run("softmax_backward", "y (32, 128)", softmax_backward_variants(),
        {y.data<float>(), dy.data<float>(), dx.data<float>(), 32, 128});
}

void count_superpixel(CaseRunner& r) {
  constexpr int kHeight = 24, kWidth = 40, kChannels = 3;
  const Tensor features = r.reals({kHeight, kWidth, kChannels}, DType::f64),
               noise = r.reals({kHeight, kWidth}, DType::f64),
               labels = r.empty({kHeight, kWidth}, DType::i32), count = r.empty({1}, DType::i32);
  r.run("quickshift", "features (24, 40, 3), kernel_size 2", quickshift_variants(),
        {features.data<double>(), noise.data<double>(), kHeight, kWidth, kChannels, 2, 10,
         labels.data<std::int32_t>(), count.data<std::int32_t>()});
  r.run("slic", "features (24, 40, 3), 12 segments, 2 iterations", slic_variants(),
        {features.data<double>(), kHeight, kWidth, kChannels, 12, 2, labels.data<std::int32_t>()});

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

}  // namespace

void count_operators(CaseRunner& runner) {
  for (const auto count : {count_activation, count_cam, count_conv2d, count_conv2d_relu_pool,
                           count_dropout, count_elementwise, count_least_squares, count_linear,
                           count_loss, count_mask, count_normalize, count_optimizer, count_pool2d,
                           count_reduce, count_resize, count_softmax, count_superpixel})
    count(runner);
}

}  // namespace pellucid
