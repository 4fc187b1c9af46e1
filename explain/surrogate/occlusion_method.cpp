// Occlusion as a method on superpixels, which are the cells of its windows: explain/masks/occlusion.h.
#include "explain/surrogate/superpixel_method.h"

namespace pellucid {

extern const Method occlusion_method;

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

void settings(SuperpixelOptions& options, std::vector<Setting>& out) {
  SettingGroup occlusion(out, "Occlusion", {occlusion_method.name});
  OcclusionOptions& o = options.occlusion;
  occlusion.whole("window", o.window, 0, 1 << 16, "side of the windows, pixels; 0: four strides");
  occlusion.whole("stride", o.stride, 0, 1 << 16,
                  "from window to window, pixels; 0: a fourth of --window, or a 28th of the "
                  "picture");
}

}  // namespace

const Method occlusion_method{"occlusion", "Occlusion", 202, superpixel_family};
extern const SuperpixelMethod occlusion_superpixel_method;
const SuperpixelMethod occlusion_superpixel_method{.method = &occlusion_method,
                                                   .settings = settings,
                                                   .draws = false,
                                                   .on_windows = true,
                                                   .plan = plan,
                                                   .fit = fit};

}  // namespace pellucid
