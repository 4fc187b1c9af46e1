#include "nn/data/image.h"

#include <array>
#include <span>

#include "nn/data/md5.h"
#include "runtime/error.h"

namespace pellucid {

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
