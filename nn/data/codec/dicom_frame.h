// dicom_frame.h: the stored values of one frame of a DICOM file.
#pragma once

#include "nn/data/codec/dicom_decoders.h"

namespace pellucid {

// words: (height, width, samples) values of header.bits_stored bits, two's complement if signed; the
// colours are those of the header unless `rgb`. Throws Error for pixels that are cut short, damaged or
// cannot be found, and for compressed ones that a build cannot read.
DicomSamples dicom_frame(const DicomElements& elements, const DicomHeader& header, int frame,
                         const std::string& name);

}  // namespace pellucid
