#include "nn/data/codec/dicom_header.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "nn/data/codec/image_file.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

using namespace dicom_tag;

constexpr std::string_view kDicomColours[] = {"MONOCHROME1",  "MONOCHROME2", "RGB",    "YBR_FULL",
                                              "YBR_FULL_422", "YBR_RCT",     "YBR_ICT"};
constexpr std::string_view kOtherDicomColours[] = {
    "PALETTE COLOR", "HSV", "ARGB", "CMYK", "YBR_PARTIAL_422", "YBR_PARTIAL_420"};

// Reads single numbers, with the file's name in the errors.
class DicomReader {
 public:
  DicomReader(const DicomElements& elements, const std::string& name)
      : elements_(elements), name_(name) {}

  // The first word of an element; without one `otherwise`.
  int word(std::uint32_t tag, int otherwise) const {
    const DicomValue* value = elements_.find(tag);
    return value != nullptr && value->words() > 0 ? value->word(0) : otherwise;
  }
  int word_between(const char* what, std::uint32_t tag, int otherwise, int least, int most) const {
    const int value = word(tag, otherwise);
    if (value < least || value > most)
      fail(name_, ": bad ", what, " (found ", value < 0 ? std::string("none") : concat(value),
           "; expected ", least, " to ", most, ")");
    return value;
  }
  const DicomElements& elements() const { return elements_; }
  const std::string& name() const { return name_; }

 private:
  const DicomElements& elements_;
  const std::string& name_;
};

void read_dicom_colour(const DicomReader& reader, DicomHeader& h) {
  const DicomValue* value = reader.elements().find(kPhotometric);
  const std::string_view text = value != nullptr ? value->text() : std::string_view();
  const auto found = std::find(std::begin(kDicomColours), std::end(kDicomColours), text);
  if (found == std::end(kDicomColours)) {
    const auto other =
        std::find(std::begin(kOtherDicomColours), std::end(kOtherDicomColours), text);
    fail(reader.name(), ": photometric interpretation that is not read (found ",
         other != std::end(kOtherDicomColours) ? *other
         : text.empty()                        ? "none"
                                               : "another",
         "; expected MONOCHROME1, MONOCHROME2, RGB or YBR)");
  }
  h.colour = static_cast<DicomColour>(found - std::begin(kDicomColours));
  h.colour_name = *found;
  const bool grey = h.colour == DicomColour::monochrome1 || h.colour == DicomColour::monochrome2;
  const int expected = grey ? 1 : 3;
  h.samples = reader.word_between("samples per pixel", kSamples, expected, expected, expected);
  h.by_plane = h.samples == 3 && reader.word_between("planar configuration", kPlanar, 0, 0, 1) == 1;
  const bool ybr = !grey && h.colour != DicomColour::rgb;
  if (ybr && h.bits_stored != 8)
    fail(reader.name(), ": wrong depth (found ", h.bits_stored, " bits stored of ", h.colour_name,
         "; expected 8)");
}

void read_dicom_depth(const DicomReader& reader, DicomHeader& h) {
  for (const std::uint32_t tag : {kFloatPixels, kDoublePixels})
    if (reader.elements().find(tag) != nullptr)
      fail(reader.name(), ": floating-point pixels (found ", tag == kFloatPixels ? 32 : 64,
           " bits allocated; expected 8 or 16 of whole numbers)");
  h.bits_allocated = reader.word(kBitsAllocated, 0);
  if (h.bits_allocated != 8 && h.bits_allocated != 16)
    fail(reader.name(), ": wrong depth (found ", h.bits_allocated,
         " bits allocated; expected 8 or 16)");
  h.bits_stored =
      reader.word_between("bits stored", kBitsStored, h.bits_allocated, 1, h.bits_allocated);
  h.high_bit = reader.word_between("high bit", kHighBit, h.bits_stored - 1, h.bits_stored - 1,
                                   h.bits_allocated - 1);
}

std::optional<DicomLut> dicom_lut(const DicomReader& reader, DicomPlace place, const char* what,
                                  bool signed_values) {
  const DicomValue* descriptor = reader.elements().find(kLutDescriptor, place);
  const DicomValue* data = reader.elements().find(kLutData, place);
  if (descriptor == nullptr && data == nullptr) return std::nullopt;
  const std::string& name = reader.name();
  if (descriptor == nullptr || descriptor->words() < 3)
    fail(name, ": bad ", what, " (found no descriptor; expected three numbers)");
  const std::size_t entries = descriptor->word(0) == 0 ? 65'536 : descriptor->word(0);
  // Its second number is signed if its value representation or, where the file says none, the pixels are.
  const bool is_signed =
      descriptor->vr[0] == 0 ? signed_values : descriptor->vr[1] == 'S' && descriptor->vr[0] == 'S';
  DicomLut lut{.first = is_signed ? static_cast<std::int16_t>(descriptor->word(1))
                                  : static_cast<int>(descriptor->word(1)),
               .bits = descriptor->word(2),
               .values = {}};
  if (lut.bits < 8 || lut.bits > 16)
    fail(name, ": bad ", what, " (found entries of ", lut.bits, " bits; expected 8 to 16)");
  const std::size_t found = data != nullptr ? data->bytes.size() : 0;
  // Entries of 8 bits may lie in words or in bytes.
  const bool bytes = lut.bits == 8 && found < 2 * entries;
  if (found < (bytes ? entries : 2 * entries))
    fail(name, ": truncated ", what, " (found ", found, " bytes; expected ", entries, " entries)");
  lut.values.reserve(entries);
  for (std::size_t i = 0; i < entries; ++i)
    lut.values.push_back(
        bytes ? std::to_integer<std::uint8_t>(
                    data->bytes[i ^ (data->big_endian && data->vr[1] == 'W' ? 1U : 0U)])
              : data->word(i));
  return lut;
}

std::optional<DicomRescale> dicom_rescale(const DicomReader& reader) {
  const DicomValue* slope = reader.elements().of_frame(kRescaleSlope);
  const DicomValue* intercept = reader.elements().of_frame(kRescaleIntercept);
  if (slope == nullptr || intercept == nullptr) return std::nullopt;
  const auto a = slope->decimal(), b = intercept->decimal();
  if (!a || *a == 0 || !b)
    fail(reader.name(), ": bad rescaling (found ", !a || !b ? "no number" : "slope 0",
         "; expected two numbers, slope not 0)");
  if (*a == 1 && *b == 0) return std::nullopt;
  return DicomRescale{*a, *b};
}

void read_dicom_window(const DicomReader& reader, DicomGrey& grey,
                       std::vector<std::string>& notes) {
  const DicomValue* centre = reader.elements().of_frame(kWindowCentre);
  const DicomValue* width = reader.elements().of_frame(kWindowWidth);
  if (centre == nullptr || width == nullptr) return;
  DicomWindow window;
  if (const DicomValue* function = reader.elements().of_frame(kVoiFunction)) {
    const std::string_view text = function->text();
    if (text == "LINEAR_EXACT") window.function = DicomVoiFunction::linear_exact;
    else if (text == "SIGMOID") window.function = DicomVoiFunction::sigmoid;
    else if (text != "LINEAR")
      fail(reader.name(),
           ": bad VOI LUT function (found another; expected LINEAR, LINEAR_EXACT or SIGMOID)");
  }
  const auto c = centre->decimal(), w = width->decimal();
  if (c && w) {
    window.centre = *c;
    window.width = *w;
  }
  if (!c || !w || !window.valid()) {
    notes.emplace_back("window without a width passed over");
    return;
  }
  grey.window = window;
  grey.windows = std::min(centre->parts(), width->parts());
}

// A word as the pixels have them, signed or not.
int dicom_pixel_value(const DicomReader& reader, std::uint32_t tag, bool is_signed) {
  const int word = reader.word(tag, 0);
  return is_signed ? static_cast<std::int16_t>(word) : word;
}

void read_dicom_grey(const DicomReader& reader, DicomHeader& h, std::vector<std::string>& notes) {
  DicomGrey& grey = h.grey;
  grey.bits = h.bits_stored;
  grey.is_signed = reader.word_between("pixel representation", kPixelRepresentation, 0, 0, 1) == 1;
  grey.inverted = h.colour == DicomColour::monochrome1;
  const DicomValue* intent = reader.elements().find(kPresentationIntent);
  grey.for_processing = intent != nullptr && intent->text() == "FOR PROCESSING";
  grey.modality_lut = dicom_lut(reader, DicomPlace::modality_lut, "modality LUT", grey.is_signed);
  grey.rescale = dicom_rescale(reader);
  grey.voi_lut = dicom_lut(reader, DicomPlace::voi_lut, "VOI LUT", grey.is_signed);
  read_dicom_window(reader, grey, notes);
  const DicomValue* padding = reader.elements().find(kPadding);
  if (padding == nullptr || padding->words() == 0) return;
  const int value = dicom_pixel_value(reader, kPadding, grey.is_signed);
  const DicomValue* limit = reader.elements().find(kPaddingLimit);
  const int other = limit != nullptr && limit->words() > 0
                        ? dicom_pixel_value(reader, kPaddingLimit, grey.is_signed)
                        : value;
  grey.padding = std::minmax(value, other);
}

}  // namespace

DicomHeader dicom_header(const DicomElements& elements, const std::string& name, int frame,
                         std::vector<std::string>& notes) {
  const DicomReader reader(elements, name);
  DicomHeader h;
  const bool is_float =
      elements.find(kFloatPixels) != nullptr || elements.find(kDoublePixels) != nullptr;
  if (!elements.pixels && !is_float)
    fail(name, ": no picture (found no pixel data; expected some)");
  read_dicom_depth(reader, h);
  h.width = reader.word_between("columns", kColumns, -1, 1, kMaxImageSide);
  h.height = reader.word_between("rows", kRows, -1, 1, kMaxImageSide);
  read_dicom_colour(reader, h);
  if (const DicomValue* frames = elements.find(kFrames)) {
    const double number = frames->decimal().value_or(0);
    if (number < 1 || number > kMaxImageFrames || number != std::floor(number))
      fail(name, ": bad number of frames (found ", number, "; expected 1 to ", kMaxImageFrames,
           ")");
    h.frames = static_cast<int>(number);
  }
  if (frame < 0 || frame >= h.frames)
    fail(name, ": no such frame (found ", h.frames, h.frames == 1 ? " frame" : " frames",
         "; expected one with number ", frame, ", counted from 0)");
  if (h.samples == 1) read_dicom_grey(reader, h, notes);
  return h;
}

}  // namespace pellucid
