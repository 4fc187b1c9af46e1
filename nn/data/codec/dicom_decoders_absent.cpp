// dicom_decoders_absent.cpp: what a build says that was made without DCMTK or without OpenJPEG.
#include "nn/data/codec/dicom_decoders.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

[[noreturn]] [[maybe_unused]] void fail_without(const std::string& name, const char* library,
                                                const char* package, std::string_view compression) {
  fail(name, ": compressed DICOM (found ", compression, "; expected a build with ", library,
       ": install ", package, " and build again)");
}

}  // namespace

#ifndef PELLUCID_HAS_DCMTK
DicomSamples decode_dicom_jpeg(std::span<const std::byte>, const DicomHeader&,
                               const DicomSyntax& syntax, const std::string& name) {
  fail_without(name, "DCMTK", "libdcmtk-dev", syntax.name);
}
#endif

#ifndef PELLUCID_HAS_OPENJPEG
DicomSamples decode_dicom_jpeg2000(std::span<const std::byte>, const DicomHeader&,
                                   const std::string& name) {
  fail_without(name, "OpenJPEG", "libopenjp2-7-dev", "JPEG 2000");
}
#endif

}  // namespace pellucid
