// orientation.h: how a camera was held, as EXIF and TIFF say it.
#pragma once

#include <cstddef>
#include <span>

#include "nn/data/image.h"

namespace pellucid {

// The tag Orientation (0x0112), 1 to 8, in the TIFF structure of EXIF data, which begins with "II" or
// "MM"; 1, upright, where there is none that can be read.
int exif_orientation(std::span<const std::byte> exif);

// The picture turned and mirrored as the orientation says, with a note of it unless it is 1; another than
// 1 to 8 is noted and left alone.
Image upright(Image image, int orientation, ImageNotes& notes);

}  // namespace pellucid
