// Kernel SHAP as a method on superpixels: explain/surrogate/kernel_shap.h.
#include "explain/surrogate/superpixel_method.h"

namespace pellucid {

extern const Method kernel_shap_method;

namespace {

constexpr std::uint64_t kKernelShapStream = 0x5348415000000000;  // "SHAP"

ShapPlan plan(Stream& stream, const SuperpixelOptions& options, const SuperpixelStudy& study,
              int samples, std::uint64_t seed) {
  return shap_plan(stream, study.segments.count, {samples, options.rng, seed, kKernelShapStream});
}

class KernelShapFit final : public SuperpixelFit {
 public:
  explicit KernelShapFit(std::vector<KernelShapResult> results) : results_(std::move(results)) {}
  const std::vector<double>& attributions(int label) const override {
    return results_[static_cast<std::size_t>(label)].phi;
  }
  const std::vector<double>& standard_errors(int label) const override {
    return results_[static_cast<std::size_t>(label)].standard_errors;
  }
  void describe(const SuperpixelOptions& options, const SuperpixelStudy&, const ShapPlan& plan,
                Explanation& out) const override {
    out.caption = concat(masks_of(plan), plan.exact ? " (all there are)" : "");
    Json classes = Json::array();
    for (const KernelShapResult& r : results_)
      classes.push_back({{"attributions", r.phi},
                         {"standard_errors", r.standard_errors},
                         {"base", r.base},
                         {"delta", r.delta},
                         {"selected", r.selected},
                         {"singular", r.singular},
                         {"too_few_rows", r.too_few_rows},
                         {"draws_an_unknown", r.draws_an_unknown},
                         {"clipped", r.clipped}});
    out.details.update({{"enumerated", plan.enumerated},
                        {"exact", plan.exact},
                        {"l1", to_string(options.shap.l1)},
                        {"link", std::string(to_string(options.shap.link))},
                        {"classes", std::move(classes)}});
    const KernelShapResult& result = results_[static_cast<std::size_t>(out.target)];
    const double draws = result.draws_an_unknown;
    if (result.too_few_rows)
      out.warnings.push_back("fewer masks than superpixels: the values are one of many fits");
    else if (draws > 0 && draws < kDrawsAnUnknown)
      out.warnings.push_back(concat("fewer than ", kDrawsAnUnknown,
                                    " masks drawn a superpixel: intervals of standard errors hold "
                                    "less than they promise"));
  }

 private:
  std::vector<KernelShapResult> results_;
};

std::unique_ptr<SuperpixelFit> fit(Stream& stream, const SuperpixelOptions& options,
                                   const SuperpixelStudy& study, const ShapPlan& plan,
                                   const std::vector<double>& values, StageClock& clock,
                                   double& weight_seconds) {
  const Tensor weights = shap_weights(stream, plan);
  weight_seconds += clock.lap();
  return std::make_unique<KernelShapFit>(
      kernel_shap_fit(stream, plan, weights, values, study.full, study.empty, options.shap));
}

void settings(SuperpixelOptions& options, std::vector<Setting>& out) {
  SettingGroup shap(out, "LIME and Kernel SHAP", {kernel_shap_method.name});
  shap.parsed("l1", options.shap.l1, "none|num_features(K)|aic|bic",
              "Kernel SHAP: a first fit that chooses superpixels", parse_l1,
              [](const L1& l1) { return to_string(l1); });
  shap.parsed("link", options.shap.link, "identity|logit",
              "Kernel SHAP: what is added up; logit needs --score probability", parse_link,
              [](Link link) { return to_string(link); });
}

}  // namespace

const Method kernel_shap_method{"kernelshap", "Kernel SHAP", 201, superpixel_family};
extern const SuperpixelMethod kernel_shap_superpixel_method;
const SuperpixelMethod kernel_shap_superpixel_method{
    .method = &kernel_shap_method, .settings = settings, .plan = plan, .fit = fit};

}  // namespace pellucid
