#include "explain/surrogate/lime_errors.h"

#include <cmath>

namespace pellucid {

LimeErrors::LimeErrors(Stream& stream, const Coalitions& coalitions, const Tensor& weights,
                       const Moments& moments)
    : stream_(stream),
      coalitions_(coalitions),
      rows_(coalitions.to_host(stream)),
      weights_(weights.to_host<double>(stream)),
      moments_(moments) {
  double squares = 0;
  for (const double weight : weights_) squares += weight * weight;
  effective_rows_ = squares > 0 ? moments.weight * moments.weight / squares : 0;
}

std::vector<double> LimeErrors::of(const LimeResult& result, const std::vector<double>& values,
                                   int d, const std::vector<int>& chosen, double alpha,
                                   const Sandwich& sandwich) const {
  if (effective_rows_ <= kRowsAnUnknown * static_cast<double>(chosen.size())) return {};
  const std::size_t classes = values.size() / weights_.size();
  const std::vector<double> fitted = predictions(rows_, result.coefficients);
  std::vector<double> squares(weights_.size());  // of what a row adds to the gradient, but for x
  for (std::size_t n = 1; n < squares.size(); ++n) {
    const double residual =
        values[n * classes + static_cast<std::size_t>(d)] - result.intercept - fitted[n];
    squares[n] = std::pow(weights_[n] * residual, 2);
  }
  const Tensor weights =
      Tensor::from_host(stream_, {static_cast<std::int64_t>(squares.size())}, squares);
  const std::vector<double> nothing(squares.size());
  const Moments m = weighted_moments(stream_, coalitions_, weights, nothing, 1);
  const auto mean = [&](int j) { return moments_.at(j, j) / moments_.weight; };
  DrawSpread spread;
  // Σψ of all rows is α·β by the fit's equations; row 0, with every feature, is no draw.
  const double of_image =
      weights_[0] * (values[static_cast<std::size_t>(d)] - result.intercept - fitted[0]);
  for (const int j : chosen)
    spread.sum.push_back(alpha * result.coefficients[static_cast<std::size_t>(j)] -
                         of_image * (1 - mean(j)));
  spread.draws = static_cast<double>(squares.size()) - 1;
  for (const int i : chosen)
    for (const int j : chosen)
      spread.squares.push_back(m.at(i, j) - mean(i) * m.at(j, j) - mean(j) * m.at(i, i) +
                               mean(i) * mean(j) * m.weight);
  const std::vector<double> covariance = sandwich.covariance(spread);
  if (covariance.empty()) return {};
  const std::vector<double> errors =
      standard_errors_of(covariance, static_cast<int>(chosen.size()));
  std::vector<double> out(result.coefficients.size());
  for (std::size_t k = 0; k < chosen.size(); ++k)
    out[static_cast<std::size_t>(chosen[k])] = errors[k];
  return out;
}

}  // namespace pellucid
