// functions.h: differentiable functions on Variables, each a kernel and its backward kernels.
//
// Activations (N, H, W, C) or, flat, (N, features); weights (out, height, width, in) and (out, in);
// all fp32. Formulas: the headers of kernels/. Each throws Error naming the function and the shapes
// if they do not fit. An input that requires no gradient costs no backward work (the first layer
// computes no gradient of the image unless asked).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nn/autograd/variable.h"
#include "runtime/random.h"

namespace pellucid {

// Height and width of a filter, window, step or border.
struct Size2d {
  int h = 1, w = 1;
  bool operator==(const Size2d&) const = default;
};

// Pixels that are added around a picture; below and at the right, unless told, as many as above and at
// the left.
struct Padding2d {
  int top = 0, left = 0, bottom = top, right = left;
  bool operator==(const Padding2d&) const = default;
};

struct Conv2dOptions {
  Size2d stride{1, 1};
  Padding2d padding{};
  Size2d dilation{1, 1};
  int groups = 1;
};

struct Pool2dOptions {
  Size2d window{2, 2};
  Size2d stride{2, 2};
  Padding2d padding{};
  Size2d dilation{1, 1};
  bool ceil = false;           // kernels/pool2d/pool2d.h says what these two do
  bool count_padding = false;  // of average pooling
};

// x (N, H, W, C), weight (K, R, S, C / groups), bias (K) or undefined → (N, P, Q, K).
Variable conv2d(Stream& stream, const Variable& x, const Variable& weight, const Variable& bias,
                const Conv2dOptions& options = {});

// What conv2d with these options does to the gradient of its input: x (N, H, W, C), weight
// (C, R, S, K / groups), bias (K) or undefined → (N, P, Q, K) with P = (H − 1)·stride + dilation·(R − 1)
// + 1 + output_padding − the padding above and below. output_padding < stride: which of the inputs that
// conv2d takes to H outputs it is.
Variable conv_transpose2d(Stream& stream, const Variable& x, const Variable& weight,
                          const Variable& bias, const Conv2dOptions& options = {},
                          Size2d output_padding = {0, 0});

// x (N, I), weight (O, I), bias (O) or undefined → (N, O).
Variable linear(Stream& stream, const Variable& x, const Variable& weight, const Variable& bias);

// Any shape.
Variable relu(Stream& stream, const Variable& x);

// x (N, H, W, C) → (N, P, Q, C).
Variable max_pool2d(Stream& stream, const Variable& x, const Pool2dOptions& options);
// max_pool2d(relu(x)) in one, with the same bits forward and backward.
Variable relu_max_pool2d(Stream& stream, const Variable& x, const Pool2dOptions& options);
Variable average_pool2d(Stream& stream, const Variable& x, const Pool2dOptions& options);

// Same elements in another shape; flatten: (N, …) → (N, features) in (H, W, C) order.
Variable reshape(const Variable& x, Shape shape);
Variable flatten(const Variable& x);

// One after the other along the channels, which are the last axis: (N, H, W, C₀), (N, H, W, C₁), …
// → (N, H, W, C₀ + C₁ + …), or (N, C₀), … → (N, C₀ + …). At least one; all other extents are equal.
Variable concat(Stream& stream, const std::vector<Variable>& xs);
// The same along any axis: each x as `rows` rows, which are joined one after the other; y has the shape
// `output`. rows: the batch times the extents before the axis.
Variable concat(Stream& stream, const std::vector<Variable>& xs, std::int64_t rows, Shape output);

// The statistics of a batch, one number a channel; the variance is biased (divided by the number of
// rows).
struct BatchStatistics {
  Tensor mean, variance;  // (C); may be kept but not written to
};

// Batch normalisation in training: y = gamma·(x − mean)/√(variance + epsilon) + beta with the
// statistics of x over all axes but the last, through which the derivative goes. x (N, …, C), gamma
// and beta (C). If `used` is given, it receives the statistics, for whoever keeps running ones.
Variable batch_norm(Stream& stream, const Variable& x, const Variable& gamma, const Variable& beta,
                    float epsilon, BatchStatistics* used = nullptr);

// y = (x − center)·scale + shift, one number of each a channel: batch normalisation in prediction,
// with given statistics. x (N, …, C); scale, shift and center (C) are constants; an undefined shift
// or center is 0.
Variable channel_affine(Stream& stream, const Variable& x, const Tensor& scale,
                        const Tensor& shift = {}, const Tensor& center = {});

// Inverted dropout, 0 ≤ rate < 1; the mask is a function of (key, element).
Variable dropout(Stream& stream, const Variable& x, float rate, RandomKey key);

// x (N, classes).
Variable softmax(Stream& stream, const Variable& x);
Variable log_softmax(Stream& stream, const Variable& x);
// Along the middle axis of x as (rows, cols, inner), whatever its shape.
Variable softmax(Stream& stream, const Variable& x, int cols, int inner, bool log);

// x + z, equal shapes.
Variable add(Stream& stream, const Variable& x, const Variable& z);

// Weighted softmax cross-entropy of logits (N, classes): (1/N) · Σ_n weight[label_n] · loss_n,
// shape (1). labels: (N) int32, each 0 … classes − 1; weights: (classes) or undefined (all 1). If
// `row_losses` is defined, it receives the N summands weight·loss, not divided by N.
Variable cross_entropy(Stream& stream, const Variable& logits, const Tensor& labels,
                       const Tensor& weights = {}, const Tensor& row_losses = {});

// Column `label` of scores (N, classes) → (N, 1): the score that Grad-CAM differentiates.
Variable class_score(Stream& stream, const Variable& scores, int label);

// (N, classes), 1 at (n, labels[n]) and 0 elsewhere: as the seed of backward() on logits or
// probabilities it differentiates another class for each row. Throws Error for a label out of
// range.
Tensor one_hot(Stream& stream, std::span<const int> labels, int classes);

}  // namespace pellucid
