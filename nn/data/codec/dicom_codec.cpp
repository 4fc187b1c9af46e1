// dicom_codec.cpp: DICOM (PS3.3, PS3.5): grey of 8 to 16 stored bits and colour, as it is to be shown.
// What is done to the values is said at dicom_grey() and dicom_rgb().
#include "nn/data/codec/dicom_colour.h"
#include "nn/data/codec/dicom_frame.h"
#include "nn/data/codec/image_codec.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

// "DICM" behind 128 bytes of anything, or a data set without that: its first element, of group 0002 or
// 0008, with the letters of a value representation or a small length.
bool is_dicom(std::string_view bytes) {
  constexpr std::size_t kPreamble = 128;
  if (bytes.size() > kPreamble && bytes.substr(kPreamble).starts_with("DICM")) return true;
  if (bytes.size() < 8) return false;
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const auto capital = [&](std::size_t i) { return bytes[i] >= 'A' && bytes[i] <= 'Z'; };
  const bool letters = capital(4) && capital(5);
  const bool small = at(5) == 0 && at(6) == 0 && at(7) == 0;
  const bool little = (at(0) == 2 || at(0) == 8) && at(1) == 0 && at(3) == 0 && (letters || small);
  const bool big = at(0) == 0 && at(1) == 8 && at(2) == 0 && letters;
  return little || big;
}

Image decode_dicom(std::span<const std::byte> bytes, const std::string& name,
                   const DecodeOptions& options, ImageNotes& notes) {
  const DicomElements elements = parse_dicom(bytes, name, options.frame);
  DicomHeader header = dicom_header(elements, name, options.frame, notes);
  DicomSamples samples = dicom_frame(elements, header, options.frame, name);
  if (samples.doubtful) notes.emplace_back("compressed pixels that are damaged in places");
  if (header.frames > 1) notes.push_back(concat("frame ", options.frame, " of ", header.frames));
  return {header.width, header.height, header.samples,
          header.samples == 3 ? dicom_rgb(header, std::move(samples), notes)
                              : dicom_grey(header.grey, std::move(samples.words), notes)};
}

}  // namespace

extern const ImageCodec dicom_codec;
const ImageCodec dicom_codec{.name = "DICOM",
                             .extensions = {".dcm", ".dicom"},
                             .recognises = is_dicom,
                             .decode = decode_dicom,
                             .has_frames = true};

}  // namespace pellucid
