#include "apps/cases/operators.h"

#include <algorithm>

#include "kernels/activation/activation.h"
#include "kernels/batch_norm/batch_norm.h"
#include "kernels/concat/concat.h"
#include "kernels/conv2d/relu_pool/conv2d_relu_pool.h"
#include "kernels/dropout/dropout.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/linear/linear.h"
#include "kernels/loss/loss.h"
#include "kernels/normalize/normalize.h"
#include "kernels/optimizer/optimizer.h"
#include "kernels/pool2d/pool2d.h"
#include "kernels/reduce/reduce.h"
#include "kernels/resize/resize.h"
#include "kernels/softmax/softmax.h"

namespace pellucid {
namespace {

// Of the operators that do not look at the layout; large: a first layer's outputs at batch 16.
int elements(const CaseRunner& r) { return r.size(4096, 16 * 220 * 220 * 16); }

void run_activation(CaseRunner& r) {
  const int count = elements(r);
  const Tensor x = r.reals({count}), dy = r.reals({count}), y = r.empty({count});
  r.run("relu", x_of(x), relu_variants(), {x.data<float>(), y.data<float>(), count});
  r.run("relu_backward", "y " + x.shape().to_string(), relu_backward_variants(),
        {x.data<float>(), dy.data<float>(), y.data<float>(), count});
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
