// image_kind.cpp: pictures of every format that is read. Only what they show is told, and of a PNG its text:
// a medical file's tags may name a person.
#include <algorithm>

#include "apps/inspect/file_kind.h"
#include "nn/data/codec/image_codec.h"
#include "nn/data/codec/image_file.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

const ImageCodec* codec_of(const InspectedFile& file) {
  const auto& codecs = all_image_codecs();
  const auto found = std::find_if(codecs.begin(), codecs.end(), [&](const ImageCodec* codec) {
    return codec->recognises(file.text());
  });
  return found == codecs.end() ? nullptr : *found;
}

// tEXt chunks, by keyword; what is JSON, as the programs write their settings, as that. The chunks are whole:
// the codec has read the file.
Json png_text(std::string_view png) {
  constexpr std::size_t kSignature = 8, kAround = 12;  // length, type and checksum of a chunk
  Json out = Json::object();
  for (std::size_t at = kSignature; at + kAround <= png.size();) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i)
      length = length << 8 | static_cast<unsigned char>(png[at + i]);
    if (length > png.size() - at - kAround) break;
    const std::string_view body = png.substr(at + 8, length);
    const std::size_t end = body.find('\0');
    if (png.substr(at + 4, 4) == "tEXt" && end != body.npos) {
      const std::string value(body.substr(end + 1));
      Json& entry = out[std::string(body.substr(0, end))];
      try {
        entry = parse_json(value, "text");
      } catch (const Error&) {
        entry = value;
      }
    }
    at += length + kAround;
  }
  return out;
}

bool recognises(const InspectedFile& file) {
  return !file.bytes.empty() && codec_of(file) != nullptr;
}

Json describe(const InspectedFile& file) {
  const ImageCodec& codec = *codec_of(file);
  ImageNotes notes;
  const Image image = decode_image(file.bytes, file.name, &notes);
  Json out = {{"format", std::string(codec.name)},
              {"width", image.width},
              {"height", image.height},
              {"planes", image.planes},
              {"white", image.pixels.white()},
              {"content_hash", content_hash(image)},
              {"notes", notes}};
  const auto [low, high] = image.pixels.visit([](const auto& values) {
    const auto ends = std::minmax_element(values.begin(), values.end());
    return std::pair<int, int>(*ends.first, *ends.second);
  });
  out["least"] = low;
  out["greatest"] = high;
  if (file.text().starts_with("\x89PNG")) out["text"] = png_text(file.text());
  return out;
}

}  // namespace

extern const FileKind image_kind;
const FileKind image_kind{"image", "an image in a format that is read", recognises, describe};

}  // namespace pellucid
