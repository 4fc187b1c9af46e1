#include "explain/surrogate/kernel_shap.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "explain/surrogate/moments.h"
#include "explain/surrogate/shap_l1.h"
#include "explain/surrogate/standard_errors.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

// fp32 softmax gives exactly 1 above it, and the logit of 1 is infinite.
constexpr double kLogitMargin = 0x1p-25;

double linked(double value, Link link, const char* what, bool& clipped) {
  require(std::isfinite(value), "Kernel SHAP: a value of the model for ", what, " is not finite");
  if (link == Link::identity) return value;
  require(value >= 0 && value <= 1, "Kernel SHAP: the logit link takes probabilities, got ", value,
          " for ", what);
  const double p = std::clamp(value, kLogitMargin, 1 - kLogitMargin);
  clipped |= p != value;
  return std::log(p / (1 - p));
}

// Σ w x xᵀ of x = z − z_last, for features `chosen`, of Σ w z zᵀ.
std::vector<double> eliminated(const Moments& moments, const std::vector<int>& chosen) {
  const int last = chosen.back();
  const auto at = [&](int i, int j) { return moments.at(i, j); };
  std::vector<double> a;
  for (std::size_t i = 0; i + 1 < chosen.size(); ++i)
    for (std::size_t j = 0; j + 1 < chosen.size(); ++j) {
      const int p = chosen[i], q = chosen[j];
      // Symmetric in p and q to the last bit, unlike a sum from left to right.
      a.push_back((at(p, q) + at(last, last)) - (at(p, last) + at(q, last)));
    }
  return a;
}

// The fit on features `chosen`, the last of them eliminated, for classes `columns`.
struct Fit {
  const Moments& moments;  // of z and v − v_∅, weight w
  const std::vector<double>& delta;

  Solution solve(Stream& stream, const std::vector<int>& chosen,
                 const std::vector<int>& columns) const {
    const int last = chosen.back(), n = static_cast<int>(chosen.size()) - 1;
    std::vector<double> b;
    for (int i = 0; i < n; ++i) {
      const int p = chosen[static_cast<std::size_t>(i)];
      for (const int d : columns)
        b.push_back(moments.rhs_at(p, d) - moments.rhs_at(last, d) -
                    delta[static_cast<std::size_t>(d)] *
                        (moments.at(p, last) - moments.at(last, last)));
    }
    return solve_symmetric(stream, eliminated(moments, chosen), n, b,
                           static_cast<int>(columns.size()));
  }
};

// φ of class number `column` of a solution; what is left of delta is the last feature's.
void store(KernelShapResult& result, const Solution& solution, std::size_t column,
           std::size_t columns) {
  result.singular = solution.singular;
  double left = result.delta;
  for (std::size_t i = 0; i + 1 < result.selected.size(); ++i) {
    const double phi = solution.x[i * columns + column];
    result.phi[static_cast<std::size_t>(result.selected[i])] = phi;
    left -= phi;
  }
  result.phi[static_cast<std::size_t>(result.selected.back())] = left;
  for (double& phi : result.phi)
    if (std::abs(phi) < 1e-10) phi = 0;  // as shap: rounding of what is 0
}

// The rows of a plan as the standard errors need them.
class ShapErrors {
 public:
  ShapErrors(Stream& stream, const ShapPlan& plan)
      : stream_(stream), plan_(plan), rows_(plan.coalitions.to_host(stream)) {
    if (plan.multiplicity.defined())
      multiplicity_ = plan.multiplicity.to_host<std::int32_t>(stream);
  }

  // targets: (N, classes), v − v_∅, of which result is class d's; sandwich: of the features selected
  // without the last.
  std::vector<double> of(const KernelShapResult& result, const std::vector<double>& targets, int d,
                         const Sandwich& sandwich) const {
    if (plan_.exact || result.selected.size() == 1) return std::vector<double>(result.phi.size());
    const std::vector<int>& chosen = result.selected;
    const std::size_t unknowns = chosen.size() - 1;
    const DrawSpread spread = spread_of(result, targets, d);
    const std::vector<double> covariance = sandwich.covariance(spread);
    if (covariance.empty()) return {};
    const std::vector<double> errors = standard_errors_of(covariance, static_cast<int>(unknowns));
    std::vector<double> out(result.phi.size());
    for (std::size_t i = 0; i < unknowns; ++i) out[static_cast<std::size_t>(chosen[i])] = errors[i];
    // φ_last = Δ − Σ φ
    const double sum = std::accumulate(covariance.begin(), covariance.end(), 0.0);
    out[static_cast<std::size_t>(chosen.back())] = std::sqrt(std::max(sum, 0.0));
    return out;
  }

 private:
  DrawSpread spread_of(const KernelShapResult& result, const std::vector<double>& targets,
                       int d) const {
    const auto n = static_cast<std::size_t>(rows_.rows);
    const std::size_t classes = targets.size() / n;
    const std::vector<double> fitted = predictions(rows_, result.phi);
    const auto residual = [&](std::size_t row) {
      return targets[row * classes + static_cast<std::size_t>(d)] - fitted[row];
    };
    const double weight = weight_of_draw(plan_);
    DrawSpread spread;
    std::vector<double> squares(n), sum(result.phi.size());
    for (std::size_t row = static_cast<std::size_t>(plan_.enumerated); row < n; ++row) {
      // A complement's x is −x of its mask.
      const bool with_complement = complement_follows(static_cast<int>(row));
      const double gradient = weight * (residual(row) - (with_complement ? residual(row + 1) : 0));
      const double draws = multiplicity_[row];
      spread.draws += draws;
      squares[row] = draws * gradient * gradient;
      for (int j = 0; j < rows_.features; ++j)
        if (rows_.present(static_cast<int>(row), j))
          sum[static_cast<std::size_t>(j)] += draws * gradient;
      row += with_complement;
    }
    const Tensor weights = Tensor::from_host(stream_, {rows_.rows}, squares);
    const std::vector<double> nothing(n);
    spread.squares = eliminated(weighted_moments(stream_, plan_.coalitions, weights, nothing, 1),
                                result.selected);
    const double last = sum[static_cast<std::size_t>(result.selected.back())];
    for (std::size_t i = 0; i + 1 < result.selected.size(); ++i)
      spread.sum.push_back(sum[static_cast<std::size_t>(result.selected[i])] - last);
    return spread;
  }

  bool complement_follows(int row) const {
    const int size = rows_.popcount(row);
    return row + 1 < rows_.rows && is_paired(rows_.features, size);
  }

  Stream& stream_;
  const ShapPlan& plan_;
  HostCoalitions rows_;
  std::vector<std::int32_t> multiplicity_;  // (N), or empty
};

void check(const Coalitions& c, const Tensor& weights, const std::vector<double>& values,
           std::size_t classes, std::size_t empties) {
  const auto rows = static_cast<std::size_t>(c.rows);
  const std::int64_t given = weights.defined() ? weights.count() : 0;
  require(classes >= 1 && empties == classes && given == c.rows && values.size() == rows * classes,
          "Kernel SHAP: ", rows, " rows with ", given, " weights, ", values.size(), " values, ",
          classes, " of the image and ", empties, " of the background");
  require(c.rows >= 1 || c.features <= 1, "Kernel SHAP: ", c.features,
          " features but no coalition");
}

}  // namespace

L1 parse_l1(std::string_view text) {
  if (text == "none") return {};
  if (text == "aic") return {L1::Kind::aic, 0};
  if (text == "bic") return {L1::Kind::bic, 0};
  constexpr std::string_view opening = "num_features(";
  if (text.starts_with(opening) && text.ends_with(")")) {
    const std::string_view digits = text.substr(opening.size(), text.size() - opening.size() - 1);
    int count = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (error == std::errc() && end == digits.data() + digits.size() && count >= 1)
      return {L1::Kind::num_features, count};
  }
  throw UsageError(
      concat("no selection '", text, "' of features (known: none, num_features(COUNT), aic, bic)"));
}

std::string to_string(const L1& l1) {
  switch (l1.kind) {
    case L1::Kind::num_features:
      return concat("num_features(", l1.count, ")");
    case L1::Kind::aic:
      return "aic";
    case L1::Kind::bic:
      return "bic";
    case L1::Kind::none:
      break;
  }
  return "none";
}

std::string_view to_string(Link link) { return link == Link::logit ? "logit" : "identity"; }

Link parse_link(std::string_view name) {
  if (name == "identity") return Link::identity;
  if (name == "logit") return Link::logit;
  throw UsageError(concat("no link '", name, "' (known: identity, logit)"));
}

std::vector<KernelShapResult> kernel_shap_fit(Stream& stream, const ShapPlan& plan,
                                              const Tensor& weights,
                                              const std::vector<double>& values,
                                              const std::vector<double>& full,
                                              const std::vector<double>& empty,
                                              const KernelShapOptions& options) {
  const Coalitions& coalitions = plan.coalitions;
  const std::size_t classes = full.size();
  check(coalitions, weights, values, classes, empty.size());
  std::vector<KernelShapResult> results(classes);
  std::vector<double> delta;
  const auto m = static_cast<std::size_t>(coalitions.features);
  for (std::size_t d = 0; d < classes; ++d) {
    KernelShapResult& result = results[d];
    result.base = linked(empty[d], options.link, "the background", result.clipped);
    result.delta = linked(full[d], options.link, "the image", result.clipped) - result.base;
    delta.push_back(result.delta);
    result.phi.resize(m);
    result.selected.resize(m);
    std::iota(result.selected.begin(), result.selected.end(), 0);
    result.standard_errors.resize(m);
    if (m == 1) result.phi[0] = result.delta;
  }
  if (m <= 1) return results;

  std::vector<double> targets;
  for (std::size_t i = 0; i < values.size(); ++i) {
    KernelShapResult& result = results[i % classes];
    targets.push_back(linked(values[i], options.link, "a coalition", result.clipped) - result.base);
  }
  const Moments moments =
      weighted_moments(stream, coalitions, weights, targets, static_cast<int>(classes));
  const Fit fit{moments, delta};
  const ShapErrors errors(stream, plan);
  const auto add_errors = [&](std::size_t d, const Sandwich& sandwich) {
    KernelShapResult& result = results[d];
    result.standard_errors = errors.of(result, targets, static_cast<int>(d), sandwich);
    const std::size_t unknowns = result.selected.size() - 1;
    if (plan.exact || unknowns == 0) return;
    result.too_few_rows = result.too_few_rows || coalitions.rows < static_cast<int>(unknowns);
    result.draws_an_unknown = plan.drawn / static_cast<double>(unknowns);
  };
  const auto sandwich_of = [&](const std::vector<int>& chosen) {
    return Sandwich(stream, eliminated(moments, chosen), static_cast<int>(chosen.size()) - 1);
  };
  if (options.l1.kind == L1::Kind::none) {
    std::vector<int> columns(classes);
    std::iota(columns.begin(), columns.end(), 0);
    const Solution solution = fit.solve(stream, results[0].selected, columns);
    const Sandwich sandwich = sandwich_of(results[0].selected);
    for (std::size_t d = 0; d < classes; ++d) {
      store(results[d], solution, d, classes);
      add_errors(d, sandwich);
    }
    return results;
  }
  const ShapSelection selection(stream, coalitions, weights, targets, delta);
  for (std::size_t d = 0; d < classes; ++d) {
    KernelShapResult& result = results[d];
    const int column = static_cast<int>(d);
    result.too_few_rows = options.l1.kind != L1::Kind::num_features && selection.too_few_rows();
    if (!result.too_few_rows) result.selected = selection.select(column, options.l1);
    result.standard_errors.resize(m);
    if (result.selected.empty()) continue;
    store(result, fit.solve(stream, result.selected, {column}), 0, 1);
    add_errors(d, sandwich_of(result.selected));
  }
  return results;
}

}  // namespace pellucid
