// dicom_grey.h: from the stored values of a grey DICOM picture to what a screen shows (PS3.3 C.7.6.3,
// C.11.1, C.11.2). Knows no file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nn/data/pixels.h"

namespace pellucid {

// Values below `first` are mapped to the first entry, those above the last entry's to the last.
struct DicomLut {
  int first = 0;
  int bits = 16;                           // of an entry, 8 to 16
  std::vector<std::uint16_t> values = {};  // at least one

  // A value between two whole ones takes the entry of the lower.
  std::uint16_t operator()(double value) const;
};

struct DicomRescale {
  double slope = 1;
  double intercept = 0;
};

enum class DicomVoiFunction { linear, linear_exact, sigmoid };

struct DicomWindow {
  double centre = 0;
  double width = 1;
  DicomVoiFunction function = DicomVoiFunction::linear;

  // Whether its function is defined: LINEAR asks for a width of at least 1, the others for one above 0.
  bool valid() const;
  // The brightness of a value, 0 to 1.
  double operator()(double value) const;
};

// How stored values are to be shown.
struct DicomGrey {
  int bits = 16;  // stored, 1 to 16
  bool is_signed = false;
  bool inverted = false;  // MONOCHROME1: the least value is white
  std::optional<DicomLut> modality_lut = {};
  std::optional<DicomRescale> rescale = {};  // counts without a modality LUT
  bool for_processing = false;               // neither VOI LUT nor window counts
  std::optional<DicomLut> voi_lut = {};
  std::optional<DicomWindow> window = {};  // counts without a VOI LUT
  std::size_t windows = 0;                 // of which the one above is the first
  std::optional<std::pair<int, int>> padding =
      {};  // stored values, from … to, that are no part of the picture
};

// stored: the low `bits` bits of each value, two's complement if signed. The picture's values are
//   of a VOI LUT, its entries, with the white of their bits;
//   of unsigned values of at most 8 bits without LUT, rescaling and window, these themselves;
//   else 65535 · b, rounded to the nearest (halves up), which is the one rounding there is. b is the
//   window's brightness or, without a window, (v − min) / (max − min) over the picture but its padding;
// inverted, white less these. Padding is 0. `notes` gets what was done, in a few words each.
Pixels dicom_grey(const DicomGrey& grey, std::vector<std::uint16_t> stored,
                  std::vector<std::string>& notes);

}  // namespace pellucid
