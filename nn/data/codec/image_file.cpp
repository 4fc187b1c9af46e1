#include "nn/data/codec/image_file.h"

#include <algorithm>
#include <string_view>

#include "nn/data/codec/image_codec.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

// "A, B or C".
std::string alternatives(const std::vector<std::string_view>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 < words.size() ? ", " : " or ";
    out += words[i];
  }
  return out;
}

// The extensions of all formats, in the order in which a folder is searched for them.
std::vector<std::string_view> all_extensions() {
  std::vector<std::string_view> all;
  for (const ImageCodec* codec : all_image_codecs())
    all.insert(all.end(), codec->extensions.begin(), codec->extensions.end());
  return all;
}

}  // namespace

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

std::string image_formats() {
  std::vector<std::string_view> names;
  for (const ImageCodec* codec : all_image_codecs()) names.push_back(codec->name);
  return alternatives(names);
}

std::string image_extensions() { return alternatives(all_extensions()); }

bool has_image_extension(const std::filesystem::path& path) {
  const std::string extension = lower_case(path.extension().string());
  const auto all = all_extensions();
  return std::find(all.begin(), all.end(), extension) != all.end();
}

std::filesystem::path find_image(const std::filesystem::path& folder, const std::string& name) {
  std::error_code error;
  for (const std::string_view extension : all_extensions()) {
    std::filesystem::path path = folder / (name + std::string(extension));
    if (std::filesystem::exists(path, error)) return path;
  }
  return {};
}

void write_png(const std::filesystem::path& path, int width, int height, int channels,
               std::span<const std::uint8_t> pixels, const PngText& text) {
  write_file(path, encode_png(width, height, channels, pixels, text));
}

}  // namespace pellucid
