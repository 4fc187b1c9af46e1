#include "nn/data/image.h"

#include "runtime/error.h"

namespace pellucid {

GreyImage grey_plane(Image image) {
  require(image.planes == 1, "a grey picture is expected, this one is in colour");
  GreyImage grey;
  grey.width = image.width;
  grey.height = image.height;
  grey.pixels = eight_bit(std::move(image.pixels));
  return grey;
}

}  // namespace pellucid
