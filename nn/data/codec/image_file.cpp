#include "nn/data/codec/image_file.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <type_traits>

#include "nn/data/codec/image_codec.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

// What the codecs say at `part`: "A, B or C".
std::string alternatives(std::string_view ImageCodec::*part, std::string_view last = " or ") {
  const auto& codecs = all_image_codecs();
  std::string out;
  for (std::size_t i = 0; i < codecs.size(); ++i) {
    if (i > 0) out += i + 1 < codecs.size() ? ", " : last;
    out += codecs[i]->*part;
  }
  return out;
}

std::string readable(bool colour) {
  return alternatives(colour ? &ImageCodec::colour : &ImageCodec::grey);
}

// Three equal planes of one.
Image repeated(const Image& grey) {
  return {grey.width, grey.height, 3, grey.pixels.visit([&](const auto& values) {
            std::remove_cvref_t<decltype(values)> out;
            out.reserve(3 * values.size());
            for (const auto value : values) out.insert(out.end(), 3, value);
            return Pixels(std::move(out), grey.pixels.white());
          })};
}

}  // namespace

Image decode_image(std::span<const std::byte> bytes, const std::string& name, bool colour) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.empty()) fail(name, ": empty (found 0 bytes; expected ", readable(colour), ")");
  for (const ImageCodec* codec : all_image_codecs()) {
    if (!codec->recognises(text)) continue;
    Image image = codec->decode(bytes, name, colour);
    return colour && image.planes == 1 ? repeated(image) : image;
  }
  constexpr std::size_t kShown = 8;
  fail(name, ": neither ", alternatives(&ImageCodec::name, " nor "), " (found ",
       in_quotes(text.substr(0, kShown)), " first; expected ", alternatives(&ImageCodec::signature),
       ")");
}

Image read_image(const std::filesystem::path& path, bool colour) {
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    fail(path.string(), ": missing (found no such file; expected ", readable(colour), ")");
  return decode_image(read_file(path, kMaxImageFileBytes), path.string(), colour);
}

std::string image_formats() { return alternatives(&ImageCodec::name); }

std::string image_extensions() { return alternatives(&ImageCodec::extension); }

bool has_image_extension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto& codecs = all_image_codecs();
  return std::any_of(codecs.begin(), codecs.end(),
                     [&](const ImageCodec* codec) { return codec->extension == extension; });
}

std::filesystem::path find_image(const std::filesystem::path& folder, const std::string& name) {
  std::error_code error;
  for (const ImageCodec* codec : all_image_codecs()) {
    std::filesystem::path path = folder / (name + std::string(codec->extension));
    if (std::filesystem::exists(path, error)) return path;
  }
  return {};
}

void write_png(const std::filesystem::path& path, int width, int height, int channels,
               std::span<const std::uint8_t> pixels, const PngText& text) {
  write_file(path, encode_png(width, height, channels, pixels, text));
}

}  // namespace pellucid
