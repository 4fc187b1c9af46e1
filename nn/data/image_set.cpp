#include "nn/data/image_set.h"

#include <numeric>

#include "kernels/elementwise/elementwise.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

// The pictures' values one after the other, from `to` on. pixels_of(i): of the i-th of `count`.
template <class T, class PixelsOf>
void upload(Stream& stream, std::size_t count, const PixelsOf& pixels_of, T* to) {
  // Gathered into chunks: one transfer a picture would be slow, one copy of the whole set large.
  constexpr std::size_t kChunk = (std::size_t{16} << 20) / sizeof(T);
  std::vector<T> chunk;
  for (std::size_t i = 0; i < count; ++i) {
    pixels_of(i).visit(
        [&](const auto& values) { chunk.insert(chunk.end(), values.begin(), values.end()); });
    if (chunk.size() < kChunk && i + 1 < count) continue;
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
  if (!usual) white_ = Tensor::from_host(stream, {static_cast<std::int64_t>(white.size())}, white);
  if (samples[0].pixels.in_file()) {
    for (const Sample& sample : samples) in_file_.push_back(sample.pixels);
    return;
  }
  pictures_ = uploaded(stream, samples.size(),
                       [&](std::size_t i) -> const Pixels& { return samples[i].pixels; });
}

template <class PixelsOf>
Tensor ImageSet::uploaded(Stream& stream, std::size_t count, const PixelsOf& pixels_of) const {
  Tensor out = Tensor::empty(
      stream, {static_cast<std::int64_t>(count), height_, width_, colour_ ? channels_ : 1},
      deep_ ? DType::u16 : DType::u8);
  if (deep_) upload(stream, count, pixels_of, out.data<std::uint16_t>());
  else upload(stream, count, pixels_of, out.data<std::uint8_t>());
  return out;
}

Tensor ImageSet::batch(Stream& stream, const Tensor& indices) const {
  const std::int64_t rows = indices.count();
  require(rows >= 1 && rows <= size(), "a batch of ", rows, " from ", size(), " samples");
  if (!in_file_.empty()) return batch_of_file(stream, indices.to_host<std::int32_t>(stream));
  return batch_of(stream, pictures_, white_, indices);
}

Tensor ImageSet::batch_of_file(Stream& stream, const std::vector<std::int32_t>& indices) const {
  const auto at = [&](std::size_t i) -> const Pixels& {
    return in_file_.at(static_cast<std::size_t>(indices[i]));
  };
  std::vector<float> white;
  std::vector<std::int32_t> places(indices.size());
  std::iota(places.begin(), places.end(), 0);
  for (std::size_t i = 0; i < indices.size(); ++i)
    white.push_back(static_cast<float>(at(i).white()));
  const auto rows = static_cast<std::int64_t>(indices.size());
  return batch_of(stream, uploaded(stream, indices.size(), at),
                  white_.defined() ? Tensor::from_host(stream, {rows}, white) : Tensor(),
                  Tensor::from_host(stream, {rows}, places));
}

Tensor ImageSet::batch_of(Stream& stream, const Tensor& pictures, const Tensor& white,
                          const Tensor& indices) const {
  const std::int64_t rows = indices.count();
  const Tensor x = Tensor::empty(stream, {rows, height_, width_, channels_});
  // A colour picture is one plane that is as many times as wide, repeated once.
  pixels(stream, {.bytes = deep_ ? nullptr : pictures.data<std::uint8_t>(),
                  .words = deep_ ? pictures.data<std::uint16_t>() : nullptr,
                  .white = white.defined() ? white.data<float>() : nullptr,
                  .index = indices.data<std::int32_t>(),
                  .y = x.data<float>(),
                  .n = static_cast<int>(rows),
                  .h = height_,
                  .w = colour_ ? width_ * channels_ : width_,
                  .c = colour_ ? 1 : channels_});
  return x;
}

}  // namespace pellucid
