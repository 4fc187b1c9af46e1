// cpu: parts of the rows in parallel; a part adds row after row to one sum a channel, which is vector
// code and reads x in order. Parts are joined in their order, in double. So the bits do not depend on
// the number of threads.
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/batch_norm/batch_norm.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

// Rows of a part: the longest chain of additions, and few enough that a second pass over them finds
// them in the cache.
constexpr std::int64_t kPart = 128;
// Elements below which threads cost more than they save; unused in a build without OpenMP.
[[maybe_unused]] constexpr std::int64_t kSmall = 64 * 1024;

// visit(first row, rows, offset of the part's sums) for every part, in parallel.
template <class Visit>
void for_parts(std::int64_t rows, int channels, const Visit& visit) {
  const std::int64_t parts = (rows + kPart - 1) / kPart;
#pragma omp parallel for if (parts > 1 && rows * channels >= kSmall)
  for (std::int64_t p = 0; p < parts; ++p)
    visit(p * kPart, std::min(kPart, rows - p * kPart), p * channels);
}

// Zeros, (parts, channels).
std::vector<float> room_for_parts(std::int64_t rows, int channels) {
  return std::vector<float>(static_cast<std::size_t>((rows + kPart - 1) / kPart * channels));
}

// Σ over the parts, for every channel.
std::vector<double> joined(const std::vector<float>& parts, int channels) {
  std::vector<double> sums(static_cast<std::size_t>(channels));
  for (std::size_t first = 0; first < parts.size(); first += sums.size())
    for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += parts[first + c];
  return sums;
}

float inverse_deviation(float variance, float epsilon) {
  return 1.0f / std::sqrt(variance + epsilon);
}

}  // namespace

void batch_norm_statistics(Stream& stream, const BatchNormStatisticsArgs& a) {
  const LaunchScope scope(stream,
                          {"batch_norm_statistics_cpu", {}, {}, 0, batch_norm_statistics_cost(a)});
  // Of x − x[0], as in the kernels.
  std::vector<float> sums = room_for_parts(a.rows, a.channels), squares = sums;
  for_parts(a.rows, a.channels, [&](std::int64_t first, std::int64_t count, std::int64_t at) {
    float *sum = sums.data() + at, *square = squares.data() + at;
    const float *x = a.x + first * a.channels, *end = x + count * a.channels;
    for (const float* row = x; row < end; row += a.channels) {
#pragma omp simd
      for (int c = 0; c < a.channels; ++c) sum[c] += row[c] - a.x[c];
    }
    std::vector<float> mean(sum, sum + a.channels);
    for (float& value : mean) value /= static_cast<float>(count);
    for (const float* row = x; row < end; row += a.channels) {
#pragma omp simd
      for (int c = 0; c < a.channels; ++c) {
        const float deviation = row[c] - a.x[c] - mean[c];
        square[c] += deviation * deviation;
      }
    }
  });
  const auto rows = static_cast<double>(a.rows);
  const std::vector<double> total = joined(sums, a.channels);
  std::vector<double> total_square = joined(squares, a.channels);
  double left = rows;
  for (std::size_t p = 0; p < sums.size(); p += total.size(), left -= kPart) {
    const double count = std::min(double{kPart}, left);
    for (std::size_t c = 0; c < total.size(); ++c) {
      const double deviation = sums[p + c] / count - total[c] / rows;
      total_square[c] += count * deviation * deviation;
    }
  }
  for (std::size_t c = 0; c < total.size(); ++c) {
    a.mean[c] = static_cast<float>(a.x[c] + total[c] / rows);
    a.variance[c] = static_cast<float>(total_square[c] / rows);
    if (a.scale)
      a.scale[c] = (a.gamma ? a.gamma[c] : 1.0f) * inverse_deviation(a.variance[c], a.epsilon);
  }
}

void channel_affine(Stream& stream, const ChannelAffineArgs& a) {
  const LaunchScope scope(stream, {"channel_affine_cpu", {}, {}, 0, channel_affine_cost(a)});
  const auto size = static_cast<std::size_t>(a.channels);
  const std::vector<float> zeros(a.center && a.shift ? 0 : size), ones(a.scale ? 0 : size, 1.0f);
  const float* center = a.center ? a.center : zeros.data();
  const float* scale = a.scale ? a.scale : ones.data();
  const float* shift = a.shift ? a.shift : zeros.data();
#pragma omp parallel for if (a.rows * a.channels >= kSmall)
  for (std::int64_t r = 0; r < a.rows; ++r) {
    const float* x = a.x + r * a.channels;
    float* y = a.y + r * a.channels;
#pragma omp simd
    for (int c = 0; c < a.channels; ++c) y[c] = std::fma(x[c] - center[c], scale[c], shift[c]);
  }
}

void batch_norm_backward(Stream& stream, const BatchNormBackwardArgs& a) {
  const LaunchScope scope(stream,
                          {"batch_norm_backward_cpu", {}, {}, 0, batch_norm_backward_cost(a)});
  const auto size = static_cast<std::size_t>(a.channels);
  std::vector<float> inverse(size);
  for (std::size_t c = 0; c < size; ++c) inverse[c] = inverse_deviation(a.variance[c], a.epsilon);

  std::vector<float> sums = room_for_parts(a.rows, a.channels), products = sums;
  for_parts(a.rows, a.channels, [&](std::int64_t first, std::int64_t count, std::int64_t at) {
    float *sum = sums.data() + at, *product = products.data() + at;
    const float *x = a.x + first * a.channels, *dy = a.dy + first * a.channels;
    for (std::int64_t r = 0; r < count; ++r, x += a.channels, dy += a.channels) {
#pragma omp simd
      for (int c = 0; c < a.channels; ++c) {
        sum[c] += dy[c];
        product[c] += dy[c] * ((x[c] - a.mean[c]) * inverse[c]);
      }
    }
  });
  const std::vector<double> dbeta = joined(sums, a.channels), dgamma = joined(products, a.channels);
  for (std::size_t c = 0; c < size; ++c) {
    a.dbeta[c] = static_cast<float>(dbeta[c]);
    a.dgamma[c] = static_cast<float>(dgamma[c]);
  }
  if (!a.dx) return;

  std::vector<float> scale(size), mean_dy(size), mean_product(size);
  const auto m = static_cast<float>(a.rows);
  for (std::size_t c = 0; c < size; ++c) {
    scale[c] = (a.gamma ? a.gamma[c] : 1.0f) * inverse[c];
    mean_dy[c] = a.dbeta[c] / m;
    mean_product[c] = a.dgamma[c] / m;
  }
#pragma omp parallel for if (a.rows * a.channels >= kSmall)
  for (std::int64_t r = 0; r < a.rows; ++r) {
    const float *x = a.x + r * a.channels, *dy = a.dy + r * a.channels;
    float* dx = a.dx + r * a.channels;
#pragma omp simd
    for (int c = 0; c < a.channels; ++c) {
      const float normalised = (x[c] - a.mean[c]) * inverse[c];
      dx[c] = scale[c] * std::fma(-normalised, mean_product[c], dy[c] - mean_dy[c]);
    }
  }
}

}  // namespace pellucid::cpu
