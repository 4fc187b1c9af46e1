#include "nn/data/image.h"

#include <algorithm>
#include <array>
#include <span>
#include <type_traits>
#include <utility>

#include "nn/data/md5.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

Pixels repeated(const Pixels& grey) {
  return grey.visit([&](const auto& values) {
    std::remove_cvref_t<decltype(values)> out;
    out.reserve(3 * values.size());
    for (const auto value : values) out.insert(out.end(), 3, value);
    return Pixels(std::move(out), grey.white());
  });
}

// same: whether red, green and blue are equal everywhere.
Pixels luma(const Pixels& colour, bool& same) {
  return colour.visit([&](const auto& values) {
    std::remove_cvref_t<decltype(values)> out(values.size() / 3);
    same = true;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::uint32_t r = values[3 * i], g = values[3 * i + 1], b = values[3 * i + 2];
      out[i] = static_cast<std::remove_reference_t<decltype(out[i])>>(
          (299 * r + 587 * g + 114 * b + 500) / 1000);
      same = same && r == g && g == b;
    }
    return Pixels(std::move(out), colour.white());
  });
}

}  // namespace

Image with_planes(Image image, int planes, ImageNotes* notes) {
  require(planes == 1 || planes == 3, "a picture has 1 or 3 planes, got ", planes);
  if (image.planes == planes) return image;
  bool equal = false;
  image.pixels = planes == 3 ? repeated(image.pixels) : luma(image.pixels, equal);
  image.planes = planes;
  if (notes != nullptr && !equal)
    notes->push_back(planes == 3 ? "grey as three equal planes" : "colour made grey (BT.601 luma)");
  return image;
}

ImageNotes counted(const std::vector<ImageNotes>& notes) {
  std::vector<std::pair<std::string, std::size_t>> counts;
  for (const ImageNotes& of_one : notes)
    for (const std::string& note : of_one) {
      const auto known = std::find_if(counts.begin(), counts.end(),
                                      [&](const auto& each) { return each.first == note; });
      if (known != counts.end()) ++known->second;
      else counts.emplace_back(note, 1);
    }
  ImageNotes out;
  for (const auto& [note, count] : counts)
    out.push_back(concat(count, count == 1 ? " image: " : " images: ", note));
  return out;
}

std::string content_hash(const Image& image) {
  const std::array<std::int32_t, 4> shape = {image.width, image.height, image.planes,
                                             image.pixels.white()};
  Md5 md5;
  md5.update(std::as_bytes(std::span(shape)));
  md5.update(image.pixels.memory());
  return md5.hex();
}

GreyImage grey_plane(Image image) {
  require(image.planes == 1, "a grey picture is expected, this one is in colour");
  GreyImage grey;
  grey.width = image.width;
  grey.height = image.height;
  grey.pixels = eight_bit(std::move(image.pixels));
  return grey;
}

}  // namespace pellucid
