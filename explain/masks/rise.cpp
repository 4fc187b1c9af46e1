#include "explain/masks/rise.h"

#include <algorithm>
#include <cmath>

#include "explain/explainer.h"
#include "explain/masks/masked_scores.h"
#include "explain/masks/samples_setting.h"
#include "explain/stage_clock.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/mask/weigh_images.h"
#include "kernels/normalize/normalize.h"
#include "kernels/weighted_sum/weighted_sum.h"
#include "runtime/profile.h"

namespace pellucid {

extern const Method rise_method;

namespace {

// Masks whose sum is one reduction; fixed, since sums of other masks would round otherwise.
constexpr int kMasksAtOnce = 128;

}  // namespace

Rise::Rise(Stream& stream, const Model& model, const RiseOptions& options)
    : stream_(stream),
      options_(options),
      plan_(stream, model, channels_for(model, options.colour)) {
  if (options.samples < 1) throw UsageError(concat("RISE needs a mask, got ", options.samples));
  if (options.grid < 1 || options.grid > kRiseGrid)
    throw UsageError(concat("RISE takes 1 to ", kRiseGrid, " cells a side, got ", options.grid));
  if (!(options.probability > 0 && options.probability <= 1))
    throw UsageError(
        concat("RISE takes a probability above 0 and at most 1, got ", options.probability));
}

Tensor Rise::picture_of(const Sample& sample) const {
  const ActivationShape& input = plan_.input();
  const int planes = options_.colour ? input.c : 1;
  const std::int64_t count = std::int64_t{input.h} * input.w * planes;
  require(static_cast<std::int64_t>(sample.pixels.size()) == count, "a picture of ",
          sample.pixels.size(), " values does not fit a model for ", input.to_string());
  std::vector<float> values = unit_values(sample.pixels);
  if (planes < input.c) values = repeat_channels(values, input.c);
  return Tensor::from_host(stream_, input.batch(1), values);
}

// Of masked images first, first + 1, …
std::vector<float> Rise::scores(const Tensor& masked, int first, int label) const {
  const std::vector<float> logits = plan_.logits(masked).to_host<float>(stream_);
  const int classes = plan_.classes();
  std::vector<float> out;
  for (std::int64_t n = 0; n < masked.shape()[0]; ++n) {
    const std::span<const float> row(logits.data() + n * classes,
                                     static_cast<std::size_t>(classes));
    require(std::all_of(row.begin(), row.end(), [](float v) { return std::isfinite(v); }),
            "RISE: a score under mask ", first + n,
            " is not finite; the model's weights may have diverged");
    out.push_back(static_cast<float>(score_value(row, label, options_.score)));
  }
  return out;
}

Explanation Rise::explain(const Sample& sample, const std::optional<int>& truth) const {
  const ProfileScope scope(stream_, "rise");
  CostMeter meter(stream_);
  StageClock clock(stream_);
  const ActivationShape& input = plan_.input();
  const int pixels = input.h * input.w, most = std::min(kMasksAtOnce, options_.samples);
  const Tensor x = picture_of(sample);
  Explanation out;
  out.method = rise_method.name;
  out.title = rise_method.title;
  out.prediction = prediction_of(stream_, plan_.logits(x), plan_.outputs());
  out.target = target_label(options_.target, out.prediction.predicted, truth);
  double mask_seconds = 0, forward_seconds = clock.lap(), map_seconds = 0;

  const float probability = static_cast<float>(options_.probability);
  const Tensor mask = Tensor::empty(stream_, {most, input.h, input.w}),
               masked = Tensor::empty(stream_, input.batch(most)),
               part = Tensor::empty(stream_, {pixels}), map = Tensor::zeros(stream_, {pixels});
  for (int first = 0; first < options_.samples; first += most) {
    const int count = std::min(most, options_.samples - first);
    rise_masks(stream_, {mask.data<float>(),
                         count,
                         input.h,
                         input.w,
                         options_.grid,
                         probability,
                         {options_.seed, kRiseStream},
                         first});
    weigh_images(stream_, {x.data<float>(), mask.data<float>(), masked.data<float>(), count,
                           input.h, input.w, input.c});
    mask_seconds += clock.lap();
    const std::vector<float> values = scores(masked.slice(0, count), first, out.target);
    forward_seconds += clock.lap();
    const Tensor weights = Tensor::from_host(stream_, {count}, values);
    weighted_sum(stream_,
                 {mask.data<float>(), weights.data<float>(), part.data<float>(), 1, pixels, count});
    add(stream_, {map.data<float>(), part.data<float>(), map.data<float>(), pixels});
    map_seconds += clock.lap();
  }
  const float scale = static_cast<float>(1 / (double{probability} * options_.samples));
  add(stream_, {map.data<float>(), nullptr, map.data<float>(), pixels, scale});
  normalize_min_max(stream_, {map.data<float>(), part.data<float>(), 1, pixels});
  out.map = map.to_host<float>(stream_);
  out.shown = part.to_host<float>(stream_);
  map_seconds += clock.lap();

  out.height = input.h;
  out.width = input.w;
  finish_map(out);
  out.caption = concat(options_.samples, options_.samples == 1 ? " mask" : " masks", " of ",
                       options_.grid, "x", options_.grid, " cells, each on with p ", probability);
  out.details = {{"samples", options_.samples},
                 {"grid", options_.grid},
                 {"probability", probability},
                 {"fill", 0},
                 {"rng", "philox"},
                 {"seed", options_.seed}};
  out.stages = {{"masks", mask_seconds}, {"forwards", forward_seconds}, {"map", map_seconds}};
  out.cost = meter.stop();
  out.cost.forwards = 1 + options_.samples;
  return out;
}

namespace {

class RiseExplainer final : public OneByOneExplainer {
 public:
  RiseExplainer(Stream& stream, const Model& model, const RiseOptions& options)
      : OneByOneExplainer({&rise_method}), rise_(stream, model, options) {}

 private:
  std::vector<Explanation> explain_one(const Subject& subject) override {
    return {rise_.explain(*subject.sample, subject.truth)};
  }

  Rise rise_;
};

class RiseFamily final : public MethodFamily {
 public:
  std::vector<Setting> settings() override {
    std::vector<Setting> out;
    add_samples_setting(out, samples_, {rise_method.name});
    SettingGroup rise(out, "RISE", {rise_method.name});
    rise.whole("rise_grid", options_.grid, 1, kRiseGrid, "cells a side of a mask");
    rise.real("rise_p", options_.probability, 0.001, 1, "probability that a cell is shown");
    return out;
  }

  std::unique_ptr<Explainer> explainer(Stream& stream, const Model& model, const Methods&,
                                       const ExplainTask& task) const override {
    RiseOptions options = options_;
    static_cast<ExplainTask&>(options) = task;
    if (samples_ > 0) options.samples = samples_;
    return std::make_unique<RiseExplainer>(stream, model, options);
  }

 private:
  RiseOptions options_;
  int samples_ = 0;  // 0: as many as usual
};

std::unique_ptr<MethodFamily> rise_family() { return std::make_unique<RiseFamily>(); }

}  // namespace

const Method rise_method{"rise", "RISE", 300, rise_family};

}  // namespace pellucid
