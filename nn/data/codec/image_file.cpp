#include "nn/data/codec/image_file.h"

#include <algorithm>
#include <cctype>
#include <string_view>

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

std::vector<GreyImage> decode(std::span<const std::byte> bytes, const std::string& name,
                              bool colour) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.empty()) fail(name, ": empty (found 0 bytes; expected ", readable(colour), ")");
  for (const ImageCodec* codec : all_image_codecs())
    if (codec->recognises(text)) return codec->decode(bytes, name, colour);
  constexpr std::size_t kShown = 8;
  fail(name, ": neither ", alternatives(&ImageCodec::name, " nor "), " (found ",
       in_quotes(text.substr(0, kShown)), " first; expected ", alternatives(&ImageCodec::signature),
       ")");
}

std::vector<GreyImage> read(const std::filesystem::path& path, bool colour) {
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    fail(path.string(), ": missing (found no such file; expected ", readable(colour), ")");
  return decode(read_file(path, kMaxImageFileBytes), path.string(), colour);
}

}  // namespace

GreyImage decode_image(std::span<const std::byte> bytes, const std::string& name) {
  return std::move(decode(bytes, name, false)[0]);
}

GreyImage read_image(const std::filesystem::path& path) { return std::move(read(path, false)[0]); }

std::array<GreyImage, 3> read_rgb_image(const std::filesystem::path& path) {
  std::vector<GreyImage> planes = read(path, true);
  if (planes.size() == 1) return {planes[0], planes[0], planes[0]};
  return {std::move(planes[0]), std::move(planes[1]), std::move(planes[2])};
}

std::vector<GreyImage> read_planes(const std::filesystem::path& path, bool colour) {
  if (!colour) return {read_image(path)};
  std::array<GreyImage, 3> planes = read_rgb_image(path);
  return {std::move(planes[0]), std::move(planes[1]), std::move(planes[2])};
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

void write_png(const std::filesystem::path& path, int width, int height, int channels,
               std::span<const std::uint8_t> pixels, const PngText& text) {
  write_file(path, encode_png(width, height, channels, pixels, text));
}

}  // namespace pellucid
