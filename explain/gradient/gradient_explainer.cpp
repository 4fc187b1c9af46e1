#include "explain/gradient/gradient_explainer.h"

#include <algorithm>
#include <cmath>

#include "explain/stage_clock.h"
#include "nn/data/image_set.h"
#include "runtime/error.h"
#include "runtime/formats/values.h"
#include "runtime/parallel.h"
#include "runtime/profile.h"

namespace pellucid {
namespace {

constexpr int kMostAtOnce = 64;

// Points whose values and their gradients fit into some 256 MiB of a host, 2 GiB of a GPU: more at a time are no
// faster.
int points_that_fit(const Stream& stream, const Graph& graph) {
  std::int64_t values = 0;
  for (int id = 0; id < graph.values(); ++id) values += graph.value(id).shape.count();
  const std::int64_t bytes =
      stream.device().kind == DeviceKind::cuda ? std::int64_t{2} << 30 : 256 << 20;
  return static_cast<int>(std::clamp<std::int64_t>(bytes / (2 * 4 * values), 1, kMostAtOnce));
}

// Of (h · w, channels), the sum of each pixel's channels.
std::vector<float> channel_sums(const std::vector<float>& values, int channels) {
  std::vector<float> out;
  out.reserve(values.size() / static_cast<std::size_t>(channels));
  for (auto pixel = values.begin(); pixel != values.end(); pixel += channels) {
    float sum = 0;
    for (int c = 0; c < channels; ++c) sum += pixel[c];
    out.push_back(sum);
  }
  return out;
}

std::vector<float> first_channels(const std::vector<float>& values, int channels) {
  std::vector<float> out;
  for (std::size_t i = 0; i < values.size(); i += static_cast<std::size_t>(channels))
    out.push_back(values[i]);
  return out;
}

double magnitude(std::span<const float> map) {
  double largest = 0;
  for (const float value : map) largest = std::max(largest, std::abs(double{value}));
  return largest;
}

Json ratio(double part, double whole) { return whole > 0 ? Json(part / whole) : Json(nullptr); }

}  // namespace

GradientExplainer::GradientExplainer(Stream& stream, const Model& model, const Methods& methods,
                                     const ExplainTask& task, int at_once)
    : OneByOneExplainer(methods),
      stream_(stream),
      model_(model),
      task_(task),
      at_once_(at_once > 0 ? at_once : points_that_fit(stream, model.graph())) {}

GradientExplainer::Look GradientExplainer::look_at(const Subject& subject) const {
  const ImageSet image(stream_, {subject.sample, 1}, input().h, input().w, input().c,
                       model_.classes());
  Look look;
  look.x =
      Variable(image.batch(stream_, Tensor::from_host(stream_, {1}, std::vector<std::int32_t>{0})),
               /*requires_gradient=*/true);
  look.logits = model_.forward(stream_, look.x);
  look.prediction = prediction_of(stream_, look.logits.value(), model_.outputs());
  for (const float logit : look.prediction.logits)
    require(std::isfinite(logit), methods().front()->name, ": a score is not finite (", logit,
            "); the model's weights may have diverged");
  look.target = target_label(task_.target, look.prediction.predicted, subject.truth);
  look.pixels = look.x.value().to_host<float>(stream_);
  if (planes() < input().c) look.pixels = first_channels(look.pixels, input().c);
  return look;
}

std::vector<float> GradientExplainer::differentiate(const Variable& x, const Variable& logits,
                                                    const std::vector<float>& values,
                                                    int label) const {
  const std::size_t classes = static_cast<std::size_t>(model_.classes());
  std::vector<float> seed;
  for (std::size_t row = 0; row < values.size(); row += classes) {
    const std::vector<float> one =
        score_gradient(std::span(values).subspan(row, classes), label, task_.score);
    seed.insert(seed.end(), one.begin(), one.end());
  }
  backward(stream_, logits, Tensor::from_host(stream_, logits.shape(), seed));
  std::vector<float> found = x.gradient().to_host<float>(stream_);
  return planes() < input().c ? channel_sums(found, input().c) : found;
}

std::vector<float> GradientExplainer::gradient_at(const Look& look) {
  return differentiate(look.x, look.logits, look.prediction.logits, look.target);
}

Tensor GradientExplainer::points(int first, int count, const Draw& draw) const {
  const std::size_t size = pixels() * static_cast<std::size_t>(planes()),
                    copies = static_cast<std::size_t>(input().c / planes());
  std::vector<float> values(static_cast<std::size_t>(count) * size * copies);
  parallel_for(static_cast<std::size_t>(count), [&](std::size_t i) {
    std::vector<float> point(size);
    draw(first + static_cast<int>(i), point);
    auto out = values.begin() + static_cast<std::ptrdiff_t>(i * size * copies);
    for (const float value : point) out = std::fill_n(out, copies, value);
  });
  return Tensor::from_host(stream_, input().batch(count), values);
}

void GradientExplainer::gradients_at(int count, int label, const Draw& draw, const Visit& visit) {
  const std::size_t size = pixels() * static_cast<std::size_t>(planes());
  for (int first = 0; first < count; first += at_once_) {
    const int now = std::min(at_once_, count - first);
    const Variable x(points(first, now, draw), /*requires_gradient=*/true);
    const Variable logits = model_.forward(stream_, x);
    const std::vector<float> found =
        differentiate(x, logits, logits.value().to_host<float>(stream_), label);
    for (int i = 0; i < now; ++i)
      visit(first + i, std::span(found).subspan(static_cast<std::size_t>(i) * size, size));
  }
  forwards_ += count;
}

void GradientExplainer::logits_at(int count, const Draw& draw, const Visit& visit) {
  const NoGradient off;
  const std::size_t classes = static_cast<std::size_t>(model_.classes());
  for (int first = 0; first < count; first += at_once_) {
    const int now = std::min(at_once_, count - first);
    const std::vector<float> found =
        model_.forward(stream_, Variable(points(first, now, draw))).value().to_host<float>(stream_);
    for (int i = 0; i < now; ++i)
      visit(first + i, std::span(found).subspan(static_cast<std::size_t>(i) * classes, classes));
  }
  forwards_ += count;
}

void GradientExplainer::finish(Explanation& out, const Method& method, const Look& look) const {
  out.method = method.name;
  out.title = method.title;
  out.prediction = look.prediction;
  out.target = look.target;
  out.height = input().h;
  out.width = input().w;
  finish_map(out);
  // To [0, 1], or [-1, 1] with 0 in the middle.
  const float range = out.is_signed ? out.high : out.high - out.low;
  for (const float v : out.map)
    out.shown.push_back(range > 0 ? (out.is_signed ? v : v - out.low) / range : 0);
  out.details["planes"] = planes();
}

std::vector<Explanation> GradientExplainer::explain_one(const Subject& subject) {
  const ProfileScope scope(stream_, methods().front()->name);
  CostMeter meter(stream_);
  StageClock clock(stream_);
  const Look look = look_at(subject);
  const double forward_seconds = clock.lap();
  forwards_ = 1;
  std::vector<Explanation> out = explain_look(look);
  const double gradient_seconds = clock.lap();
  for (std::size_t i = 0; i < out.size(); ++i) finish(out[i], *methods()[i], look);
  const double map_seconds = clock.lap();
  ExplanationCost cost = meter.stop();
  cost.forwards = forwards_;
  for (Explanation& each : out) {
    each.cost = cost;
    each.stages = {
        {"forward", forward_seconds}, {"gradients", gradient_seconds}, {"map", map_seconds}};
  }
  return out;
}

void add_gradient_batch_setting(std::vector<Setting>& settings, int& at_once,
                                std::vector<std::string_view> methods) {
  SettingGroup(settings, "Integrated Gradients, SmoothGrad and GradientSHAP", std::move(methods))
      .parsed(
          "gradient_batch", at_once, "auto|N",
          "points whose gradients are taken at a time; changes no result; auto: as memory allows",
          [](const std::string& text) {
            return text == "auto" ? 0 : parse_whole(text, "--gradient-batch", 1, 1 << 20);
          },
          [](int value) { return value == 0 ? std::string("auto") : std::to_string(value); });
}

void Completeness::tell(Explanation& out, double large, const char* advice) const {
  const double error = sum - difference;
  out.details["completeness"] = {{"difference", difference},
                                 {"sum", sum},
                                 {"error", error},
                                 {"relative", ratio(std::abs(error), std::abs(difference))}};
  if (std::abs(error) > large * std::abs(difference))
    out.warnings.push_back(concat("the map's sum is more than ", 100 * large,
                                  " % beside the difference of the scores: ", advice));
}

double DrawnMoments::error(double variance) const {
  return count_ > 1 ? std::sqrt(std::max(variance, 0.0) / (count_ - 1)) : 0;
}

double DrawnMoments::mean_error() const { return error(variance()); }

double DrawnMoments::mean_square_error() const {
  return error(sums_[3] / count_ - mean_square() * mean_square());
}

double DrawnMoments::variance_error() const {
  const double m = mean(), fourth = sums_[3] / count_ - 4 * m * sums_[2] / count_ +
                                    6 * m * m * mean_square() - 3 * m * m * m * m;
  return error(fourth - variance() * variance());
}

void tell_errors(Explanation& out, std::span<const double> errors) {
  double largest = 0, squares = 0;
  for (const double error : errors) {
    largest = std::max(largest, error);
    squares += error * error;
  }
  out.details["standard_error"] = {
      {"largest", largest},
      {"root_mean_square", std::sqrt(squares / static_cast<double>(errors.size()))}};
  out.details["relative_error"] = ratio(largest, magnitude(out.map));
}

}  // namespace pellucid
