// Pictures of two bytes a value and of three planes; those of one byte: preprocess_test.cpp.
#include "nn/data/resize.h"

#include <algorithm>
#include <cmath>

#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

Image deep_picture() {
  return {
      4,
      3,
      1,
      {Pixels::Words{0, 1000, 65535, 12345, 54321, 256, 255, 40000, 7, 65534, 32768, 100}, 65535}};
}

Image deep(int width, int height, Pixels::Words values) {
  return {width, height, 1, {std::move(values), 65535}};
}

// The planes of a picture in colour, one after the other.
Image plane_of(const Image& image, int plane) {
  return {image.width, image.height, 1, image.pixels.visit([&](const auto& values) {
            std::remove_cvref_t<decltype(values)> out;
            for (std::size_t i = static_cast<std::size_t>(plane); i < values.size(); i += 3)
              out.push_back(values[i]);
            return Pixels(std::move(out), image.pixels.white());
          })};
}

}  // namespace

// cv2.resize of OpenCV 5.0.0, INTER_LINEAR. It sums in float: of 7 × 6 one value, 60854, is one more there.
TEST_CASE("resize: 16 bits as OpenCV, to a level") {
  CHECK(resize_bilinear(deep_picture(), 5, 2) ==
        deep(5, 2, {13580, 4644, 25014, 40228, 19259, 13586, 38526, 36927, 20270, 10075}));
  CHECK(resize_bilinear(deep_picture(), 3, 2) ==
        deep(3, 2, {11453, 25014, 24251, 19524, 36927, 12502}));
  CHECK(resize_bilinear(deep_picture(), 7, 6) ==
        deep(7, 6, {0,     357,   929,   33268, 61736, 31341, 12345, 13580, 9021,  1726,  25014,
                    47075, 29957, 19259, 40741, 26348, 3320,  8508,  17754, 27189, 33086, 40742,
                    32111, 18302, 12479, 9929,  22296, 30025, 13586, 26310, 46670, 36927, 23599,
                    15277, 10075, 7,     23410, 60853, 49151, 30435, 11767, 100}));
  CHECK(resize_bilinear(deep_picture(), 4, 3) == deep_picture());
  CHECK(contains(message_of([] { resize_bilinear(Image(), 4, 3); }), "empty picture"));
}

TEST_CASE("resize: means of 16 bits are rounded, and sums of very many do not overflow") {
  const Image half = resize_by_means(deep_picture(), 2, 3);
  CHECK(half == deep(2, 3, {500, 38940, 27289, 20128, 32771, 16434}));
  const Image white(5000, 5000, 1, Pixels(Pixels::Words(25'000'000, 65535), 65535));
  CHECK(resize_by_means(white, 1, 1) == deep(1, 1, {65535}));
}

TEST_CASE("resize: exact means of areas, pixels in part by their part, at any factor") {
  const Image half = resize_by_area(deep_picture(), 2, 3);
  CHECK(half == resize_by_means(deep_picture(), 2, 3));  // a whole factor
  // 4 columns to 3: each covers 4/3 of a pixel.
  const Image third = resize_by_area(Image(4, 1, 1, {30, 60, 90, 200}), 3, 1);
  CHECK(
      third ==
      Image(3, 1, 1, {38, 75, 173}));  // 30·3/4 + 60/4 = 37.5, 60/2 + 90/2, 90/4 + 200·3/4 = 172.5
  // Against the definition, in double.
  const GreyImage source = random_image(53, 31, 9);
  const Image small = resize_by_area(source, 20, 17);
  for (int y = 0; y < 17; ++y)
    for (int x = 0; x < 20; ++x) {
      double sum = 0;
      for (int row = 0; row < 31; ++row)
        for (int column = 0; column < 53; ++column) {
          const double high =
              std::min((row + 1.0), (y + 1) * 31 / 17.0) - std::max(1.0 * row, y * 31 / 17.0);
          const double wide =
              std::min((column + 1.0), (x + 1) * 53 / 20.0) - std::max(1.0 * column, x * 53 / 20.0);
          if (high > 0 && wide > 0) sum += high * wide * source.at(row, column);
        }
      CHECK(std::abs(small.pixels[static_cast<std::size_t>(20 * y + x)] -
                     sum / (31 / 17.0 * 53 / 20.0)) <= 0.5 + 1e-9);
    }
  // One side shrinks, the other grows.
  CHECK(resize_by_area(source, 20, 62) == resize_bilinear(resize_by_area(source, 20, 31), 20, 62));
  const Image white(5000, 5001, 1, Pixels(Pixels::Words(5000 * 5001, 65535), 65535));
  CHECK(resize_by_area(white, 3, 1) == deep(3, 1, {65535, 65535, 65535}));
  CHECK(contains(message_of([] { resize_by_area(Image(), 4, 3); }), "empty picture"));
}

TEST_CASE("resize: what is left of a texture does not tell the size that a picture had") {
  const auto left = [](int side) {
    const Image small = resize_by_area(random_image(side, side, 7), 64, 64);
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < small.pixels.size(); ++i) {
      sum += small.pixels[i];
      squares += small.pixels[i] * small.pixels[i];
    }
    const double mean = sum / 4096;
    return std::sqrt(squares / 4096 - mean * mean);
  };
  CHECK(left(127) == doctest::Approx(left(128)).epsilon(0.2));  // bilinear means: a third apart
  CHECK(left(191) == doctest::Approx(left(192)).epsilon(0.1));
}

TEST_CASE("resize: each plane of a picture in colour as if it were alone, of any depth") {
  const GreyImage values = random_image(3 * 37, 23, 5);
  Pixels::Words words;
  for (const std::uint8_t value : values.pixels)
    words.push_back(static_cast<std::uint16_t>(value * 16));
  for (const Image& image : {Image(37, 23, 3, values.pixels), Image(37, 23, 3, {words, 4095})})
    for (const auto method : {resize_by_means, resize_by_area,
                              static_cast<Image (*)(const Image&, int, int)>(resize_bilinear)}) {
      const Image small = method(image, 9, 14);
      CHECK(small.planes == 3);
      CHECK(small.pixels.white() == image.pixels.white());
      for (int plane = 0; plane < 3; ++plane)
        CHECK(plane_of(small, plane) == method(plane_of(image, plane), 9, 14));
    }
}
