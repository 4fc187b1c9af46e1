// dicom_header.h: what a DICOM file says about its pixels, checked.
#pragma once

#include <string>

#include "nn/data/codec/dicom_elements.h"
#include "nn/data/codec/dicom_grey.h"

namespace pellucid {

enum class DicomColour { monochrome1, monochrome2, rgb, ybr_full, ybr_full_422, ybr_rct, ybr_ict };

struct DicomHeader {
  int width = 0;
  int height = 0;
  int frames = 1;
  int samples = 1;         // of a pixel: 1, or 3 in colour
  int bits_allocated = 8;  // of a sample, 8 or 16
  int bits_stored = 8;
  int high_bit = 7;
  bool by_plane = false;  // all of red, then green, then blue
  DicomColour colour = DicomColour::monochrome2;
  std::string_view colour_name;  // as the standard writes it
  DicomGrey grey;                // of a picture in grey

  std::size_t values() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
           static_cast<std::size_t>(samples);
  }
};

// `frame` is the one that is to be read. Throws Error for what is missing, contradictory, beyond
// kMaxImageSide (image_file.h) or not read: palettes, 1-bit, 32-bit and floating-point pixels, other
// colours. `notes` gets what was passed over. Messages quote numbers and names of the standard alone.
DicomHeader dicom_header(const DicomElements& elements, const std::string& name, int frame,
                         std::vector<std::string>& notes);

}  // namespace pellucid
