// masked_image.h: images with some of their superpixels switched off, as masks of bits. It says
// what an array of N masked images would hold, without that array: a kernel that reads its input
// through superpixel_on() needs H·W·C + N·⌈M/32⌉ words instead of N·H·W·C.
#pragma once

#include <cstdint>

namespace pellucid {

// I images of H × W pixels, N masks. All arrays are device memory.
struct MaskedImage {
  const float* image = nullptr;          // (I, H, W, C)
  const float* fill = nullptr;           // (I, H, W, C): what a superpixel shows that is off
  const std::int32_t* labels = nullptr;  // (I, H, W): the pixel's superpixel, 0 … 32·words − 1
  const std::uint32_t* bits = nullptr;  // (N, words): bit j % 32 of word j / 32: superpixel j is on
  const std::int32_t* image_of = nullptr;  // (N): the image of a mask; null: image 0
  int words = 0;
};

// Whether superpixel `label` is on in a mask.
constexpr bool superpixel_on(const std::uint32_t* mask, std::int32_t label) {
  return (mask[label >> 5] >> (label & 31) & 1u) != 0;
}

// Value (pixel, c) of masked image n; pixel = h·W + w, pixels = H·W.
constexpr float masked_value(const MaskedImage& m, std::int64_t n, std::int64_t pixels,
                             std::int64_t pixel, int channels, int c) {
  const std::int64_t at = (m.image_of ? m.image_of[n] : 0) * pixels + pixel;
  const bool on = superpixel_on(m.bits + n * m.words, m.labels[at]);
  return (on ? m.image : m.fill)[at * channels + c];
}

}  // namespace pellucid
