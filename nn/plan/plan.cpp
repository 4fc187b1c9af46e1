#include "nn/plan/plan.h"

#include <algorithm>
#include <utility>

#include "kernels/mask/mask.h"
#include "runtime/error.h"
#include "runtime/profile.h"

namespace pellucid {
namespace {

// (K, R, S, C) → (K, R, S, 1).
Tensor sum_over_channels(Stream& stream, const Tensor& weight) {
  const std::vector<float> values = weight.to_host<float>(stream);
  const std::size_t channels = static_cast<std::size_t>(weight.shape()[3]);
  std::vector<float> sums(values.size() / channels);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    double sum = 0;
    for (std::size_t c = 0; c < channels; ++c) sum += values[i * channels + c];
    sums[i] = static_cast<float>(sum);
  }
  const Shape& s = weight.shape();
  return Tensor::from_host(stream, {s[0], s[1], s[2], 1}, sums);
}

}  // namespace

bool Plan::can_sum_channels(const Model& model) {
  const Graph& graph = model.graph();
  const FusedGroup first = fuse(graph, Fusion::prediction, graph.logits()).front();
  return first.convolution && first.relu && graph.only_reader(0) == first.first();
}

Plan::Plan(Stream& stream, const Model& model, Channels channels)
    : stream_(stream),
      graph_(model.graph()),
      input_(model.input()),
      classes_(model.classes()),
      outputs_(model.outputs()) {
  // A value that a prediction only hands on is the value it came from.
  std::vector<int> same(slot(graph_.values()));
  for (const FusedGroup& group : fuse(graph_, fusion(), graph_.logits())) {
    Step step = step_of(group);
    for (int& input : step.inputs) input = same[slot(input)];
    const bool hands_on =
        step.op && step.op->keeps_values() && step.input_shape == step.output_shape;
    same[slot(step.output)] = hands_on ? step.inputs.front() : step.output;
    if (!hands_on) steps_.push_back(std::move(step));
  }
  logits_ = same[slot(graph_.logits())];
  if (channels == Channels::one) {
    require(can_sum_channels(model), "model ", model.name(),
            " does not begin with a convolution and a ReLU, so its channels cannot be summed");
    Step& first = steps_.front();
    first.weight = sum_over_channels(stream, first.weight);
    first.input_shape.c = input_.c = 1;
  }
  for (Step& step : steps_) pack(step);
  cut_into_segments();
}

// Of the bytes of a chunk's largest map. Some 16 MiB on a host, the 50 MB of a data-centre GPU's L2.
std::int64_t Plan::floats_of_chunk() const {
  return (stream_.device().kind == DeviceKind::cuda ? 32 << 20 : 8 << 20) / 4;
}

void Plan::cut_into_segments() {
  // The flat end: steps between flat values that nothing but such steps reads. (A gate of channels is flat in
  // between, and goes back to pictures.)
  std::vector<bool> read_by_pictures(slot(graph_.values()));
  std::vector<bool> at_the_end(slot(graph_.values()));
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    const bool flat = step->output_shape.flat && !read_by_pictures[slot(step->output)] &&
                      std::all_of(step->inputs.begin(), step->inputs.end(),
                                  [&](int input) { return graph_.value(input).shape.flat; });
    at_the_end[slot(step->output)] = flat;
    if (flat) continue;
    for (const int input : step->inputs) read_by_pictures[slot(input)] = true;
  }
  const auto flat = std::stable_partition(steps_.begin(), steps_.end(), [&](const Step& step) {
    return !at_the_end[slot(step.output)];
  });
  const auto pictures = static_cast<std::size_t>(flat - steps_.begin());
  segments_.push_back({0, pictures, {}, false});
  for (std::size_t i = 1; i < pictures; ++i) {
    // Where a step reads more weights than it has maps to read them for, and later maps leave room for
    // more images.
    Segment& segment = segments_.back();
    const std::int64_t now = chunk(segments_.size() - 1, segment.first);
    const Step& step = steps_[i];
    const std::int64_t weights = step.op ? 0 : step.weight.count();
    if (weights <= now * step.output_shape.count()) continue;
    segments_.push_back({i, pictures, {}, false});
    if (chunk(segments_.size() - 1, i) >= 2 * now) segments_[segments_.size() - 2].last = i;
    else segments_.pop_back();
  }
  if (pictures < steps_.size()) segments_.push_back({pictures, steps_.size(), {}, true});

  last_read_.assign(slot(graph_.values()), 0);
  readers_.assign(slot(graph_.values()), 0);
  std::vector<std::size_t> made(slot(graph_.values()));
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    made[slot(steps_[i].output)] = i;
    for (const int input : steps_[i].inputs) {
      last_read_[slot(input)] = i;
      ++readers_[slot(input)];
    }
  }
  last_read_[slot(logits_)] = steps_.size();
  for (Segment& segment : segments_)
    for (int id = 0; id < graph_.values(); ++id)
      if (last_read_[slot(id)] >= segment.last && made[slot(id)] < segment.last)
        segment.outputs.push_back(id);
}

// With what made the first step's input.
int Plan::chunk(std::size_t segment, std::size_t first_step) const {
  const Segment& s = segments_[segment];
  std::int64_t largest = 1;
  for (std::size_t i = std::max(s.first, std::max<std::size_t>(first_step, 1) - 1); i < s.last; ++i)
    largest = std::max(largest, steps_[i].output_shape.count());
  return static_cast<int>(std::clamp<std::int64_t>(floats_of_chunk() / largest, 1, 1024));
}

void Plan::run_steps(Values& values, const Segment& segment, std::size_t first_step) const {
  for (std::size_t i = first_step; i < segment.last; ++i) {
    values[slot(steps_[i].output)] = run_step(steps_[i], values);
    for (const int input : steps_[i].inputs)
      if (last_read_[slot(input)] == i) values[slot(input)] = {};
  }
}

// The segment's outputs for images first … first + n − 1, a chunk at a time.
Plan::Values Plan::run_segment(std::size_t segment, int first, int n, std::size_t first_step,
                               const Source& source) const {
  const Segment& s = segments_[segment];
  const bool begins_here = first_step >= s.first;
  const std::size_t step = begins_here ? first_step : s.first;
  const int most = s.whole ? n : chunk(segment, step);
  Values out(slot(graph_.values()));
  for (int begin = 0; begin < n; begin += most) {
    const int count = std::min(most, n - begin);
    Values values = begins_here
                        ? source(first + begin, count)
                        : run_segment(segment - 1, first + begin, count, first_step, source);
    run_steps(values, s, step);
    if (count == n) return values;
    for (const int id : s.outputs) {
      const Tensor& part = values[slot(id)];
      if (!part.defined()) continue;
      if (!out[slot(id)].defined())
        out[slot(id)] = Tensor::empty(stream_, graph_.value(id).shape.batch(n));
      const Tensor rows = out[slot(id)].slice(begin, count);
      stream_.copy_on_device(rows.data<float>(), part.data<float>(), part.bytes());
    }
  }
  return out;
}

Tensor Plan::run(int n, std::size_t first_step, const Source& source) const {
  const Values values = run_segment(segments_.size() - 1, 0, n, first_step, source);
  return values[slot(logits_)].reshape({n, classes_});
}

Tensor Plan::run_from(int value, int n, std::size_t first_step, const Images& images) const {
  return run(n, first_step, [&](int first, int count) {
    Values values(slot(graph_.values()));
    values[slot(value)] = images(first, count);
    return values;
  });
}

Tensor Plan::logits(const Tensor& x) const {
  const bool fits =
      x.shape().rank() >= 1 && x.shape()[0] >= 1 && x.shape() == input_.batch(x.shape()[0]);
  require(fits, "the input of the plan: expected N times ", input_.to_string(),
          " with N at least 1, got ", x.shape().to_string());
  return run_from(0, static_cast<int>(x.shape()[0]), 0,
                  [&](int first, int count) { return x.slice(first, count); });
}

Tensor Plan::logits(const MaskedImage& masked, int n) const {
  require(n >= 1, "the input of the plan: at least 1 mask, got ", n);
  const bool fused = chain_length() > 0;
  return run_from(fused ? steps_.front().output : 0, n, fused ? 1 : 0, [&](int first, int count) {
    MaskedImage part = masked;
    part.bits += std::ptrdiff_t{first} * masked.words;
    if (part.image_of) part.image_of += first;
    if (fused) {
      const ProfileScope scope(stream_, steps_.front().name);
      return convolve(steps_.front(), nullptr, part, count);
    }
    const Tensor x = Tensor::empty(stream_, input_.batch(count));
    mask_images(stream_, {part, x.data<float>(), count, input_.h, input_.w, input_.c});
    return x;
  });
}

// Steps at the beginning that are convolutions with a ReLU, each the only one to read what is before it.
std::size_t Plan::chain_length() const {
  std::size_t length = 0;
  for (int value = 0; length < steps_.size() && steps_[length].is_link() &&
                      steps_[length].inputs.front() == value && readers_[slot(value)] == 1;
       ++length)
    value = steps_[length].output;
  return length;
}

std::vector<Plan::ChainLink> Plan::chain() const {
  std::vector<ChainLink> links;
  for (std::size_t i = 0; i < chain_length(); ++i) {
    const Step& step = steps_[i];
    ChainLink link{step.name, shape_of(step, 1), step.pool, step.weight,
                   step.bias, step.output_shape, 1,         step.output_shape};
    if (i + 1 < steps_.size() && steps_[i + 1].op && readers_[slot(step.output)] == 1) {
      link.pool_behind = std::max(1, plain_window(*steps_[i + 1].op));
      if (link.pool_behind > 1) link.pooled = steps_[i + 1].output_shape;
    }
    links.push_back(std::move(link));
  }
  return links;
}

Tensor Plan::logits_behind(int links, bool pooled, int n, const Images& output) const {
  const std::size_t step = static_cast<std::size_t>(links) - (pooled ? 0 : 1);
  return run_from(steps_[step].output, n, step + 1, output);
}

}  // namespace pellucid
