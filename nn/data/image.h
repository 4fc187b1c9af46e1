// image.h: the picture types of the data pipeline: an Image from every codec to every consumer, and the
// plane of 8 bits that the steps for films work on.
//
// Coordinates: x to the right, y downwards, both continuous; pixel (row, column) covers the square
// [column, column + 1) × [row, row + 1), so its centre is (column + 0.5, row + 0.5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "nn/data/pixels.h"

namespace pellucid {

// An 8-bit grey picture, row-major: pixels[row · width + column].
struct GreyImage {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;  // (height, width)

  GreyImage() = default;
  GreyImage(int width_, int height_, std::uint8_t value = 0)
      : width(width_),
        height(height_),
        pixels(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_), value) {}

  bool empty() const { return pixels.empty(); }
  std::uint8_t* row(int y) {
    return pixels.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
  }
  const std::uint8_t* row(int y) const {
    return pixels.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
  }
  std::uint8_t& at(int y, int x) { return row(y)[x]; }
  std::uint8_t at(int y, int x) const { return row(y)[x]; }

  bool operator==(const GreyImage&) const = default;
};

// A picture of one grey plane, or of red, green and blue.
struct Image {
  int width = 0;
  int height = 0;
  int planes = 1;  // or 3
  Pixels pixels;   // (height, width, planes); their white is the picture's

  Image() = default;
  Image(int width_, int height_, int planes_, Pixels pixels_)
      : width(width_), height(height_), planes(planes_), pixels(std::move(pixels_)) {}
  Image(GreyImage grey) : Image(grey.width, grey.height, 1, std::move(grey.pixels)) {}

  bool operator==(const Image&) const = default;
};

// 32 hexadecimal digits (MD5) of what the picture shows: sides, planes, white and values. Equal for equal
// pictures, whatever format and name their files have.
std::string content_hash(const Image& image);

// The plane of a grey picture, of another depth reduced to 8 bits: v · 255 / white, rounded. Throws
// Error for a picture in colour.
GreyImage grey_plane(Image image);

// What was assumed about a picture, for people: "alpha over black", a line each.
using ImageNotes = std::vector<std::string>;

// The picture with one plane or three, at its own depth: of a grey one three equal planes, of one in
// colour its luma 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), rounded once. What was done is added to
// `notes`; of red, green and blue that are equal everywhere grey is no assumption.
Image with_planes(Image image, int planes, ImageNotes* notes = nullptr);

// The notes of many pictures, each once with the number of those that have it: "3 images: alpha over
// black", in the order of the pictures that first have them.
ImageNotes counted(const std::vector<ImageNotes>& notes);

// A circle around a lesion, in pixels of the picture that it annotates.
struct Circle {
  double x = 0;  // centre
  double y = 0;
  double radius = 0;

  bool operator==(const Circle&) const = default;
};

// Rows y0 … y1 − 1, columns x0 … x1 − 1.
struct Box {
  int y0 = 0;
  int y1 = 0;
  int x0 = 0;
  int x1 = 0;

  int width() const { return x1 - x0; }
  int height() const { return y1 - y0; }
  bool operator==(const Box&) const = default;
};

}  // namespace pellucid
