#include "nn/data/codec/dicom_syntax.h"

#include <algorithm>
#include <iterator>

#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr DicomSyntax kDicomSyntaxes[] = {
    {"1.2.840.10008.1.2", "implicit little endian"},
    {"1.2.840.10008.1.2.1", "explicit little endian"},
    {"1.2.840.10008.1.2.2", "explicit big endian", DicomCompression::none, true},
    {"1.2.840.10008.1.2.4.50", "JPEG baseline", DicomCompression::jpeg},
    {"1.2.840.10008.1.2.4.51", "JPEG extended", DicomCompression::jpeg},
    {"1.2.840.10008.1.2.4.57", "JPEG lossless", DicomCompression::jpeg},
    {"1.2.840.10008.1.2.4.70", "JPEG lossless of first order", DicomCompression::jpeg},
    {"1.2.840.10008.1.2.4.80", "JPEG-LS lossless", DicomCompression::jpeg_ls},
    {"1.2.840.10008.1.2.4.81", "JPEG-LS near-lossless", DicomCompression::jpeg_ls},
    {"1.2.840.10008.1.2.4.90", "JPEG 2000 lossless", DicomCompression::jpeg_2000},
    {"1.2.840.10008.1.2.4.91", "JPEG 2000", DicomCompression::jpeg_2000},
    {"1.2.840.10008.1.2.5", "RLE", DicomCompression::rle},
};
// Known, but not read: the error may name these.
constexpr DicomSyntax kOtherDicomSyntaxes[] = {
    {"1.2.840.10008.1.2.1.99", "deflated"},
    {"1.2.840.10008.1.2.4.53", "JPEG spectral selection"},
    {"1.2.840.10008.1.2.4.55", "JPEG progressive"},
    {"1.2.840.10008.1.2.4.92", "JPEG 2000 part 2"},
    {"1.2.840.10008.1.2.4.93", "JPEG 2000 part 2"},
    {"1.2.840.10008.1.2.4.100", "MPEG-2"},
    {"1.2.840.10008.1.2.4.101", "MPEG-2"},
    {"1.2.840.10008.1.2.4.102", "MPEG-4"},
    {"1.2.840.10008.1.2.4.103", "MPEG-4"},
    {"1.2.840.10008.1.2.4.107", "HEVC"},
    {"1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000"},
    {"1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000"},
    {"1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000"},
};

}  // namespace

DicomSyntax dicom_syntax(std::string_view uid, const std::string& file) {
  for (const DicomSyntax& syntax : kDicomSyntaxes)
    if (syntax.uid == uid) return syntax;
  std::string_view other = "another";
  for (const DicomSyntax& syntax : kOtherDicomSyntaxes)
    if (syntax.uid == uid) other = syntax.name;
  fail(file, ": transfer syntax that is not read (found ", other,
       "; expected one not compressed, JPEG, JPEG lossless, JPEG-LS, JPEG 2000 or RLE)");
}

DicomSyntax native_dicom_syntax(bool explicit_vr, bool big_endian) {
  return kDicomSyntaxes[big_endian ? 2 : explicit_vr ? 1 : 0];
}

bool has_long_length(std::string_view vr) {
  constexpr std::string_view kLong[] = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                        "SV", "UC", "UN", "UR", "UT", "UV"};
  return std::find(std::begin(kLong), std::end(kLong), vr) != std::end(kLong);
}

}  // namespace pellucid
