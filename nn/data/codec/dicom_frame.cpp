#include "nn/data/codec/dicom_frame.h"

#include <algorithm>
#include <limits>

#include "runtime/error.h"

namespace pellucid {
namespace {

std::uint16_t low_dicom_bits(unsigned word, int bits) {
  return static_cast<std::uint16_t>(word & ((1U << bits) - 1));
}

// Where a sample of a frame that is not compressed lies.
std::size_t native_dicom_index(const DicomHeader& h, std::size_t i) {
  const auto samples = static_cast<std::size_t>(h.samples);
  if (h.colour == DicomColour::ybr_full_422) {  // Y Y Cb Cr for two pixels
    const std::size_t pixel = i / 3, sample = i % 3;
    return pixel / 2 * 4 + (sample == 0 ? pixel % 2 : 1 + sample);
  }
  if (!h.by_plane) return i;
  return i % samples * (h.values() / samples) + i / samples;
}

// How many samples a frame that is not compressed has.
std::size_t native_dicom_samples(const DicomHeader& h) {
  return h.colour == DicomColour::ybr_full_422 ? (h.values() / 3 + 1) / 2 * 4 : h.values();
}

DicomSamples native_dicom_frame(const DicomValue& pixels, const DicomHeader& h, int frame,
                                const std::string& name) {
  const std::size_t samples = native_dicom_samples(h);
  const std::size_t bytes = h.bits_allocated == 16 ? 2 : 1;
  const std::size_t begin = static_cast<std::size_t>(frame) * samples * bytes,
                    end = begin + samples * bytes;
  if (pixels.bytes.size() < end)
    fail(name, ": truncated (found ", pixels.bytes.size(), " bytes of pixels; expected ", end, ")");
  // Bytes in big-endian words lie in pairs.
  const std::size_t swapped = bytes == 1 && pixels.big_endian && pixels.vr[1] == 'W' ? 1 : 0;
  const int shift = h.high_bit + 1 - h.bits_stored;
  DicomSamples out{.words = std::vector<std::uint16_t>(h.values()), .bits = h.bits_stored};
  for (std::size_t i = 0; i < out.words.size(); ++i) {
    const std::size_t at = begin / bytes + native_dicom_index(h, i);
    const std::size_t byte = std::min(at ^ swapped, pixels.bytes.size() - 1);
    const unsigned word =
        bytes == 2 ? pixels.word(at) : std::to_integer<unsigned>(pixels.bytes[byte]);
    out.words[i] = low_dicom_bits(word >> shift, h.bits_stored);
  }
  return out;
}

std::uint32_t dicom_offset(std::span<const std::byte> offsets, std::size_t i) {
  std::uint32_t value = 0;
  for (std::size_t byte = 4; byte-- > 0;)
    value = value << 8 | std::to_integer<std::uint32_t>(offsets[4 * i + byte]);
  return value;
}

// Which fragments are those of a frame: first and one behind the last.
std::pair<std::size_t, std::size_t> dicom_fragments(const DicomPixelData& pixels, int frames,
                                                    int frame, const std::string& name) {
  const std::size_t count = pixels.fragments.size();
  const auto all = static_cast<std::size_t>(frames), wanted = static_cast<std::size_t>(frame);
  if (count < all)
    fail(name, ": truncated (found ", count, " fragments of pixels; expected one for each of ",
         frames, frames == 1 ? " frame" : " frames", ")");
  if (frames == 1) return {0, count};
  if (count == all) return {wanted, wanted + 1};
  if (pixels.offsets.size() / 4 < all)
    fail(name, ": frames that cannot be told apart (found ", count, " fragments for ", frames,
         " frames and no table of offsets; expected one)");
  // The table counts from the head of the first fragment, and each head has 8 bytes.
  constexpr std::uint64_t kHead = 8;
  const std::uint64_t begin = dicom_offset(pixels.offsets, wanted),
                      end = wanted + 1 < all ? dicom_offset(pixels.offsets, wanted + 1)
                                             : std::numeric_limits<std::uint64_t>::max();
  std::uint64_t at = 0;
  std::size_t first = count, last = count;
  for (std::size_t i = 0; i < count; ++i) {
    if (at == begin) first = i;
    if (at == end) last = i;
    at += kHead + pixels.fragments[i].size();
  }
  if (first >= last)
    fail(name, ": bad table of offsets (found no fragment at byte ", begin, "; expected one)");
  return {first, last};
}

std::vector<std::byte> joined_fragments(const DicomPixelData& pixels,
                                        std::pair<std::size_t, std::size_t> range) {
  std::vector<std::byte> out;
  for (std::size_t i = range.first; i < range.second; ++i)
    out.insert(out.end(), pixels.fragments[i].begin(), pixels.fragments[i].end());
  return out;
}

// Black pictures shrink to nearly nothing, so no ratio is wrong by itself; but a small file shall not
// ask for much memory.
void check_dicom_ratio(const DicomHeader& h, std::size_t found, const std::string& name) {
  constexpr std::size_t kAlways = std::size_t{64} << 20, kRatio = 2048;
  const std::size_t bytes = h.values() * static_cast<std::size_t>(h.bits_allocated / 8);
  if (bytes > kAlways && bytes / kRatio > found)
    fail(name, ": truncated (found ", found, " bytes of pixels; expected at least ", bytes / kRatio,
         " for ", h.width, " × ", h.height, ")");
}

}  // namespace

DicomSamples dicom_frame(const DicomElements& elements, const DicomHeader& header, int frame,
                         const std::string& name) {
  const DicomPixelData& pixels = *elements.pixels;
  const DicomCompression compression = elements.syntax.compression;
  const bool native = compression == DicomCompression::none;
  if (native == pixels.encapsulated)
    fail(name, ": pixels of another transfer syntax (found ", native ? "fragments" : "no fragments",
         "; expected those of ", elements.syntax.name, ")");
  if (native) return native_dicom_frame(pixels.native, header, frame, name);
  const std::vector<std::byte> bytes =
      joined_fragments(pixels, dicom_fragments(pixels, header.frames, frame, name));
  check_dicom_ratio(header, bytes.size(), name);
  DicomSamples out = compression == DicomCompression::rle ? decode_dicom_rle(bytes, header, name)
                     : compression == DicomCompression::jpeg_2000
                         ? decode_dicom_jpeg2000(bytes, header, name)
                         : decode_dicom_jpeg(bytes, header, elements.syntax, name);
  // A stream of fewer bits than are stored holds signed values in its own.
  const int shift =
      compression == DicomCompression::rle ? header.high_bit + 1 - header.bits_stored : 0;
  const bool extends = header.grey.is_signed && out.bits < header.bits_stored;
  for (std::uint16_t& word : out.words) {
    unsigned value = word;
    if (extends && (value >> (out.bits - 1)) != 0) value |= ~0U << out.bits;
    word = low_dicom_bits(value >> shift, header.bits_stored);
  }
  return out;
}

}  // namespace pellucid
