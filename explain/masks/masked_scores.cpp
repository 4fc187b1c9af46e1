#include "explain/masks/masked_scores.h"

#include <algorithm>
#include <map>

#include "explain/stage_clock.h"
#include "nn/autograd/functions.h"
#include "nn/graph/probabilities.h"
#include "runtime/error.h"

namespace pellucid {

Plan::Channels channels_for(const Model& model, bool colour) {
  return model.input().c > 1 && !colour && Plan::can_sum_channels(model) ? Plan::Channels::one
                                                                         : Plan::Channels::as_model;
}

std::vector<float> repeat_channels(const std::vector<float>& plane, int channels) {
  std::vector<float> out;
  out.reserve(plane.size() * static_cast<std::size_t>(channels));
  for (const float value : plane) out.insert(out.end(), static_cast<std::size_t>(channels), value);
  return out;
}

Forward parse_forward(const std::string& name) {
  for (const Forward forward : {Forward::automatic, Forward::direct, Forward::shared})
    if (name == to_string(forward)) return forward;
  throw UsageError(concat("unknown --forward '", name, "' (known: auto, direct, shared)"));
}

std::string_view to_string(Forward forward) {
  return forward == Forward::automatic ? "auto" : forward == Forward::direct ? "direct" : "shared";
}

MaskedScores::MaskedScores(Stream& stream, const Model& model, int batch, bool colour,
                           Forward forward)
    : stream_(stream),
      plan_(stream, model, channels_for(model, colour)),
      batch_(batch),
      colour_(colour),
      forward_(forward) {}

int MaskedScores::masks_at_once() const { return batch_ > 0 ? batch_ : plan_.chunk(); }

void MaskedScores::reset(int pictures) {
  const ActivationShape& in = plan_.input();
  images_ = Tensor::empty(stream_, in.batch(pictures));
  fills_ = Tensor::empty(stream_, in.batch(pictures));
  labels_ = Tensor::empty(stream_, {pictures, in.h, in.w}, DType::i32);
  host_labels_.assign(static_cast<std::size_t>(pictures), {});
}

void MaskedScores::place(int picture, const std::vector<float>& image,
                         const std::vector<float>& fill, const std::vector<std::int32_t>& labels) {
  const ActivationShape& in = plan_.input();
  const auto pixels = static_cast<std::size_t>(in.h) * static_cast<std::size_t>(in.w);
  const std::size_t count = colour_ ? pixels * static_cast<std::size_t>(in.c) : pixels;
  require(image.size() == count && fill.size() == count && labels.size() == pixels, "a picture of ",
          image.size(), " values, a fill of ", fill.size(), " and ", labels.size(),
          " labels do not fit a model for ", in.to_string());
  const auto upload = [&](const Tensor& to, const auto& values) {
    const Tensor row = to.slice(picture, 1);
    using Element = typename std::decay_t<decltype(values)>::value_type;
    stream_.copy_to_device(row.data<Element>(), values.data(), row.bytes());
  };
  const int repeats = colour_ ? 1 : in.c;
  upload(images_, repeat_channels(image, repeats));
  upload(fills_, repeat_channels(fill, repeats));
  upload(labels_, labels);
  host_labels_[static_cast<std::size_t>(picture)] = labels;
}

// (rows of all, words)
Tensor MaskedScores::joined_bits(std::span<const Masks> masks, const Selection& chosen) const {
  if (chosen.size() == 1) return masks[chosen.front()].coalitions->bits;
  std::int64_t rows = 0;
  for (const std::size_t i : chosen) rows += masks[i].coalitions->rows;
  Tensor joined =
      Tensor::empty(stream_, {rows, masks[chosen.front()].coalitions->words()}, DType::u32);
  std::int64_t first = 0;
  for (const std::size_t i : chosen) {
    const Coalitions& c = *masks[i].coalitions;
    stream_.copy_on_device(joined.slice(first, c.rows).data<std::uint32_t>(), c.data(),
                           c.bits.bytes());
    first += c.rows;
  }
  return joined;
}

// A launch's masks have the same number of words.
std::vector<float> MaskedScores::scores_of_one_width(std::span<const Masks> masks,
                                                     const Selection& chosen, Score score) const {
  const Tensor bits = joined_bits(masks, chosen);
  const int rows = static_cast<int>(bits.shape()[0]);
  // Masks of one picture need not say which.
  const bool several = chosen.size() > 1;
  std::vector<std::int32_t> picture_of;
  if (several)
    for (const std::size_t i : chosen)
      picture_of.insert(picture_of.end(), static_cast<std::size_t>(masks[i].coalitions->rows),
                        masks[i].picture);
  const Tensor pictures = several ? Tensor::from_host(stream_, {rows}, picture_of) : Tensor();
  MaskedImage masked =
      pictures_from(several ? 0 : masks[chosen.front()].picture, static_cast<int>(bits.shape()[1]));
  return in_batches(rows, score, [&](int first, int count) {
    masked.bits = bits.slice(first, count).data<std::uint32_t>();
    if (several) masked.image_of = pictures.slice(first, count).data<std::int32_t>();
    return plan_.logits(masked, count);
  });
}

// The pictures from `picture` on, without masks.
MaskedImage MaskedScores::pictures_from(int picture, int words) const {
  MaskedImage masked;
  masked.image = images_.slice(picture, 1).data<float>();
  masked.fill = fills_.slice(picture, 1).data<float>();
  masked.labels = labels_.slice(picture, 1).data<std::int32_t>();
  masked.words = words;
  return masked;
}

// logits(first, count): of these rows.
template <class Logits>
std::vector<float> MaskedScores::in_batches(int rows, Score score, const Logits& logits) const {
  std::vector<float> out;
  const int batch = batch_ > 0 ? batch_ : rows;
  for (int first = 0; first < rows; first += batch) {
    Tensor values = logits(first, std::min(batch, rows - first));
    if (score != Score::logit) values = probabilities(stream_, values, plan_.outputs());
    const std::vector<float> host = values.to_host<float>(stream_);
    out.insert(out.end(), host.begin(), host.end());
  }
  return out;
}

bool MaskedScores::may_share(const Coalitions& masks) const {
  return forward_ == Forward::shared ||
         (forward_ == Forward::automatic && may_share_layers(plan_, masks.rows, masks.words()));
}

std::optional<SharedLayers> MaskedScores::share(const Masks& masks) const {
  const HostCoalitions host = masks.coalitions->to_host(stream_);
  MaskedImage masked = pictures_from(masks.picture, host.words);
  masked.bits = masks.coalitions->data();
  return share_layers(plan_, masked, host_labels_[static_cast<std::size_t>(masks.picture)],
                      host.bits,
                      forward_ == Forward::automatic ? SharedWhere::faster : SharedWhere::possible);
}

std::optional<std::vector<double>> MaskedScores::shared_scores(const Masks& masks, Score score,
                                                               Sharing& sharing) const {
  sharing = {};
  StageClock clock(stream_);
  const std::optional<SharedLayers> shared = share(masks);
  sharing.seconds = clock.lap();
  if (!shared) return std::nullopt;
  sharing.layers = shared->layers;
  sharing.computed = shared->computed;
  const std::vector<float> values = in_batches(shared->masks, score, [&](int first, int count) {
    return shared->logits(plan_, first, count);
  });
  return std::vector<double>(values.begin(), values.end());
}

std::vector<std::vector<double>> MaskedScores::scores(std::span<const Masks> masks,
                                                      Score score) const {
  std::map<int, Selection> of_width;
  for (std::size_t i = 0; i < masks.size(); ++i)
    of_width[masks[i].coalitions->words()].push_back(i);
  std::vector<std::vector<double>> out(masks.size());
  for (const auto& [width, chosen] : of_width) {
    const std::vector<float> values = scores_of_one_width(masks, chosen, score);
    auto next = values.begin();
    for (const std::size_t i : chosen) {
      const std::ptrdiff_t count = std::ptrdiff_t{masks[i].coalitions->rows} * classes();
      out[i].assign(next, next + count);
      next += count;
    }
  }
  return out;
}

}  // namespace pellucid
