// dicom_elements.h: the elements of a DICOM file (PS3.5, PS3.10) that its pixels need, and where these
// are. Every other element, a patient's name among them, is passed over and never read.
//
// The parser is ours because DCMTK's calls itself for each nested sequence: a file of 400 KB ends a
// program by a full stack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nn/data/codec/dicom_syntax.h"
#include "nn/data/codec/dicom_value.h"

namespace pellucid {

// Sequences inside one another; the standard's own objects have fewer than ten.
inline constexpr int kMaxDicomDepth = 32;

// Tags as 0xGGGGEEEE.
namespace dicom_tag {
inline constexpr std::uint32_t kPresentationIntent = 0x0008'0068, kSamples = 0x0028'0002,
                               kPhotometric = 0x0028'0004, kPlanar = 0x0028'0006,
                               kFrames = 0x0028'0008, kRows = 0x0028'0010, kColumns = 0x0028'0011,
                               kBitsAllocated = 0x0028'0100, kBitsStored = 0x0028'0101,
                               kHighBit = 0x0028'0102, kPixelRepresentation = 0x0028'0103,
                               kPadding = 0x0028'0120, kPaddingLimit = 0x0028'0121,
                               kWindowCentre = 0x0028'1050, kWindowWidth = 0x0028'1051,
                               kRescaleIntercept = 0x0028'1052, kRescaleSlope = 0x0028'1053,
                               kVoiFunction = 0x0028'1056, kModalityLuts = 0x0028'3000,
                               kLutDescriptor = 0x0028'3002, kLutData = 0x0028'3006,
                               kVoiLuts = 0x0028'3010, kFrameVois = 0x0028'9132,
                               kPixelTransformations = 0x0028'9145, kSharedGroups = 0x5200'9229,
                               kFrameGroups = 0x5200'9230, kFloatPixels = 0x7FE0'0008,
                               kDoublePixels = 0x7FE0'0009, kPixels = 0x7FE0'0010;
}  // namespace dicom_tag

// Where an element stands: in the data set itself, or in an item of one of its sequences. Of the
// functional groups of an enhanced object these are the ones of all frames and of the frame asked for.
enum class DicomPlace {
  data_set,
  modality_lut,
  voi_lut,
  shared_groups,
  frame_groups,
  shared_values,
  frame_values,
  elsewhere
};

struct DicomPixelData {
  DicomValue native;  // of a data set that is not compressed; may be cut short
  bool encapsulated = false;
  std::vector<std::span<const std::byte>> fragments;  // of the compressed frames
  std::span<const std::byte> offsets;                 // the basic offset table, little-endian
};

struct DicomElements {
  DicomSyntax syntax;
  std::map<std::pair<DicomPlace, std::uint32_t>, DicomValue> values;
  std::optional<DicomPixelData> pixels;

  const DicomValue* find(std::uint32_t tag, DicomPlace place = DicomPlace::data_set) const;
  // What the functional groups of the frame or of all frames say, else the data set.
  const DicomValue* of_frame(std::uint32_t tag) const;
};

// `name` stands for the file in the errors; `frame`, from 0, is the one whose functional groups count.
// Nothing is copied: `bytes` must outlive the result. Throws Error for a file that is damaged, and for
// a transfer syntax that is not read.
DicomElements parse_dicom(std::span<const std::byte> bytes, const std::string& name, int frame);

}  // namespace pellucid
