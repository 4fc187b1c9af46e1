// jpeg_codec.cpp: JPEG through libjpeg, in memory: baseline and progressive, of 8 bits. The slow integer
// transform and the smooth upsampling, libjpeg's defaults, are fixed: other programs get the same pixels.
//
// libjpeg reports an error by longjmp, which must not skip a destructor. So each function that calls
// setjmp holds only pointers and numbers; what they point to is owned by its caller.
#include <cstdio>
// Behind <cstdio>, which it needs.
#include <jpeglib.h>

#include <array>
#include <csetjmp>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "nn/data/codec/blend.h"
#include "nn/data/codec/image_codec.h"
#include "nn/data/codec/image_file.h"
#include "nn/data/codec/orientation.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

// What the frame header says, read here so that every limit is checked before libjpeg allocates.
struct Frame {
  unsigned marker = 0, precision = 0, height = 0, width = 0, components = 0;
};

// Why a frame of this marker (SOF0 … SOF15) is not read; null if it is.
const char* unread_process(unsigned marker) {
  switch (marker) {
    case 0xC0:
    case 0xC1:
    case 0xC2:
      return nullptr;
    case 0xC3:
      return "lossless";
    case 0xC9:
    case 0xCA:
    case 0xCB:
      return "arithmetic coding";
    default:
      return "hierarchical";
  }
}

// Walks over the segments before the frame header.
Frame frame_of(std::span<const std::byte> bytes, const std::string& name) {
  const auto byte = [&](std::size_t at) {
    if (at >= bytes.size())
      fail(name, ": truncated (found ", bytes.size(), " bytes; expected a whole JPEG)");
    return std::to_integer<unsigned>(bytes[at]);
  };
  const auto word = [&](std::size_t at) { return byte(at) << 8 | byte(at + 1); };
  std::size_t at = 2;
  while (true) {
    if (byte(at) != 0xFF)
      fail(name, ": corrupt JPEG (found byte ", byte(at), " at ", at, "; expected a marker)");
    while (byte(at) == 0xFF) ++at;
    const unsigned marker = byte(at++);
    const bool frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) return {marker, byte(at + 2), word(at + 3), word(at + 5), byte(at + 7)};
    if (marker == 0xD9 || marker == 0xDA)
      fail(name, ": corrupt JPEG (found no frame header; expected one before the pixels)");
    const bool alone = marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8);
    if (alone) continue;
    const unsigned length = word(at);
    require(length >= 2, name, ": corrupt JPEG (found a segment of ", length,
            " bytes; expected at least 2)");
    at += length;
  }
}

Frame checked_frame(std::span<const std::byte> bytes, const std::string& name) {
  const Frame frame = frame_of(bytes, name);
  const char* process = unread_process(frame.marker);
  if (process != nullptr || frame.precision != 8)
    fail(name, ": wrong kind of JPEG (found ",
         process != nullptr ? process : concat(frame.precision, " bits"),
         "; expected baseline or progressive of 8 bits)");
  if (frame.width < 1 || frame.height < 1 || frame.width > kMaxImageSide ||
      frame.height > kMaxImageSide)
    fail(name, ": bad size (found ", frame.width, " × ", frame.height, "; expected sides of 1 to ",
         kMaxImageSide, ")");
  require(frame.components == 1 || frame.components == 3 || frame.components == 4, name,
          ": wrong kind of JPEG (found ", frame.components,
          " components; expected 1, grey, 3, colour, or 4, CMYK)");
  // A block of 8 × 8 takes at least a bit, and of one component there are no fewer than a quarter of
  // the most that there can be.
  constexpr std::size_t kPixelsOfByte = std::size_t{64} * 8 * 4;
  if (std::size_t{frame.width} * frame.height > kPixelsOfByte * bytes.size())
    fail(name, ": truncated (found ", bytes.size(), " bytes; expected more for ", frame.width,
         " × ", frame.height, ")");
  return frame;
}

struct Errors : jpeg_error_mgr {
  std::jmp_buf jump;
  std::array<char, JMSG_LENGTH_MAX> message{};
};

[[noreturn]] void stop(j_common_ptr jpeg) {
  auto* errors = static_cast<Errors*>(jpeg->err);
  errors->format_message(jpeg, errors->message.data());
  std::longjmp(errors->jump, 1);
}

// A warning (below 0) says that the data are damaged: what is decoded would be a guess.
void on_message(j_common_ptr jpeg, int level) {
  if (level < 0) stop(jpeg);
}

struct Progress : jpeg_progress_mgr {};

// A file of many scans with next to nothing in them would take for ever.
void on_progress(j_common_ptr jpeg) {
  if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number <= kMaxImageScans) return;
  auto* errors = static_cast<Errors*>(jpeg->err);
  std::snprintf(errors->message.data(), errors->message.size(), "more than %d scans",
                kMaxImageScans);
  std::longjmp(errors->jump, 1);
}

class JpegReader {
 public:
  JpegReader() {
    jpeg.err = jpeg_std_error(&errors);
    errors.error_exit = stop;
    errors.emit_message = on_message;
    progress.progress_monitor = on_progress;
  }
  ~JpegReader() { jpeg_destroy_decompress(&jpeg); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  jpeg_decompress_struct jpeg{};
  Errors errors{};
  Progress progress{};
};

// False after an error. Reads what is before the pixels, and says how they are to come.
bool read_header(JpegReader* reader, const unsigned char* bytes, std::size_t size) {
  if (setjmp(reader->errors.jump) != 0) return false;
  jpeg_decompress_struct* jpeg = &reader->jpeg;
  jpeg_create_decompress(jpeg);
  jpeg->progress = &reader->progress;
  // libjpeg before 9 takes no pointer to constant bytes, and writes none.
  jpeg_mem_src(jpeg, const_cast<unsigned char*>(bytes), size);
  constexpr unsigned whole = 0xFFFF;
  jpeg_save_markers(jpeg, JPEG_APP0 + 1, whole);
  jpeg_save_markers(jpeg, JPEG_APP0 + 2, whole);
  jpeg_read_header(jpeg, TRUE);
  if (jpeg->num_components == 3) jpeg->out_color_space = JCS_RGB;
  if (jpeg->num_components == 4) jpeg->out_color_space = JCS_CMYK;
  jpeg->dct_method = JDCT_ISLOW;
  jpeg->do_fancy_upsampling = TRUE;
  return true;
}

// False after an error. pixels: rows of `stride` bytes.
bool read_rows(JpegReader* reader, unsigned char* pixels, std::size_t stride) {
  if (setjmp(reader->errors.jump) != 0) return false;
  jpeg_decompress_struct* jpeg = &reader->jpeg;
  jpeg_start_decompress(jpeg);
  while (jpeg->output_scanline < jpeg->output_height) {
    JSAMPROW row = pixels + jpeg->output_scanline * stride;
    jpeg_read_scanlines(jpeg, &row, 1);
  }
  jpeg_finish_decompress(jpeg);
  return true;
}

// The bytes behind `signature` of the first segment APPn that begins with it.
std::span<const std::byte> segment_of(const jpeg_decompress_struct& jpeg, int app,
                                      std::string_view signature) {
  for (auto* marker = jpeg.marker_list; marker != nullptr; marker = marker->next) {
    const std::string_view data(reinterpret_cast<const char*>(marker->data), marker->data_length);
    if (marker->marker == JPEG_APP0 + app && data.starts_with(signature))
      return std::as_bytes(std::span(data.substr(signature.size())));
  }
  return {};
}

// Adobe's programs store how much of each ink is missing.
void make_rgb(std::vector<std::uint8_t>& values, bool adobe, ImageNotes& notes) {
  if (adobe)
    for (std::uint8_t& value : values) value = static_cast<std::uint8_t>(kWhite8 - value);
  inks_to_rgb(values, kWhite8);
  notes.emplace_back(adobe ? "CMYK (inverted, as Adobe's) made RGB" : "CMYK made RGB");
}

Image decode_jpeg(std::span<const std::byte> bytes, const std::string& name, const DecodeOptions&,
                  ImageNotes& notes) {
  using namespace std::string_view_literals;
  const Frame frame = checked_frame(bytes, name);
  JpegReader reader;
  const jpeg_decompress_struct& jpeg = reader.jpeg;
  const auto check = [&](bool read) {
    if (!read)
      fail(name, ": corrupt JPEG (found ", reader.errors.message.data(),
           "; expected a whole JPEG)");
  };
  check(read_header(&reader, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
  require(jpeg.image_width == frame.width && jpeg.image_height == frame.height &&
              jpeg.num_components == static_cast<int>(frame.components),
          name, ": corrupt JPEG (found two frame headers; expected one)");
  // libjpeg drops the segments with the last row.
  const int orientation = exif_orientation(segment_of(jpeg, 1, "Exif\0\0"sv));
  const bool profile = !segment_of(jpeg, 2, "ICC_PROFILE\0"sv).empty();
  const std::size_t stride = std::size_t{frame.width} * frame.components;
  std::vector<std::uint8_t> values(stride * frame.height);
  check(read_rows(&reader, values.data(), stride));
  if (frame.components == 4) make_rgb(values, jpeg.saw_Adobe_marker != 0, notes);
  if (profile) notes.emplace_back(kProfileNote);
  Image image(static_cast<int>(frame.width), static_cast<int>(frame.height),
              frame.components == 1 ? 1 : 3, std::move(values));
  return upright(std::move(image), orientation, notes);
}

bool is_jpeg(std::string_view text) { return text.starts_with("\xFF\xD8\xFF"); }

}  // namespace

extern const ImageCodec jpeg_codec;
const ImageCodec jpeg_codec{
    .name = "JPEG", .extensions = {".jpg", ".jpeg"}, .recognises = is_jpeg, .decode = decode_jpeg};

}  // namespace pellucid
