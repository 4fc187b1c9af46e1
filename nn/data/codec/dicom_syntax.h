// dicom_syntax.h: the transfer syntaxes of DICOM (PS3.5, 10 and Annex A) that are read.
#pragma once

#include <string>
#include <string_view>

namespace pellucid {

enum class DicomCompression { none, jpeg, jpeg_ls, rle, jpeg_2000 };

// A transfer syntax: how a data set and its pixels are written.
struct DicomSyntax {
  std::string_view uid;
  std::string_view name;
  DicomCompression compression = DicomCompression::none;
  bool big_endian = false;
};

// Throws Error for a syntax that is not read; the message names it if it is one of the standard's.
DicomSyntax dicom_syntax(std::string_view uid, const std::string& file);
// The one of a data set that is not compressed and does not say its own.
DicomSyntax native_dicom_syntax(bool explicit_vr, bool big_endian);

// Whether an element of such a value representation says its length in 32 bits, behind two bytes.
bool has_long_length(std::string_view vr);

}  // namespace pellucid
