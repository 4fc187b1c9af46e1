// LIME as a method on superpixels: explain/surrogate/lime.h.
#include <cmath>

#include "explain/surrogate/superpixel_method.h"

namespace pellucid {

extern const Method lime_method;

namespace {

constexpr std::uint64_t kLimeStream = 0x4C494D4500000000;  // "LIME"

ShapPlan plan(Stream& stream, const SuperpixelOptions& options, const SuperpixelStudy& study,
              int samples, std::uint64_t seed) {
  const int features = study.segments.count;
  if (samples == 0) samples = kLimeSamples;
  ShapPlan plan;
  plan.coalitions =
      options.rng == SamplingRng::numpy
          ? Coalitions::from_host(
                stream, lime_coalitions_numpy(features, samples, static_cast<std::uint32_t>(seed))
                            .coalitions)
          : lime_coalitions(stream, features, samples, {seed, kLimeStream});
  return plan;
}

class LimeFit final : public SuperpixelFit {
 public:
  explicit LimeFit(std::vector<LimeResult> results) : results_(std::move(results)) {}
  const std::vector<double>& attributions(int label) const override {
    return results_[static_cast<std::size_t>(label)].coefficients;
  }
  const std::vector<double>& standard_errors(int label) const override {
    return results_[static_cast<std::size_t>(label)].standard_errors;
  }
  void describe(const SuperpixelOptions& options, const SuperpixelStudy&, const ShapPlan& plan,
                Explanation& out) const override {
    const LimeResult& result = results_[static_cast<std::size_t>(out.target)];
    out.caption = concat(masks_of(plan), ", R2 ", std::round(result.r2 * 1000) / 1000);
    Json classes = Json::array();
    for (const LimeResult& r : results_)
      classes.push_back({{"attributions", r.coefficients},
                         {"standard_errors", r.standard_errors},
                         {"intercept", r.intercept},
                         {"r2", r.r2},
                         {"local_prediction", r.local_prediction},
                         {"selected", r.selected},
                         {"singular", r.singular},
                         {"too_few_rows", r.too_few_rows},
                         {"constant", r.constant}});
    out.details.update({{"kernel_width", options.lime.kernel_width},
                        {"alpha", options.lime.alpha},
                        {"num_features", options.lime.num_features},
                        {"feature_selection", std::string(to_string(options.lime.selection))},
                        {"effective_rows", result.effective_rows},
                        {"classes", std::move(classes)}});
    if (result.too_few_rows)
      out.warnings.push_back("fewer masks than unknowns: the ridge alone decides between fits");
    else if (result.effective_rows <= kRowsAnUnknown * static_cast<double>(result.selected.size()))
      out.warnings.push_back(concat("no standard errors: the kernel of width ",
                                    options.lime.kernel_width, " leaves too few masks a say"));
  }

 private:
  std::vector<LimeResult> results_;
};

std::unique_ptr<SuperpixelFit> fit(Stream& stream, const SuperpixelOptions& options,
                                   const SuperpixelStudy& study, const ShapPlan& plan,
                                   const std::vector<double>& values, StageClock& clock,
                                   double& weight_seconds) {
  const Tensor weights = lime_weights(stream, plan.coalitions, options.lime.kernel_width);
  weight_seconds += clock.lap();
  return std::make_unique<LimeFit>(lime_fit(stream, plan.coalitions, weights, values,
                                            static_cast<int>(study.full.size()), options.lime));
}

void settings(SuperpixelOptions& options, std::vector<Setting>& out) {
  SettingGroup lime(out, "LIME and Kernel SHAP", {lime_method.name});
  LimeOptions& o = options.lime;
  lime.real("kernel_width", o.kernel_width, 1e-3, 1e3, "LIME: width of the locality kernel");
  lime.real("alpha", o.alpha, 0, 1e9, "LIME: strength of the ridge");
  lime.whole("num_features", o.num_features, 0, kMaxFeatures,
             "LIME: superpixels in the surrogate; 0: all");
  lime.parsed("feature_selection", o.selection,
              "auto|none|forward_selection|highest_weights|lasso_path", "LIME: how they are chosen",
              parse_selection, [](Selection selection) { return to_string(selection); });
}

}  // namespace

const Method lime_method{"lime", "LIME", 200, superpixel_family};
extern const SuperpixelMethod lime_superpixel_method;
const SuperpixelMethod lime_superpixel_method{
    .method = &lime_method, .settings = settings, .plan = plan, .fit = fit};

}  // namespace pellucid
