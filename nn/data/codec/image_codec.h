// image_codec.h: a format of image files. A file of this folder that defines `const ImageCodec NAME_codec`
// adds one; image_file.h is what reads any of them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/data/image.h"

namespace pellucid {

struct ImageCodec {
  std::string_view name;       // "PNG"
  std::string_view extension;  // ".png"; files are taken by their bytes, a folder's by this
  std::string_view signature;  // "a PNG signature": what a file begins with, in errors
  std::string_view grey;       // "a grey PNG": what is read as one plane, in errors
  std::string_view colour;     // "a PNG": what is read as colour
  // Whether a file of these bytes is to be decoded as such, be it damaged.
  bool (*recognises)(std::string_view bytes);
  // One plane; with `colour` of a picture in colour red, green and blue. Values and white are the
  // file's: nothing is scaled. `name` stands for the file in the errors. Throws Error
  // "FILE: WHAT (found …; expected …)", limits first.
  Image (*decode)(std::span<const std::byte> bytes, const std::string& name, bool colour);
};

// All of this folder, by name.
const std::vector<const ImageCodec*>& all_image_codecs();

}  // namespace pellucid
