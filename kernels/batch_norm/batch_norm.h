// batch_norm.h: normalisation by the statistics of a batch, forward and backward (Ioffe & Szegedy,
// "Batch Normalization", ICML 2015; as PyTorch's BatchNorm2d).
//
//   statistics  mean[c]     = Σ_r x[r,c] / m,   m = rows
//               variance[c] = Σ_r (x[r,c] − mean[c])² / m   (biased: divided by m, not m − 1)
//               scale[c]    = gamma[c] · (1 / √(variance[c] + epsilon))
//   affine      y[r,c] = fma(x[r,c] − center[c], scale[c], shift[c])
//   backward    x̂[r,c]   = (x[r,c] − mean[c]) · s[c],   s[c] = 1 / √(variance[c] + epsilon)
//               dbeta[c]  = Σ_r dy[r,c]
//               dgamma[c] = Σ_r dy[r,c] · x̂[r,c]
//               dx[r,c]   = gamma[c] · s[c] · fma(−x̂[r,c], dgamma[c] / m, dy[r,c] − dbeta[c] / m)
//
// In training y is the affine function with center = mean, shift = beta and the statistics' scale;
// in prediction the same with given statistics, where it cannot be folded into the convolution
// before it.
//
// Activations (N, H, W, C), fp32: a row is a pixel, rows = N·H·W. A null gamma or scale counts as
// 1, a null center or shift as 0.
//
// The order of the sums depends on rows and channels alone: not on the GPU, the grid or the number
// of host threads. Squares are summed about a mean and never cancel, so that a mean of thousands of
// deviations costs the variance nothing. The affine function, and dx from given sums, are the same
// bits on every device.
#pragma once

#include <cstdint>

#include "kernels/variant.h"

namespace pellucid {

struct BatchNormStatisticsArgs {
  const float* x;      // (rows, channels)
  float* mean;         // (channels)
  float* variance;     // (channels)
  const float* gamma;  // (channels) or null; read for scale only
  float* scale;        // (channels) or null
  float epsilon;       // read for scale only
  std::int64_t rows;
  int channels;
};

struct ChannelAffineArgs {
  const float* x;       // (rows, channels)
  float* y;             // (rows, channels); may be x
  const float* center;  // (channels) or null
  const float* scale;   // (channels) or null
  const float* shift;   // (channels) or null
  std::int64_t rows;
  int channels;
};

struct BatchNormBackwardArgs {
  const float* x;         // (rows, channels), the forward's
  const float* dy;        // (rows, channels)
  const float* mean;      // (channels), the forward's, as is
  const float* variance;  // (channels)
  const float* gamma;     // (channels) or null
  float* dx;      // (rows, channels) or null, where no gradient goes further; may be x or dy
  float* dgamma;  // (channels)
  float* dbeta;   // (channels)
  float epsilon;
  std::int64_t rows;
  int channels;
};

// Throw Error for rows or channels < 1, and for an epsilon that is negative or not finite.
void batch_norm_statistics(Stream& stream, const BatchNormStatisticsArgs& args);
void channel_affine(Stream& stream, const ChannelAffineArgs& args);
void batch_norm_backward(Stream& stream, const BatchNormBackwardArgs& args);

const VariantTable<BatchNormStatisticsArgs>& batch_norm_statistics_variants();
const VariantTable<ChannelAffineArgs>& channel_affine_variants();
const VariantTable<BatchNormBackwardArgs>& batch_norm_backward_variants();

// The specification and the tests' oracle. T: float or double. Null pointers as above.
template <class T>
void batch_norm_statistics_reference(const T* x, T* mean, T* variance, const T* gamma, T* scale,
                                     double epsilon, std::int64_t rows, int channels);
template <class T>
void channel_affine_reference(const T* x, T* y, const T* center, const T* scale, const T* shift,
                              std::int64_t rows, int channels);
template <class T>
void batch_norm_backward_reference(const T* x, const T* dy, const T* mean, const T* variance,
                                   const T* gamma, T* dx, T* dgamma, T* dbeta, double epsilon,
                                   std::int64_t rows, int channels);

Cost batch_norm_statistics_cost(const BatchNormStatisticsArgs& args);
Cost channel_affine_cost(const ChannelAffineArgs& args);
Cost batch_norm_backward_cost(const BatchNormBackwardArgs& args);

// Neighbouring columns that belong together: the smallest power of two that holds them all, at most
// 32, which is a warp's load of 128 bytes.
constexpr int batch_norm_width(int columns) {
  int width = 1;
  while (width < columns && width < 32) width *= 2;
  return width;
}

// What a block of the v2 variants sums before the parts are joined: that many values,
// batch_norm_width() channels of as many rows as go in.
constexpr int kBatchNormPart = 8192;
constexpr std::int64_t batch_norm_part_rows(int channels) {
  return kBatchNormPart / batch_norm_width(channels);
}

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(batch_norm_statistics_v1_naive, BatchNormStatisticsArgs)
PELLUCID_DECLARE_KERNEL(batch_norm_statistics_v2_split, BatchNormStatisticsArgs)
PELLUCID_DECLARE_KERNEL(channel_affine_v1_naive, ChannelAffineArgs)
PELLUCID_DECLARE_KERNEL(channel_affine_v2_strips, ChannelAffineArgs)
PELLUCID_DECLARE_KERNEL(batch_norm_backward_v1_naive, BatchNormBackwardArgs)
PELLUCID_DECLARE_KERNEL(batch_norm_backward_v2_split, BatchNormBackwardArgs)
namespace pellucid::cpu {
void batch_norm_statistics(Stream& stream, const BatchNormStatisticsArgs& args);
void channel_affine(Stream& stream, const ChannelAffineArgs& args);
void batch_norm_backward(Stream& stream, const BatchNormBackwardArgs& args);
}  // namespace pellucid::cpu
