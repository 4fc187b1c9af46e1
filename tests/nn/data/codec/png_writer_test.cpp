#include <doctest/doctest.h>

#include <array>
#include <random>

#include "nn/data/codec/image_file.h"

using namespace pellucid;

namespace {

using Values = std::vector<std::uint8_t>;

// Noise, which does not get smaller, a ramp, or one value.
Values values_of(std::size_t count, int kind) {
  Values out(count, 77);
  std::mt19937 random(static_cast<unsigned>(count));
  if (kind == 0)
    for (auto& value : out) value = static_cast<std::uint8_t>(random());
  if (kind == 1)
    for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::uint8_t>(i / 7);
  return out;
}

}  // namespace

TEST_CASE("PNG: what is written is read again, grey and in colour, whatever its size") {
  const std::array<int, 2> sizes[] = {{1, 1}, {3, 1}, {1, 5}, {64, 63}, {1089, 594}, {4096, 2}};
  for (const auto [width, height] : sizes)
    for (const int channels : {1, 3})
      for (const int kind : {0, 1, 2}) {
        CAPTURE(width);
        CAPTURE(channels);
        CAPTURE(kind);
        const std::size_t count = static_cast<std::size_t>(width) * height * channels;
        const Values values = values_of(count, kind);
        const auto png = encode_png(width, height, channels, values, {{"Title", "t"}});
        CHECK(decode_image(png, "x.png") == Image(width, height, channels, Pixels(values)));
        CHECK(encode_png(width, height, channels, values, {{"Title", "t"}}) == png);
        if (kind == 2 && count > 1000) CHECK(png.size() < count / 20);
      }
}
