#include "explain/surrogate/lime.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>
#include <optional>

#include "explain/surrogate/lime_errors.h"
#include "explain/surrogate/moments.h"
#include "explain/surrogate/standard_errors.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr std::array<std::pair<Selection, std::string_view>, 5> kSelections{
    {{Selection::automatic, "auto"},
     {Selection::none, "none"},
     {Selection::forward_selection, "forward_selection"},
     {Selection::highest_weights, "highest_weights"},
     {Selection::lasso_path, "lasso_path"}}};

// Normal equations of one class on centred data, with what is left of Σ w y².
struct Centred {
  NormalEquations equations;
  double sum_squares = 0;
};

Centred centred(const Moments& moments, int d) {
  const int m = moments.features;
  const auto column = static_cast<std::size_t>(d);
  const double mean_y = moments.sum_y[column] / moments.weight;
  Centred c{{m, moments.gram, {}}, moments.sum_yy[column] - moments.sum_y[column] * mean_y};
  for (int i = 0; i < m; ++i) {
    const double mean = moments.at(i, i) / moments.weight;
    for (int j = 0; j < m; ++j)
      c.equations.gram[static_cast<std::size_t>(i) * static_cast<std::size_t>(m) +
                       static_cast<std::size_t>(j)] -= mean * moments.at(j, j);
    c.equations.rhs.push_back(moments.rhs_at(i, d) - mean * moments.sum_y[column]);
  }
  return c;
}

// XᵀX + αI of `chosen` features.
std::vector<double> ridge_matrix(const NormalEquations& equations, const std::vector<int>& chosen,
                                 double alpha) {
  std::vector<double> a;
  for (const int i : chosen)
    for (const int j : chosen) a.push_back(equations.at(i, j) + (i == j ? alpha : 0));
  return a;
}

// (XᵀX + αI) β = Xᵀy on `chosen` features.
Solution ridge(Stream& stream, const NormalEquations& equations, const std::vector<int>& chosen,
               double alpha) {
  std::vector<double> b;
  for (const int i : chosen) b.push_back(equations.rhs[static_cast<std::size_t>(i)]);
  return solve_symmetric(stream, ridge_matrix(equations, chosen, alpha),
                         static_cast<int>(chosen.size()), b, 1);
}

std::vector<int> all_features(int features) {
  std::vector<int> all(static_cast<std::size_t>(features));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

// Least squares explain c_j² / C_jj more with feature j, once the chosen ones have been swept out
// of C = XᵀX and c = Xᵀy.
std::vector<int> forward_selection(NormalEquations left, int count) {
  const int m = left.features;
  const auto at = [&](int i, int j) -> double& {
    return left.gram[static_cast<std::size_t>(i) * static_cast<std::size_t>(m) +
                     static_cast<std::size_t>(j)];
  };
  const auto rhs = [&](int j) -> double& { return left.rhs[static_cast<std::size_t>(j)]; };
  std::vector<double> noise;  // a C_jj below it is rounding: feature j depends on those chosen
  for (int j = 0; j < m; ++j) noise.push_back(1e-12 * at(j, j));
  std::vector<int> waiting = all_features(m), chosen;
  while (static_cast<int>(chosen.size()) < count) {
    const auto gain = [&](int j) {
      const double pivot = at(j, j);
      return pivot > noise[static_cast<std::size_t>(j)] ? rhs(j) * rhs(j) / pivot : 0;
    };
    auto best = waiting.begin();
    for (auto j = waiting.begin(); j != waiting.end(); ++j)
      if (gain(*j) > gain(*best)) best = j;
    const int k = *best;
    const bool dependent = !(at(k, k) > noise[static_cast<std::size_t>(k)]);
    chosen.push_back(k);
    waiting.erase(best);
    if (dependent) continue;
    for (const int i : waiting) {
      const double factor = at(i, k) / at(k, k);
      rhs(i) -= factor * rhs(k);
      for (const int j : waiting) at(i, j) -= factor * at(k, j);
    }
  }
  return chosen;
}

std::vector<int> highest_weights(Stream& stream, const NormalEquations& equations, int count) {
  std::vector<int> order = all_features(equations.features);
  const std::vector<double> beta = ridge(stream, equations, order, 0.01).x;
  std::stable_sort(order.begin(), order.end(), [&](int i, int j) {
    return std::abs(beta[static_cast<std::size_t>(i)]) >
           std::abs(beta[static_cast<std::size_t>(j)]);
  });
  order.resize(static_cast<std::size_t>(count));
  return order;
}

std::vector<int> lasso_path(const NormalEquations& equations, int count, int rows) {
  const LarsPath path = lars_path(equations, {.lasso = true, .samples = double(rows)});
  std::vector<int> chosen;
  for (std::size_t step = path.coefficients.size(); step-- > 1;) {
    chosen.clear();
    for (int j = 0; j < equations.features; ++j)
      if (path.coefficients[step][static_cast<std::size_t>(j)] != 0) chosen.push_back(j);
    if (static_cast<int>(chosen.size()) <= count) break;
  }
  return chosen;
}

std::vector<int> select(Stream& stream, const NormalEquations& equations, int rows,
                        const LimeOptions& options) {
  const int m = equations.features, count = options.num_features;
  if (count == 0) return all_features(m);
  switch (options.selection) {
    case Selection::none:
      return all_features(m);
    case Selection::lasso_path:  // leaves features out even where all would be allowed
      return lasso_path(equations, count, rows);
    case Selection::forward_selection:
      if (count < m) return forward_selection(equations, count);
      return all_features(m);
    case Selection::highest_weights:
      return highest_weights(stream, equations, std::min(count, m));
    case Selection::automatic:
      break;
  }
  LimeOptions chosen = options;
  chosen.selection = count <= 6 ? Selection::forward_selection : Selection::highest_weights;
  return select(stream, equations, rows, chosen);
}

// One factorisation serves all classes where they have all features.
std::vector<Solution> ridge_of_all(Stream& stream, const std::vector<Centred>& classes,
                                   double alpha) {
  const NormalEquations& shared = classes.front().equations;
  const std::size_t m = shared.rhs.size(), count = classes.size();
  std::vector<double> a = shared.gram, b;
  for (std::size_t i = 0; i < m; ++i) {
    a[i * (m + 1)] += alpha;
    for (const Centred& c : classes) b.push_back(c.equations.rhs[i]);
  }
  const Solution together =
      solve_symmetric(stream, a, static_cast<int>(m), b, static_cast<int>(count));
  std::vector<Solution> each(count);
  for (std::size_t d = 0; d < count; ++d) {
    each[d].singular = together.singular;
    for (std::size_t i = 0; i < m; ++i) each[d].x.push_back(together.x[i * count + d]);
  }
  return each;
}

// selected, solution: the features and their coefficients.
LimeResult finish(const Moments& moments, const Centred& c, int d, int rows,
                  const std::vector<int>& selected, const Solution& solution) {
  LimeResult result;
  result.coefficients.resize(static_cast<std::size_t>(moments.features));
  result.selected = selected;
  result.too_few_rows = rows < static_cast<int>(selected.size()) + 1;
  result.intercept = moments.sum_y[static_cast<std::size_t>(d)] / moments.weight;
  result.local_prediction = result.intercept;
  result.r2 = 1;
  // Exactly 0, for the values were shifted to begin with 0.
  result.constant = !(c.sum_squares > 0);
  if (result.constant) return result;

  result.singular = solution.singular;
  for (std::size_t k = 0; k < selected.size(); ++k) {
    const int j = selected[k];
    result.coefficients[static_cast<std::size_t>(j)] = solution.x[k];
    result.intercept -= solution.x[k] * moments.at(j, j) / moments.weight;
  }
  const auto beta = [&](int j) { return result.coefficients[static_cast<std::size_t>(j)]; };
  double residual = c.sum_squares;  // Σ w (y − b − βᵀz)²
  result.local_prediction = result.intercept;
  for (const int i : selected) {
    double fitted = 0;
    for (const int j : selected) fitted += c.equations.at(i, j) * beta(j);
    residual += beta(i) * (fitted - 2 * c.equations.rhs[static_cast<std::size_t>(i)]);
    result.local_prediction += beta(i);  // row 0 has every feature
  }
  result.r2 = 1 - std::max(residual, 0.0) / c.sum_squares;
  std::stable_sort(result.selected.begin(), result.selected.end(),
                   [&](int i, int j) { return std::abs(beta(i)) > std::abs(beta(j)); });
  return result;
}

void check(Stream& stream, const Coalitions& c, const Tensor& weights,
           const std::vector<double>& values, int classes, const LimeOptions& options) {
  require(c.features >= 1 && c.rows >= 1 && classes >= 1,
          "LIME: features, rows and classes must be at least 1, got ", c.features, ", ", c.rows,
          " and ", classes);
  require(weights.count() == c.rows &&
              values.size() == static_cast<std::size_t>(c.rows) * static_cast<std::size_t>(classes),
          "LIME: ", weights.count(), " weights and ", values.size(), " values for ", c.rows,
          " rows of ", classes, " classes");
  const auto first = c.bits.slice(0, 1).to_host<std::uint32_t>(stream);
  int present = 0;
  for (const std::uint32_t word : first) present += std::popcount(word);
  require(present == c.features, "LIME: row 0 must be the image itself, with all features");
  require(options.alpha >= 0 && std::isfinite(options.alpha) && options.num_features >= 0,
          "LIME: alpha and the number of features must be at least 0, got ", options.alpha, " and ",
          options.num_features);
  const auto bad =
      std::find_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); });
  require(bad == values.end(), "LIME: the model's value for row ", (bad - values.begin()) / classes,
          " is not finite");
}

}  // namespace

std::string_view to_string(Selection selection) {
  for (const auto& [value, name] : kSelections)
    if (value == selection) return name;
  return "";
}

Selection parse_selection(std::string_view name) {
  for (const auto& [value, known] : kSelections)
    if (known == name) return value;
  throw UsageError(concat("no selection '", name,
                          "' (known: auto, none, forward_selection, highest_weights, lasso_path)"));
}

std::vector<double> lime_weight_table(int features, double kernel_width) {
  require(kernel_width > 0, "LIME: kernel width must be above 0, got ", kernel_width);
  std::vector<double> table;
  for (int k = 0; k <= features; ++k) {
    const double distance = (1 - std::sqrt(double{1} * k / features)) / kernel_width;
    table.push_back(std::exp(-distance * distance / 2));
  }
  return table;
}

Tensor lime_weights(Stream& stream, const Coalitions& coalitions, double kernel_width) {
  return weights_by_size(stream, coalitions, lime_weight_table(coalitions.features, kernel_width));
}

std::vector<LimeResult> lime_fit(Stream& stream, const Coalitions& coalitions,
                                 const Tensor& weights, const std::vector<double>& values,
                                 int classes, const LimeOptions& options) {
  check(stream, coalitions, weights, values, classes, options);
  // Relative to the image's own value, sums of squares lose nothing where a class hardly varies.
  std::vector<double> shifted = values;
  const auto stride = static_cast<std::size_t>(classes);
  for (std::size_t i = 0; i < shifted.size(); ++i) shifted[i] -= values[i % stride];

  const Moments moments = weighted_moments(stream, coalitions, weights, shifted, classes);
  std::vector<Centred> centred_classes;
  for (int d = 0; d < classes; ++d) centred_classes.push_back(centred(moments, d));
  const bool all = options.num_features == 0 || options.selection == Selection::none;
  std::vector<Solution> shared;
  if (all) shared = ridge_of_all(stream, centred_classes, options.alpha);
  const LimeErrors errors(stream, coalitions, weights, moments);
  std::optional<Sandwich> sandwich;  // of the features selected last

  std::vector<LimeResult> results;
  for (int d = 0; d < classes; ++d) {
    const Centred& c = centred_classes[static_cast<std::size_t>(d)];
    const std::vector<int> selected = select(stream, c.equations, coalitions.rows, options);
    const Solution solution = all ? std::move(shared[static_cast<std::size_t>(d)])
                                  : ridge(stream, c.equations, selected, options.alpha);
    LimeResult result = finish(moments, c, d, coalitions.rows, selected, solution);
    if (!sandwich || !all)
      sandwich.emplace(stream, ridge_matrix(c.equations, selected, options.alpha),
                       static_cast<int>(selected.size()));
    result.standard_errors = errors.of(result, shifted, d, selected, options.alpha, *sandwich);
    result.effective_rows = errors.effective_rows();
    const double own = values[static_cast<std::size_t>(d)];
    result.intercept += own;
    result.local_prediction += own;
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace pellucid
