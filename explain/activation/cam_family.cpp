// The class activation maps as methods: they share a picture's forward and backward passes.
#include <fmt/format.h>

#include "explain/activation/layered_cam.h"
#include "explain/explainer.h"
#include "nn/data/image_set.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/values.h"

namespace pellucid {
namespace {

class CamExplainer final : public OneByOneExplainer {
 public:
  CamExplainer(Stream& stream, const Model& model, const Methods& methods,
               const CamOptions& options, const std::vector<std::string>& layers)
      : OneByOneExplainer(methods),
        stream_(stream),
        model_(model),
        cam_(stream, model, options, layers) {}

  Json chosen() const override { return {{"layer", cam_.layers()}}; }

 private:
  std::vector<Explanation> explain_one(const Subject& subject) override {
    const ActivationShape& shape = model_.input();
    const ImageSet image(stream_, {subject.sample, 1}, shape.h, shape.w, shape.c, model_.classes());
    const Tensor x =
        image.batch(stream_, Tensor::from_host(stream_, {1}, std::vector<std::int32_t>{0}));
    const std::vector<int> labels =
        subject.truth ? std::vector<int>{*subject.truth} : std::vector<int>{};
    return cam_.explain(x, labels);
  }

  Stream& stream_;
  const Model& model_;
  LayeredCam cam_;
};

class CamFamily final : public MethodFamily {
 public:
  std::vector<Setting> settings() override {
    constexpr const char* group = "Class activation maps";
    std::vector<Setting> out;
    std::vector<std::string_view> names;
    for (const CamMethod method : cam_methods()) names.push_back(to_string(method));
    SettingGroup all(out, group, names);
    all.text(
           "layer", "NAME,NAME",
           "layer whose feature map is used; of several, the mean of their maps, each stretched",
           [this](const std::string& text) { layers_ = split_list(text, "--layer"); },
           [this] { return fmt::format("{}", fmt::join(layers_, ",")); })
        .default_text = "the last convolution, after its ReLU";
    all.parsed("compat", compat_, "paper|pgc|torch-cam|omnixai|xplique|tf-keras-vis",
               "Grad-CAM++, XGrad-CAM and Score-CAM as in the papers or as in a library",
               parse_cam_compat, [](const CamCompat& compat) { return compat.name; });
    SettingGroup(out, group,
                 {to_string(CamMethod::gradcam_plus_plus), to_string(CamMethod::xgradcam)})
        .parsed(
            "epsilon", epsilon_, "auto|X",
            "Grad-CAM++ and XGrad-CAM: added to the denominator; auto: as --compat has it",
            [](const std::string& text) {
              return text == "auto" ? std::nullopt
                                    : std::optional(parse_real(text, "--epsilon", 0, 1));
            },
            [](const std::optional<double>& epsilon) {
              return epsilon ? number_text(*epsilon) : "auto";
            });
    return out;
  }

  std::unique_ptr<Explainer> explainer(Stream& stream, const Model& model, const Methods& methods,
                                       const ExplainTask& task) const override {
    if (layers_.empty() && model.graph().target() == 0)
      throw UsageError(concat("model ", model.name(),
                              " has no layer with a feature map, which class activation maps look "
                              "at; other methods need none: --method ",
                              joined(names_of(others()))));
    CamOptions options;
    options.methods.clear();
    for (const Method* method : methods) options.methods.push_back(*parse_cam_method(method->name));
    options.target = task.target;
    options.score = task.score;
    options.compat = compat_;
    if (epsilon_)
      options.compat.plus_plus_epsilon = options.compat.xgradcam_epsilon =
          static_cast<float>(*epsilon_);
    return std::make_unique<CamExplainer>(stream, model, methods, options, layers_);
  }

 private:
  static Methods others() {
    Methods out;
    for (const Method* method : all_methods())
      if (method->family != cam_family) out.push_back(method);
    return out;
  }

  std::vector<std::string> layers_;
  CamCompat compat_;
  std::optional<double> epsilon_;
};

}  // namespace

std::unique_ptr<MethodFamily> cam_family() { return std::make_unique<CamFamily>(); }

}  // namespace pellucid
