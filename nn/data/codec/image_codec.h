// image_codec.h: a format of image files. A file of this folder that defines `const ImageCodec NAME_codec`
// adds one; image_file.h is what reads any of them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/data/codec/image_file.h"

namespace pellucid {

// Notes that several formats give.
inline constexpr const char* kAlphaNote = "alpha over black";
inline constexpr const char* kProfileNote = "ICC profile ignored";

struct ImageCodec {
  std::string_view name;                     // "PNG"
  std::vector<std::string_view> extensions;  // {".png"}; files are taken by their bytes, a folder's
                                             // by these
  // Whether a file of these bytes is to be decoded as such, be it damaged.
  bool (*recognises)(std::string_view bytes);
  // The file's own planes, one grey or red, green and blue: what a caller needs is not its business.
  // Values and white are the file's: nothing is scaled. `name` stands for the file in the errors. What
  // was assumed is added to `notes`. Throws Error "FILE: WHAT (found …; expected …)", limits first.
  Image (*decode)(std::span<const std::byte> bytes, const std::string& name,
                  const DecodeOptions& options, ImageNotes& notes);
  bool has_frames = false;  // a file may hold several; of another none but the first is asked for
};

// All of this folder, by name.
const std::vector<const ImageCodec*>& all_image_codecs();

}  // namespace pellucid
