// Occlusion as a method on superpixels, which are the cells of its windows: explain/masks/occlusion.h.
#include "explain/surrogate/superpixel_method.h"

namespace pellucid {
namespace {

ShapPlan plan(Stream& stream, const SuperpixelOptions&, const SuperpixelStudy& study, int,
              std::uint64_t) {
  ShapPlan plan;
  plan.coalitions = Coalitions::from_host(stream, study.windows->masks());
  return plan;
}

class OcclusionFit final : public SuperpixelFit {
 public:
  explicit OcclusionFit(std::vector<std::vector<double>> results) : results_(std::move(results)) {}
  const std::vector<double>& attributions(int label) const override {
    return results_[static_cast<std::size_t>(label)];
  }
  const std::vector<double>& standard_errors(int) const override { return none_; }
  void describe(const SuperpixelOptions&, const SuperpixelStudy& study, const ShapPlan&,
                Explanation& out) const override {
    const OcclusionWindows& windows = *study.windows;
    out.segments.clear();  // cells are no regions of the picture
    out.attributions.clear();
    out.caption = concat(plural(windows.count(), "window"), " of ", windows.window(), "x",
                         windows.window(), " every ", windows.stride());
    Json classes = Json::array();
    for (std::size_t label = 0; label < results_.size(); ++label)
      classes.push_back({{"attributions", results_[label]}, {"full", study.full[label]}});
    out.details.update({{"window", windows.window()},
                        {"stride", windows.stride()},
                        {"windows", {windows.rows(), windows.columns()}},
                        {"classes", std::move(classes)}});
  }

 private:
  std::vector<std::vector<double>> results_;
  std::vector<double> none_;
};

std::unique_ptr<SuperpixelFit> fit(Stream&, const SuperpixelOptions&, const SuperpixelStudy& study,
                                   const ShapPlan&, const std::vector<double>& values, StageClock&,
                                   double&) {
  return std::make_unique<OcclusionFit>(study.windows->attributions_of_all(values, study.full));
}

}  // namespace

extern const SuperpixelMethod occlusion_superpixel_method;
const SuperpixelMethod occlusion_superpixel_method{.name = "occlusion",
                                                   .title = "Occlusion",
                                                   .draws = false,
                                                   .on_windows = true,
                                                   .plan = plan,
                                                   .fit = fit};

}  // namespace pellucid
