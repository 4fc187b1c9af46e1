#include "nn/data/codec/dicom_colour.h"

#include <algorithm>
#include <cmath>

#include "runtime/error.h"

namespace pellucid {
namespace {

std::uint16_t dicom_byte(double value) {
  return static_cast<std::uint16_t>(std::clamp(std::floor(value + 0.5), 0.0, 255.0));
}

}  // namespace

Pixels dicom_rgb(const DicomHeader& header, DicomSamples samples, ImageNotes& notes) {
  const bool ybr = header.colour != DicomColour::rgb;
  if (ybr) notes.push_back(concat(header.colour_name, " to RGB"));
  if (ybr && !samples.rgb) {
    for (std::size_t i = 0; i < samples.words.size(); i += 3) {
      const double y = samples.words[i], blue = samples.words[i + 1] - 128.0,
                   red = samples.words[i + 2] - 128.0;
      samples.words[i] = dicom_byte(y + 1.402 * red);
      samples.words[i + 1] =
          dicom_byte(y - 0.114 * 1.772 / 0.587 * blue - 0.299 * 1.402 / 0.587 * red);
      samples.words[i + 2] = dicom_byte(y + 1.772 * blue);
    }
  }
  return {std::move(samples.words), (1 << header.bits_stored) - 1};
}

}  // namespace pellucid
