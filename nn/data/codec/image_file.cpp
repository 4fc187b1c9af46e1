#include "nn/data/codec/image_file.h"

#include <string_view>

#include "nn/data/codec/image_codec.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/text.h"

namespace pellucid {

Image decode_image(std::span<const std::byte> bytes, const std::string& name, ImageNotes* notes,
                   const DecodeOptions& options) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.empty()) fail(name, ": empty (found 0 bytes; expected ", image_formats(), ")");
  for (const ImageCodec* codec : all_image_codecs()) {
    if (!codec->recognises(text)) continue;
    require(codec->has_frames || options.frame == 0, name, ": no frames in ", codec->name,
            " (found frame ", options.frame, " asked for; expected 0, its one picture)");
    ImageNotes unread;
    return codec->decode(bytes, name, options, notes != nullptr ? *notes : unread);
  }
  constexpr std::size_t kShown = 8;
  fail(name, ": not an image that can be read (found ", in_quotes(text.substr(0, kShown)),
       " first; expected ", image_formats(), ")");
}

Image read_image(const std::filesystem::path& path, ImageNotes* notes,
                 const DecodeOptions& options) {
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    fail(path.string(), ": missing (found no such file; expected ", image_formats(), ")");
  return decode_image(read_file(path, kMaxImageFileBytes), path.string(), notes, options);
}

}  // namespace pellucid
