// The methods on superpixels as a family: what all of them, or all that draw masks, can be told.
#include <algorithm>
#include <filesystem>

#include "explain/masks/samples_setting.h"
#include "explain/surrogate/superpixel_explainer.h"
#include "explain/surrogate/superpixel_method.h"
#include "nn/data/md5.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"

namespace pellucid {
namespace {

using MethodNames = std::vector<std::string_view>;

// By place; all, or those that draw masks over a segmenter's superpixels.
std::vector<const SuperpixelMethod*> in_order(bool drawing_only) {
  std::vector<const SuperpixelMethod*> methods;
  for (const SuperpixelMethod* method : all_superpixel_methods())
    if (!drawing_only || method->draws) methods.push_back(method);
  std::sort(methods.begin(), methods.end(),
            [](const auto* a, const auto* b) { return a->method->place < b->method->place; });
  return methods;
}

MethodNames names(bool drawing_only) {
  MethodNames out;
  for (const SuperpixelMethod* method : in_order(drawing_only)) out.push_back(method->method->name);
  return out;
}

std::string sampling_rng_name(SamplingRng rng) {
  return rng == SamplingRng::philox ? "philox" : "numpy";
}

SamplingRng parse_rng(const std::string& name) {
  for (const SamplingRng rng : {SamplingRng::philox, SamplingRng::numpy})
    if (sampling_rng_name(rng) == name) return rng;
  throw UsageError(concat("unknown --rng '", name, "' (known: philox, numpy)"));
}

class SuperpixelFamilyExplainer final : public Explainer {
 public:
  SuperpixelFamilyExplainer(Stream& stream, const Model& model, const SuperpixelOptions& options,
                            const Methods& methods)
      : explainer_(stream, model, options), methods_(names_of(methods)) {}

  int pictures_at_once() const override { return explainer_.pictures_at_once(); }

  void explain(std::span<const Subject> subjects, std::vector<Explained>& out) override {
    std::vector<Explained> found = explainer_.explain(subjects, methods_);
    for (std::size_t i = 0; i < subjects.size(); ++i) {
      std::ranges::move(found[i].explanations, std::back_inserter(out[i].explanations));
      std::ranges::move(found[i].failures, std::back_inserter(out[i].failures));
    }
  }

 private:
  SuperpixelExplainer explainer_;
  std::vector<std::string> methods_;
};

class SuperpixelFamily final : public MethodFamily {
 public:
  std::vector<Setting> settings() override {
    std::vector<Setting> out;
    add_mask_settings(out);
    add_segmenter_settings(out);
    add_sampling_settings(out);
    for (const SuperpixelMethod* method : in_order(false))
      if (method->settings) method->settings(options_, out);
    add_samples_setting(out, options_.samples, names(true));
    return out;
  }

  std::unique_ptr<Explainer> explainer(Stream& stream, const Model& model, const Methods& methods,
                                       const ExplainTask& task) const override {
    SuperpixelOptions options = options_;
    static_cast<ExplainTask&>(options) = task;
    if (task.maps_only) options.repeat = 1;
    return std::make_unique<SuperpixelFamilyExplainer>(stream, model, options, methods);
  }

 private:
  void add_mask_settings(std::vector<Setting>& out) {
    SettingGroup masks(out, "LIME, Kernel SHAP and occlusion", names(false));
    masks.parsed("fill", options_.fill, "segment-mean|image-mean|LEVEL|blur(S)",
                 "what a superpixel shows that is off; LEVEL from 0 (black) to 1", parse_fill,
                 [](const Fill& fill) { return to_string(fill); });
    masks.whole("batch", options_.batch, 0, 1 << 20,
                "masks at a time; changes no result; 0: as suits the caches");
    masks.parsed("forward", options_.forward, "auto|direct|shared",
                 "masks one by one, or what looks alike to an output of the first convolutions "
                 "once; auto: the faster",
                 parse_forward, [](Forward forward) { return to_string(forward); });
  }

  void add_segmenter_settings(std::vector<Setting>& out) {
    SettingGroup drawing(out, "LIME and Kernel SHAP", names(true));
    SegmenterOptions& o = options_.segmenter;
    drawing
        .text(
            "segmenter", "quickshift|slic|grid|FILE",
            "how the image is cut into superpixels, or a label image (PNG, NPY)",
            [this](const std::string& text) { set_segmenter(text); },
            [this] { return label_image_.empty() ? options_.segmenter.name : label_image_; })
        .md5 = [this] { return label_image_md5_; };
    drawing.real("kernel_size", o.kernel_size, 1, 100,
                 "quickshift: width of the density's kernel, pixels");
    drawing.real("max_dist", o.max_dist, 0, 1e6, "quickshift: longest link, pixels");
    drawing.real("ratio", o.ratio, 0, 1, "quickshift: weight of brightness against place");
    drawing.whole("segments", o.n_segments, 1, kMaxSegments, "slic: about so many");
    drawing.real("compactness", o.compactness, 0, 1e6,
                 "slic: weight of place against brightness; 0: 0.1");
    drawing.real("sigma", o.sigma, 0, 100, "slic: smoothing before, pixels");
    drawing.whole("grid", o.grid, 1, 32, "grid: so many rows and columns");
  }

  void add_sampling_settings(std::vector<Setting>& out) {
    SettingGroup drawing(out, "LIME and Kernel SHAP", names(true));
    drawing.parsed(
        "until_se", options_.until_se, "off|X",
        "add masks until the largest standard error is at most X times the largest attribution",
        [](const std::string& text) {
          return text == "off" ? 0 : parse_real(text, "--until-se", 1e-6, 1e6);
        },
        [](double value) { return value > 0 ? number_text(value) : "off"; });
    Setting& most = drawing.whole("max_samples", options_.max_samples, 1, kMostSamples,
                                  "--until-se: no masks are added beyond so many");
    most.beside = "--until-se";
    most.active = [this] { return options_.until_se > 0; };
    drawing.whole("repeat", options_.repeat, 1, 1000,
                  "explain with so many seeds from --seed on; the first is shown, the spread told");
    drawing.parsed("rng", options_.rng, "philox|numpy",
                   "where masks come from; numpy replays lime's and shap's own draws", parse_rng,
                   sampling_rng_name);
  }

  void set_segmenter(const std::string& text) {
    if (std::find(segmenters().begin(), segmenters().end(), text) != segmenters().end()) {
      options_.segmenter.name = text;
      options_.segments.reset();
      label_image_.clear();
      label_image_md5_.clear();
      return;
    }
    std::error_code none;
    if (!std::filesystem::exists(text, none))
      throw UsageError(concat("unknown segmenter '", text, "'", did_you_mean(text, segmenters()),
                              " (known: ", joined(segmenters()), ", or a label image)"));
    options_.segments = read_segments(text);
    label_image_ = text;
    label_image_md5_ = md5_hex(std::as_bytes(std::span(options_.segments->labels)));
  }

  SuperpixelOptions options_;
  std::string label_image_, label_image_md5_;  // in place of a segmenter
};

}  // namespace

std::unique_ptr<MethodFamily> superpixel_family() { return std::make_unique<SuperpixelFamily>(); }

}  // namespace pellucid
