#include "explain/scores/linear_imputer.h"

#include <Eigen/SparseCholesky>
#include <algorithm>

#include "runtime/error.h"

namespace pellucid {
namespace {

using Matrix = Eigen::SparseMatrix<double>;

struct System {
  Matrix lower;  // its lower triangle
  Eigen::MatrixXd right;
};

// unknown: (height, width), the equation of a missing pixel, −1 of a known one.
System system_of(std::span<const float> picture, std::span<const std::int32_t> unknown, int count,
                 int height, int width, int channels) {
  System system{Matrix(count, count), Eigen::MatrixXd::Zero(count, channels)};
  std::vector<Eigen::Triplet<double>> entries;
  entries.reserve(5 * static_cast<std::size_t>(count));
  for (int row = 0; row < height; ++row)
    for (int column = 0; column < width; ++column) {
      const std::int32_t equation = unknown[static_cast<std::size_t>(row * width + column)];
      if (equation < 0) continue;
      double sum = 0;
      for (int y = std::max(row - 1, 0); y <= std::min(row + 1, height - 1); ++y)
        for (int x = std::max(column - 1, 0); x <= std::min(column + 1, width - 1); ++x) {
          if (y == row && x == column) continue;
          const double weight = y == row || x == column ? 1.0 / 6 : 1.0 / 12;
          sum += weight;
          const auto at = static_cast<std::size_t>(y * width + x);
          const std::int32_t other = unknown[at];
          if (other >= 0 && other < equation) entries.emplace_back(equation, other, -weight);
          for (int c = 0; other < 0 && c < channels; ++c)
            system.right(equation, c) +=
                weight *
                picture[at * static_cast<std::size_t>(channels) + static_cast<unsigned>(c)];
        }
      entries.emplace_back(equation, equation, sum);
    }
  system.lower.setFromTriplets(entries.begin(), entries.end());
  return system;
}

}  // namespace

std::vector<float> impute(std::span<const float> picture, std::span<const std::uint8_t> missing,
                          int height, int width, int channels) {
  const std::size_t pixels = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  require(missing.size() == pixels && picture.size() == pixels * static_cast<unsigned>(channels),
          "imputation: ", picture.size(), " values and ", missing.size(), " marks for ", height,
          " x ", width, " x ", channels);
  std::vector<std::int32_t> unknown(pixels, -1);
  std::int32_t count = 0;
  for (std::size_t i = 0; i < pixels; ++i)
    if (missing[i]) unknown[i] = count++;
  std::vector<float> out(picture.begin(), picture.end());
  if (count == 0) return out;
  require(static_cast<std::size_t>(count) < pixels, "imputation: no pixel of ", height, " x ",
          width, " is known");
  const System system = system_of(picture, unknown, count, height, width, channels);
  const Eigen::SimplicialLDLT<Matrix> factor(system.lower);
  const Eigen::MatrixXd values = factor.solve(system.right);
  for (std::size_t i = 0; i < pixels; ++i)
    for (int c = 0; unknown[i] >= 0 && c < channels; ++c)
      out[i * static_cast<std::size_t>(channels) + static_cast<unsigned>(c)] =
          static_cast<float>(values(unknown[i], c));
  return out;
}

}  // namespace pellucid
