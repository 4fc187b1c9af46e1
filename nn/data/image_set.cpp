#include "nn/data/image_set.h"

#include <cstring>

#include "kernels/elementwise/elementwise.h"
#include "runtime/error.h"

namespace pellucid {

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
  pictures_ = Tensor::empty(
      stream, {static_cast<std::int64_t>(samples.size()), height, width, colour_ ? channels : 1},
      DType::u8);
  // Gathered into chunks: one transfer a picture would be slow, one copy of the whole set large.
  constexpr std::size_t kChunkBytes = std::size_t{16} << 20;
  std::vector<std::uint8_t> chunk;
  std::size_t uploaded = 0;
  const auto upload = [&] {
    stream.copy_to_device(pictures_.data<std::uint8_t>() + uploaded, chunk.data(), chunk.size());
    uploaded += chunk.size();
    chunk.clear();
  };
  for (const Sample& sample : samples) {
    require(sample.pixels.size() == picture, "sample ", sample.id, " has ", sample.pixels.size(),
            " pixels, expected ", height, "x", width, colour_ ? concat("x", channels) : "");
    require(sample.label >= 0 && sample.label < classes, "sample ", sample.id, " has the label ",
            sample.label, ", the model has ", classes, " classes");
    labels_.push_back(sample.label);
    chunk.insert(chunk.end(), sample.pixels.begin(), sample.pixels.end());
    if (chunk.size() >= kChunkBytes) upload();
  }
  upload();
}

Tensor ImageSet::batch(Stream& stream, const Tensor& indices) const {
  const std::int64_t rows = indices.count();
  require(rows >= 1 && rows <= size(), "a batch of ", rows, " from ", size(), " samples");
  const Tensor x = Tensor::empty(stream, {rows, height_, width_, channels_});
  // A colour picture is one plane that is as many times as wide, repeated once.
  pixels(stream, {.x = pictures_.data<std::uint8_t>(),
                  .index = indices.data<std::int32_t>(),
                  .y = x.data<float>(),
                  .n = static_cast<int>(rows),
                  .h = height_,
                  .w = colour_ ? width_ * channels_ : width_,
                  .c = colour_ ? 1 : channels_});
  return x;
}

}  // namespace pellucid
