// dicom_dcmtk.cpp: JPEG and JPEG-LS frames of DICOM files through DCMTK's codecs.
//
// DCMTK gets a data set made here, of nothing but the frame and its form.
#include <dcmtk/config/osconfig.h>  // before any other of DCMTK's
//
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmdata/dcvrobow.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/appender.h>

#include <cstring>
#include <memory>
#include <mutex>

#include "nn/data/codec/dicom_decoders.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

// Counts what DCMTK warns of, the calling thread's, and shows none of it.
class DcmtkWarnings : public dcmtk::log4cplus::Appender {
 public:
  ~DcmtkWarnings() override { destructorImpl(); }
  void close() override { closed = true; }

  static thread_local int count;

 protected:
  void append(const dcmtk::log4cplus::spi::InternalLoggingEvent&) override { ++count; }
};
thread_local int DcmtkWarnings::count = 0;

void start_dcmtk() {
  static std::once_flag once;
  std::call_once(once, [] {
    OFLog::configure(OFLogger::WARN_LOG_LEVEL);
    dcmtk::log4cplus::Logger root = dcmtk::log4cplus::Logger::getRoot();
    root.removeAllAppenders();
    root.addAppender(dcmtk::log4cplus::SharedAppenderPtr(new DcmtkWarnings));
    DJDecoderRegistration::registerCodecs(EDC_photometricInterpretation, EUC_never,
                                          EPC_colorByPixel);
    DJLSDecoderRegistration::registerCodecs(EJLSUC_never, EJLSPC_colorByPixel);
  });
}

// What the frame header of a JPEG or JPEG-LS stream says.
struct JpegHeader {
  int bits = 0, width = 0, height = 0, planes = 0;
  bool rgb = false;   // the planes are called R, G and B
  bool jfif = false;  // which is always YCbCr
};

// Throws Error for a stream without one.
JpegHeader jpeg_header_of(std::span<const std::byte> frame, const std::string& name) {
  const auto byte = [&](std::size_t at) { return std::to_integer<int>(frame[at]); };
  const auto word = [&](std::size_t at) { return byte(at) << 8 | byte(at + 1); };
  JpegHeader out;
  std::size_t at = 2;
  while (at + 4 <= frame.size() && byte(at) == 0xFF) {
    const int marker = byte(at + 1);
    if (marker == 0xFF) {  // a fill byte
      ++at;
      continue;
    }
    const bool is_frame =
        (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) ||
        marker == 0xF7;
    const auto length = static_cast<std::size_t>(word(at + 2));
    if (marker == 0xE0 && at + 8 <= frame.size() && byte(at + 4) == 'J' && byte(at + 5) == 'F')
      out.jfif = true;
    if (is_frame && at + 10 <= frame.size()) {
      out.bits = byte(at + 4);
      out.height = word(at + 5);
      out.width = word(at + 7);
      out.planes = byte(at + 9);
      out.rgb = out.planes == 3 && at + 19 <= frame.size() && (byte(at + 10) | 0x20) == 'r' &&
                (byte(at + 13) | 0x20) == 'g' && (byte(at + 16) | 0x20) == 'b';
      return out;
    }
    at += 2 + length;
  }
  fail(name, ": damaged JPEG (found no header of a frame; expected one)");
}

void check_jpeg_header(const JpegHeader& jpeg, const DicomHeader& h, const std::string& name) {
  if (jpeg.width != h.width || jpeg.height != h.height || jpeg.planes != h.samples)
    fail(name, ": another picture in its JPEG (found ", jpeg.width, " × ", jpeg.height, " of ",
         jpeg.planes, jpeg.planes == 1 ? " plane" : " planes", "; expected ", h.width, " × ",
         h.height, " of ", h.samples, ")");
  if (jpeg.bits < 2 || jpeg.bits > 16)
    fail(name, ": wrong depth of its JPEG (found ", jpeg.bits, " bits; expected 2 to 16)");
}

// libjpeg makes up what is missing of a stream that is cut short, and so says nothing of it.
void check_jpeg_end(std::span<const std::byte> frame, const std::string& name) {
  const std::string_view text(reinterpret_cast<const char*>(frame.data()), frame.size());
  if (text.rfind("\xFF\xD9") == text.npos)
    fail(name, ": truncated JPEG (found no end among ", frame.size(), " bytes; expected one)");
}

E_TransferSyntax dcmtk_syntax(const DicomSyntax& syntax) {
  return DcmXfer(std::string(syntax.uid).c_str()).getXfer();
}

void put_word(DcmItem& item, const DcmTagKey& key, int value) {
  // A tag with its representation: looking it up would load DCMTK's dictionary.
  item.putAndInsertUint16(DcmTag(key, EVR_US), static_cast<Uint16>(value));
}

void put_code(DcmItem& item, const DcmTagKey& key, DcmEVR vr, std::string_view text) {
  item.putAndInsertString(DcmTag(key, vr), std::string(text).c_str());
}

// The data set of one frame. Its pixels belong to it.
DcmPixelData* fill_data_set(DcmDataset& set, std::span<const std::byte> frame, const DicomHeader& h,
                            const DicomSyntax& syntax, int bits_allocated, int bits,
                            std::string_view colour) {
  put_word(set, DCM_SamplesPerPixel, h.samples);
  put_code(set, DCM_PhotometricInterpretation, EVR_CS, colour);
  if (h.samples == 3) put_word(set, DCM_PlanarConfiguration, 0);
  put_code(set, DCM_NumberOfFrames, EVR_IS, "1");
  put_word(set, DCM_Rows, h.height);
  put_word(set, DCM_Columns, h.width);
  put_word(set, DCM_BitsAllocated, bits_allocated);
  put_word(set, DCM_BitsStored, bits);
  put_word(set, DCM_HighBit, bits - 1);
  put_word(set, DCM_PixelRepresentation, 0);
  auto sequence = std::make_unique<DcmPixelSequence>(DcmTag(DCM_PixelSequenceTag, EVR_OB));
  for (const auto& bytes :
       {std::span<const std::byte>(), frame}) {  // the table of offsets is empty
    auto item = std::make_unique<DcmPixelItem>(DcmTag(DCM_PixelItemTag, EVR_OB));
    if (!bytes.empty())
      item->putUint8Array(reinterpret_cast<const Uint8*>(bytes.data()), bytes.size());
    if (sequence->insert(item.get()).good()) item.release();
  }
  auto pixels = std::make_unique<DcmPixelData>(DcmTag(DCM_PixelData, EVR_OB));
  pixels->putOriginalRepresentation(dcmtk_syntax(syntax), nullptr, sequence.release());
  DcmPixelData* kept = pixels.get();
  if (set.insert(pixels.get()).good()) pixels.release();
  return kept;
}

}  // namespace

DicomSamples decode_dicom_jpeg(std::span<const std::byte> frame, const DicomHeader& h,
                               const DicomSyntax& syntax, const std::string& name) {
  start_dcmtk();
  const JpegHeader jpeg = jpeg_header_of(frame, name);
  check_jpeg_header(jpeg, h, name);
  check_jpeg_end(frame, name);
  const int allocated = jpeg.bits <= 8 ? 8 : 16;
  const std::string_view colour = jpeg.rgb                      ? "RGB"
                                  : jpeg.jfif && h.samples == 3 ? "YBR_FULL"
                                                                : h.colour_name;
  DcmDataset set;
  DcmPixelData* const pixels = fill_data_set(set, frame, h, syntax, allocated, jpeg.bits, colour);
  const std::size_t bytes = h.values() * static_cast<std::size_t>(allocated / 8);
  std::vector<Uint8> buffer(bytes + bytes % 2);
  Uint32 fragment = 0;
  OFString model;
  DcmtkWarnings::count = 0;
  const OFCondition done = pixels->getUncompressedFrame(&set, 0, fragment, buffer.data(),
                                                        static_cast<Uint32>(buffer.size()), model);
  if (done.bad())
    fail(name, ": damaged ", syntax.name,
         " (found what DCMTK cannot decode; expected a whole picture)");
  DicomSamples out{.words = std::vector<std::uint16_t>(h.values()),
                   .bits = jpeg.bits,
                   .rgb = model == "RGB",
                   .doubtful = DcmtkWarnings::count > 0};
  for (std::size_t i = 0; i < out.words.size(); ++i) {
    if (allocated == 8) out.words[i] = buffer[i];
    else std::memcpy(&out.words[i], &buffer[2 * i], 2);
  }
  return out;
}

}  // namespace pellucid
