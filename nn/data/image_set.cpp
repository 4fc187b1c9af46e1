#include "nn/data/image_set.h"

#include "kernels/elementwise/elementwise.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

// The samples' values one after the other, from `to` on.
template <class T>
void upload(Stream& stream, std::span<const Sample> samples, T* to) {
  // Gathered into chunks: one transfer a picture would be slow, one copy of the whole set large.
  constexpr std::size_t kChunk = (std::size_t{16} << 20) / sizeof(T);
  std::vector<T> chunk;
  for (const Sample& sample : samples) {
    sample.pixels.visit(
        [&](const auto& values) { chunk.insert(chunk.end(), values.begin(), values.end()); });
    if (chunk.size() < kChunk && &sample != &samples.back()) continue;
    stream.copy_to_device(to, chunk.data(), chunk.size() * sizeof(T));
    to += chunk.size();
    chunk.clear();
  }
}

}  // namespace

ImageSet::ImageSet(Stream& stream, std::span<const Sample> samples, int height, int width,
                   int channels, int classes)
    : height_(height), width_(width), channels_(channels) {
  require(!samples.empty(), "an image set needs at least one sample");
  require(height >= 1 && width >= 1 && channels >= 1, "an image set of ", height, "x", width, "x",
          channels, " pictures");
  std::size_t picture = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  colour_ =
      channels > 1 && samples[0].pixels.size() == picture * static_cast<std::size_t>(channels);
  if (colour_) picture *= static_cast<std::size_t>(channels);
  std::vector<float> white;
  bool usual = true;  // of 8 bits all
  for (const Sample& sample : samples) {
    require(sample.pixels.size() == picture, "sample ", sample.id, " has ", sample.pixels.size(),
            " pixels, expected ", height, "x", width, colour_ ? concat("x", channels) : "");
    require(sample.label == kNoLabel || (sample.label >= 0 && sample.label < classes), "sample ",
            sample.id, " has the label ", sample.label, ", the model has ", classes, " classes");
    labels_.push_back(sample.label);
    white.push_back(static_cast<float>(sample.pixels.white()));
    usual = usual && sample.pixels.white() == kWhite8;
    deep_ = deep_ || !sample.pixels.one_byte();
  }
  pictures_ = Tensor::empty(
      stream, {static_cast<std::int64_t>(samples.size()), height, width, colour_ ? channels : 1},
      deep_ ? DType::u16 : DType::u8);
  if (!usual) white_ = Tensor::from_host(stream, {static_cast<std::int64_t>(white.size())}, white);
  if (deep_) upload(stream, samples, pictures_.data<std::uint16_t>());
  else upload(stream, samples, pictures_.data<std::uint8_t>());
}

Tensor ImageSet::batch(Stream& stream, const Tensor& indices) const {
  const std::int64_t rows = indices.count();
  require(rows >= 1 && rows <= size(), "a batch of ", rows, " from ", size(), " samples");
  const Tensor x = Tensor::empty(stream, {rows, height_, width_, channels_});
  // A colour picture is one plane that is as many times as wide, repeated once.
  pixels(stream, {.bytes = deep_ ? nullptr : pictures_.data<std::uint8_t>(),
                  .words = deep_ ? pictures_.data<std::uint16_t>() : nullptr,
                  .white = white_.defined() ? white_.data<float>() : nullptr,
                  .index = indices.data<std::int32_t>(),
                  .y = x.data<float>(),
                  .n = static_cast<int>(rows),
                  .h = height_,
                  .w = colour_ ? width_ * channels_ : width_,
                  .c = colour_ ? 1 : channels_});
  return x;
}

}  // namespace pellucid
