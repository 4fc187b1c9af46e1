// png_codec.h: the PNG half of image_file.h, which is what everything else includes.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>

#include "nn/data/image.h"

namespace pellucid {

// bytes: start with the PNG signature. Errors as decode_image's.
GreyImage decode_png(std::span<const std::byte> bytes, const std::string& name);
std::array<GreyImage, 3> decode_rgb_png(std::span<const std::byte> bytes, const std::string& name);

}  // namespace pellucid
