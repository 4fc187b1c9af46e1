// dicom_rle.cpp: RLE frames of DICOM files (PS3.5, Annex G). Ours, because DCMTK 3.6.7 reads behind the
// ends of damaged ones.
#include <algorithm>

#include "nn/data/codec/dicom_decoders.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

std::size_t rle_number(std::span<const std::byte> frame, std::size_t i) {
  std::size_t value = 0;
  for (std::size_t byte = 4; byte-- > 0;)
    value = value << 8 | std::to_integer<std::size_t>(frame[4 * i + byte]);
  return value;
}

// Where each segment begins, and where the last ends.
std::vector<std::size_t> rle_segments(std::span<const std::byte> frame, std::size_t expected,
                                      const std::string& name) {
  constexpr std::size_t kHead = 64;
  if (frame.size() < kHead)
    fail(name, ": truncated RLE (found ", frame.size(), " bytes; expected its head of 64)");
  const std::size_t count = rle_number(frame, 0);
  if (count != expected)
    fail(name, ": damaged RLE (found ", count, " segments; expected ", expected, ")");
  std::vector<std::size_t> begins;
  for (std::size_t i = 1; i <= count; ++i) begins.push_back(rle_number(frame, i));
  begins.push_back(frame.size());
  if (begins[0] < kHead || !std::is_sorted(begins.begin(), begins.end()))
    fail(name, ": damaged RLE (found segments beginning inside its head or out of order; expected ",
         "them one behind the other)");
  return begins;
}

// PackBits: one byte of each of `count` values, the next of which is `stride` bytes on.
void unpack_rle(std::span<const std::byte> segment, std::byte* to, std::size_t count,
                std::size_t stride, const std::string& name) {
  std::size_t done = 0;
  for (std::size_t at = 0; done < count && at + 1 < segment.size();) {
    const auto control = std::to_integer<std::size_t>(segment[at++]);
    if (control == 128) continue;
    const bool literal = control < 128;
    const std::size_t length = std::min(literal ? control + 1 : 257 - control, count - done);
    if (literal && length > segment.size() - at) break;
    for (std::size_t i = 0; i < length; ++i)
      to[(done + i) * stride] = segment[literal ? at + i : at];
    done += length;
    at += literal ? control + 1 : 1;
  }
  if (done < count)
    fail(name, ": truncated RLE (found ", done, " values in a segment; expected ", count, ")");
}

}  // namespace

DicomSamples decode_dicom_rle(std::span<const std::byte> frame, const DicomHeader& h,
                              const std::string& name) {
  const auto samples = static_cast<std::size_t>(h.samples),
             bytes = static_cast<std::size_t>(h.bits_allocated / 8);
  const std::vector<std::size_t> begins = rle_segments(frame, samples * bytes, name);
  const std::size_t pixels = h.values() / samples;
  std::vector<std::byte> plane(pixels * bytes);  // of one sample, little-endian
  DicomSamples out{.words = std::vector<std::uint16_t>(h.values()), .bits = h.bits_allocated};
  for (std::size_t sample = 0; sample < samples; ++sample) {
    for (std::size_t byte = 0; byte < bytes; ++byte) {  // the highest comes first
      const std::size_t segment = sample * bytes + byte;
      unpack_rle(frame.subspan(begins[segment], begins[segment + 1] - begins[segment]),
                 plane.data() + (bytes - 1 - byte), pixels, bytes, name);
    }
    for (std::size_t i = 0; i < pixels; ++i) {
      const auto low = std::to_integer<unsigned>(plane[i * bytes]);
      const auto high = bytes == 2 ? std::to_integer<unsigned>(plane[i * 2 + 1]) : 0U;
      out.words[i * samples + sample] = static_cast<std::uint16_t>(high << 8 | low);
    }
  }
  return out;
}

}  // namespace pellucid
