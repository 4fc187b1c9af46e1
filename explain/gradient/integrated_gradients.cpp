// integrated_gradients.cpp: Integrated Gradients (Sundararajan, Taly & Yan, ICML 2017): how the score's difference
// from that of a baseline b divides among the pixels, along the straight line from one to the other.
//
//   map = Σ_p (x_p − b_p) · ∫₀¹ ∂s/∂x_p (b + α(x − b)) dα,    Σ map = s(x) − s(b)
//
// p runs over the planes of the picture. The integral is a sum over `steps` points, Gauss and Legendre's or the
// middles of equal parts, as captum has it; how far the map's sum is from the difference says whether they are
// enough.
#include <cmath>
#include <numbers>
#include <utility>

#include "explain/gradient/gradient_explainer.h"
#include "explain/masks/fill.h"
#include "runtime/error.h"

namespace pellucid {

extern const Method ig_method;

namespace {

// Where the authors begin to ask for more steps.
constexpr double kLargeIncompleteness = 0.05;

enum class Rule { gauss_legendre, riemann_middle };

const char* rule_name(Rule rule) {
  return rule == Rule::gauss_legendre ? "gausslegendre" : "riemann_middle";
}

Rule parse_rule(const std::string& text) {
  for (const Rule rule : {Rule::gauss_legendre, Rule::riemann_middle})
    if (text == rule_name(rule)) return rule;
  throw UsageError(concat("unknown --ig-rule '", text, "' (known: gausslegendre, riemann_middle)"));
}

struct IgOptions {
  int steps = 50;
  Rule rule = Rule::gauss_legendre;
  Fill baseline{Fill::Kind::constant, 0};
  int at_once = 0;
};

struct Node01 {
  double place, weight;  // in [0, 1]; the weights add up to 1
};

// The roots of the Legendre polynomial P_n by Newton's method, from Tricomi's first guess; the weight of root z
// is 2 / ((1 − z²) P_n'(z)²) in [−1, 1].
Node01 legendre_node(int i, int n) {
  double z = std::cos(std::numbers::pi * (i + 0.75) / (n + 0.5)), slope = 1;
  for (int iteration = 0; iteration < 100; ++iteration) {
    double p = 1, before = 0;
    for (int k = 1; k <= n; ++k) {
      const double next = ((2 * k - 1) * z * p - (k - 1) * before) / k;
      before = std::exchange(p, next);
    }
    slope = n * (z * p - before) / (z * z - 1);
    const double step = p / slope;
    z -= step;
    if (std::abs(step) < 1e-15) break;
  }
  return {(1 - z) / 2, 1 / ((1 - z * z) * slope * slope)};
}

std::vector<Node01> nodes_of(Rule rule, int n) {
  std::vector<Node01> out;
  for (int i = 0; i < n; ++i)
    out.push_back(rule == Rule::gauss_legendre ? legendre_node(i, n)
                                               : Node01{(i + 0.5) / n, 1.0 / n});
  return out;
}

class IgExplainer final : public GradientExplainer {
 public:
  IgExplainer(Stream& stream, const Model& model, const Methods& methods, const ExplainTask& task,
              const IgOptions& options)
      : GradientExplainer(stream, model, methods, task, options.at_once),
        options_(options),
        nodes_(nodes_of(options.rule, options.steps)) {}

 private:
  std::vector<Explanation> explain_look(const Look& look) override;

  IgOptions options_;
  std::vector<Node01> nodes_;
};

std::vector<Explanation> IgExplainer::explain_look(const Look& look) {
  const std::vector<float>& x = look.pixels;
  const std::vector<float> base =
      fill_picture(options_.baseline, x, input().h, input().w, planes());
  std::vector<double> integral(x.size());
  gradients_at(
      options_.steps, look.target,
      [&](int i, std::span<float> point) {
        const double place = nodes_[static_cast<std::size_t>(i)].place;
        for (std::size_t k = 0; k < point.size(); ++k)
          point[k] = static_cast<float>(base[k] + place * (double{x[k]} - base[k]));
      },
      [&](int i, std::span<const float> gradient) {
        const double weight = nodes_[static_cast<std::size_t>(i)].weight;
        for (std::size_t k = 0; k < gradient.size(); ++k) integral[k] += weight * gradient[k];
      });
  Completeness completeness;
  logits_at(
      1, [&](int, std::span<float> point) { std::copy(base.begin(), base.end(), point.begin()); },
      [&](int, std::span<const float> logits) {
        completeness.difference =
            score_difference(look.prediction.logits, logits, look.target, task().score);
      });

  std::vector<Explanation> out(1);
  const auto each = static_cast<std::size_t>(planes());
  for (std::size_t i = 0; i < x.size(); i += each) {
    double value = 0;
    for (std::size_t k = i; k < i + each; ++k) value += (double{x[k]} - base[k]) * integral[k];
    completeness.sum += value;
    out[0].map.push_back(static_cast<float>(value));
  }
  out[0].is_signed = true;
  out[0].caption = concat(options_.steps, " steps from ", baseline_text(options_.baseline));
  out[0].details = {{"steps", options_.steps},
                    {"rule", rule_name(options_.rule)},
                    {"baseline", baseline_text(options_.baseline)}};
  completeness.tell(out[0], kLargeIncompleteness, "more --ig-steps come nearer");
  return out;
}

class IgFamily final : public MethodFamily {
 public:
  std::vector<Setting> settings() override {
    std::vector<Setting> out;
    SettingGroup ig(out, "Integrated Gradients", {ig_method.name});
    ig.whole("ig_steps", options_.steps, 1, 4096, "points on the line from the baseline");
    ig.parsed("ig_rule", options_.rule, "gausslegendre|riemann_middle",
              "where the points lie and what each weighs", parse_rule, rule_name);
    ig.parsed(
        "ig_baseline", options_.baseline, "black|image-mean|LEVEL|blur(S)",
        "the picture that shows nothing, where the line begins",
        [](const std::string& text) { return parse_baseline(text, "--ig-baseline"); },
        baseline_text);
    add_gradient_batch_setting(out, options_.at_once, {ig_method.name});
    return out;
  }
  std::unique_ptr<Explainer> explainer(Stream& stream, const Model& model, const Methods& methods,
                                       const ExplainTask& task) const override {
    return std::make_unique<IgExplainer>(stream, model, methods, task, options_);
  }

 private:
  IgOptions options_;
};

std::unique_ptr<MethodFamily> ig_family() { return std::make_unique<IgFamily>(); }

}  // namespace

const Method ig_method{"ig", "Integrated Gradients", 402, ig_family};

}  // namespace pellucid
