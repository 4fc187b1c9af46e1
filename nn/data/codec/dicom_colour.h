// dicom_colour.h: the stored values of a DICOM picture in colour as red, green and blue.
#pragma once

#include "nn/data/codec/dicom_decoders.h"
#include "nn/data/image.h"

namespace pellucid {

// (height, width, 3) with the white of the stored bits. YBR_FULL and YBR_FULL_422 become RGB by
// PS3.3 C.7.6.3.1.2, each value rounded to the nearest. `notes` gets what was done.
Pixels dicom_rgb(const DicomHeader& header, DicomSamples samples, ImageNotes& notes);

}  // namespace pellucid
