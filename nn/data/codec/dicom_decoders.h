// dicom_decoders.h: compressed DICOM frames, of which most need other people's libraries, which a build
// may lack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nn/data/codec/dicom_header.h"

namespace pellucid {

struct DicomSamples {
  std::vector<std::uint16_t> words;  // (height, width, samples), each of `bits` bits
  int bits = 16;
  bool rgb = false;       // the decoder has converted the colours, or the stream says that they are
  bool doubtful = false;  // bytes of the stream make no sense, and the decoder went on
};

// One frame. Throw Error if it is damaged, if it is not what the header says, which is looked at before
// anything is allocated, and if the build is without the library. A decoder never sees the file itself:
// of a person it cannot say anything.
//
// RLE, in every build.
DicomSamples decode_dicom_rle(std::span<const std::byte> frame, const DicomHeader& header,
                              const std::string& name);
// JPEG and JPEG-LS through DCMTK; YCbCr that JPEG compressed with losses comes as RGB.
DicomSamples decode_dicom_jpeg(std::span<const std::byte> frame, const DicomHeader& header,
                               const DicomSyntax& syntax, const std::string& name);
// JPEG 2000 through OpenJPEG.
DicomSamples decode_dicom_jpeg2000(std::span<const std::byte> frame, const DicomHeader& header,
                                   const std::string& name);

}  // namespace pellucid
