#include "nn/data/codec/dicom_elements.h"

#include <algorithm>
#include <array>

#include "runtime/error.h"

namespace pellucid {
namespace {

using namespace dicom_tag;

constexpr std::size_t kDicomPreamble = 128;
constexpr std::string_view kDicomMagic = "DICM";
constexpr std::uint32_t kUndefined = 0xFFFF'FFFF, kSyntaxTag = 0x0002'0010, kItem = 0xFFFE'E000,
                        kItemEnd = 0xFFFE'E00D, kSequenceEnd = 0xFFFE'E0DD;

constexpr auto kWantedOfDataSet = std::to_array<std::uint32_t>({kPresentationIntent,
                                                                kSamples,
                                                                kPhotometric,
                                                                kPlanar,
                                                                kFrames,
                                                                kRows,
                                                                kColumns,
                                                                kBitsAllocated,
                                                                kBitsStored,
                                                                kHighBit,
                                                                kPixelRepresentation,
                                                                kPadding,
                                                                kPaddingLimit,
                                                                kWindowCentre,
                                                                kWindowWidth,
                                                                kRescaleIntercept,
                                                                kRescaleSlope,
                                                                kVoiFunction,
                                                                kFloatPixels,
                                                                kDoublePixels});
constexpr std::uint32_t kWantedOfLut[] = {kLutDescriptor, kLutData};
constexpr std::uint32_t kWantedOfFrame[] = {kWindowCentre, kWindowWidth, kRescaleIntercept,
                                            kRescaleSlope, kVoiFunction};

bool is_wanted_element(DicomPlace place, std::uint32_t tag) {
  const auto among = [tag](const auto& tags) {
    return std::find(std::begin(tags), std::end(tags), tag) != std::end(tags);
  };
  switch (place) {
    case DicomPlace::data_set:
      return among(kWantedOfDataSet);
    case DicomPlace::modality_lut:
    case DicomPlace::voi_lut:
      return among(kWantedOfLut);
    case DicomPlace::shared_values:
    case DicomPlace::frame_values:
      return among(kWantedOfFrame);
    default:
      return false;
  }
}

// Where the items of a sequence stand; `elsewhere` if nothing is wanted of them.
DicomPlace place_of_items(DicomPlace place, std::uint32_t tag) {
  const bool values = tag == kPixelTransformations || tag == kFrameVois;
  switch (place) {
    case DicomPlace::data_set:
      if (tag == kModalityLuts) return DicomPlace::modality_lut;
      if (tag == kVoiLuts) return DicomPlace::voi_lut;
      if (tag == kSharedGroups) return DicomPlace::shared_groups;
      if (tag == kFrameGroups) return DicomPlace::frame_groups;
      return DicomPlace::elsewhere;
    case DicomPlace::shared_groups:
      return values ? DicomPlace::shared_values : DicomPlace::elsewhere;
    case DicomPlace::frame_groups:
      return values ? DicomPlace::frame_values : DicomPlace::elsewhere;
    case DicomPlace::shared_values:
    case DicomPlace::frame_values:
      return tag == kVoiLuts ? DicomPlace::voi_lut : DicomPlace::elsewhere;
    default:
      return DicomPlace::elsewhere;
  }
}

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

class DicomParser {
 public:
  DicomParser(std::span<const std::byte> bytes, const std::string& name, int frame)
      : bytes_(bytes), name_(name), frame_(frame) {}

  DicomElements parse();

 private:
  // The position after an element's head, and what that said.
  struct Head {
    std::uint32_t tag, length;
    std::array<char, 2> vr;
    bool is(std::string_view text) const { return std::string_view(vr.data(), 2) == text; }
  };

  void read_syntax();
  // To `end`, or in an item of undefined length to its delimiter, which is passed.
  void read_elements(DicomPlace place, std::size_t end, bool delimited, int depth);
  void read_element(DicomPlace place, const Head& head, std::size_t end, int depth);
  void read_items(DicomPlace place, std::uint32_t tag, std::uint32_t length, std::size_t end,
                  int depth);
  void read_pixels(const Head& head);
  void skip_fragments(std::size_t end, DicomPixelData* pixels);

  bool peeks_vr() const {
    return at_ + 6 <= bytes_.size() && is_capital(character(at_ + 4)) &&
           is_capital(character(at_ + 5));
  }
  char character(std::size_t at) const { return std::to_integer<char>(bytes_[at]); }
  std::uint16_t u16(std::size_t end);
  std::uint32_t u32(std::size_t end);
  std::uint32_t tag(std::size_t end) {
    const std::uint32_t group = u16(end);
    return group << 16 | u16(end);
  }
  Head head(std::size_t end);
  void expect(std::size_t size, std::size_t end) const {
    if (size > end - at_)
      fail(name_, ": truncated (found ", end, " bytes; expected at least ", at_ + size,
           ", with a whole element)");
  }

  std::span<const std::byte> bytes_;
  const std::string& name_;
  int frame_;
  std::size_t at_ = 0;
  bool big_endian_ = false;
  bool explicit_ = true;  // elements say their value representation
  bool done_ = false;     // the pixels are found; nothing behind them matters
  DicomElements out_;
};

std::uint16_t DicomParser::u16(std::size_t end) {
  expect(2, end);
  const DicomValue two{{}, bytes_.subspan(at_, 2), big_endian_};
  at_ += 2;
  return two.word(0);
}

std::uint32_t DicomParser::u32(std::size_t end) {
  const std::uint32_t first = u16(end), second = u16(end);
  return big_endian_ ? first << 16 | second : second << 16 | first;
}

DicomParser::Head DicomParser::head(std::size_t end) {
  Head head{.tag = tag(end), .length = 0, .vr = {}};
  if (head.tag >> 16 == 0xFFFE || !explicit_) {  // items and delimiters say none
    head.length = u32(end);
    return head;
  }
  expect(4, end);
  head.vr = {character(at_), character(at_ + 1)};
  if (!is_capital(head.vr[0]) || !is_capital(head.vr[1]))
    fail(name_, ": corrupt element (found no value representation at byte ", at_,
         "; expected two capital letters)");
  at_ += 2;
  if (has_long_length({head.vr.data(), 2})) {
    at_ += 2;  // reserved
    head.length = u32(end);
  } else {
    head.length = u16(end);
  }
  return head;
}

void DicomParser::read_syntax() {
  std::string_view uid;
  if (std::string_view(reinterpret_cast<const char*>(bytes_.data()), bytes_.size())
          .substr(std::min(kDicomPreamble, bytes_.size()))
          .starts_with(kDicomMagic))
    at_ = kDicomPreamble + kDicomMagic.size();
  while (bytes_.size() - at_ >= 8 && character(at_) == 2 && character(at_ + 1) == 0) {
    const Head element = head(bytes_.size());
    expect(element.length, bytes_.size());
    const DicomValue value{element.vr, bytes_.subspan(at_, element.length), false};
    if (element.tag == kSyntaxTag) uid = value.text();
    at_ += element.length;
  }
  explicit_ = peeks_vr();  // what it says itself is surer than its syntax
  if (uid.empty()) {       // a data set alone begins with group 0008
    const bool big = bytes_.size() - at_ >= 2 && character(at_) == 0 && character(at_ + 1) == 8;
    out_.syntax = native_dicom_syntax(explicit_, big);
  } else {
    out_.syntax = dicom_syntax(uid, name_);
  }
  big_endian_ = out_.syntax.big_endian;
}

void DicomParser::read_elements(DicomPlace place, std::size_t end, bool delimited, int depth) {
  while (!done_ && (delimited || at_ < end)) {
    const Head element = head(end);
    if (delimited && element.tag == kItemEnd) return;
    read_element(place, element, end, depth);
  }
}

void DicomParser::read_element(DicomPlace place, const Head& element, std::size_t end, int depth) {
  if (element.tag == kPixels && place == DicomPlace::data_set) return read_pixels(element);
  const bool undefined = element.length == kUndefined;
  if (undefined && (element.is("OB") || element.is("OW"))) return skip_fragments(end, nullptr);
  if (undefined && explicit_ && !element.is("SQ") && !element.is("UN"))
    fail(name_, ": corrupt element (found one of undefined length at byte ", at_,
         "; expected that of sequences and pixels alone)");
  const DicomPlace items = place_of_items(place, element.tag);
  if (undefined || items != DicomPlace::elsewhere) {
    const bool was_explicit = explicit_, was_big = big_endian_;
    if (element.is("UN")) explicit_ = big_endian_ = false;  // PS3.5 6.2.2, note 2
    if (!undefined) expect(element.length, end);
    read_items(items, element.tag, element.length, undefined ? end : at_ + element.length,
               depth + 1);
    explicit_ = was_explicit;
    big_endian_ = was_big;
    return;
  }
  expect(element.length, end);
  if (is_wanted_element(place, element.tag))
    out_.values.try_emplace(
        {place, element.tag},
        DicomValue{element.vr, bytes_.subspan(at_, element.length), big_endian_});
  at_ += element.length;
}

void DicomParser::read_items(DicomPlace place, std::uint32_t tag, std::uint32_t length,
                             std::size_t end, int depth) {
  if (depth > kMaxDicomDepth)
    fail(name_, ": sequences nested too deeply (found more than ", kMaxDicomDepth,
         " levels; expected fewer)");
  const bool undefined = length == kUndefined;
  const int wanted = tag == kFrameGroups ? frame_ : 0;
  for (int index = 0; undefined || at_ < end; ++index) {
    const Head item = head(end);
    if (undefined && item.tag == kSequenceEnd) return;
    if (item.tag != kItem)
      fail(name_, ": corrupt sequence (found no item at byte ", at_ - 8, "; expected one)");
    const bool open = item.length == kUndefined;
    if (!open) expect(item.length, end);
    const DicomPlace inside = index == wanted ? place : DicomPlace::elsewhere;
    if (!open && inside == DicomPlace::elsewhere) at_ += item.length;
    else read_elements(inside, open ? end : at_ + item.length, open, depth);
  }
}

void DicomParser::skip_fragments(std::size_t end, DicomPixelData* pixels) {
  for (bool first = true;; first = false) {
    const Head item = head(end);
    if (item.tag == kSequenceEnd) return;
    if (item.tag != kItem)
      fail(name_, ": corrupt pixels (found no fragment at byte ", at_ - 8, "; expected one)");
    expect(item.length, end);
    const auto bytes = bytes_.subspan(at_, item.length);
    at_ += item.length;
    if (pixels == nullptr) continue;
    if (first) pixels->offsets = bytes;
    else pixels->fragments.push_back(bytes);
    // A file that ends without the delimiter has lost nothing.
    if (!first && at_ == end) return;
  }
}

void DicomParser::read_pixels(const Head& element) {
  DicomPixelData& pixels = out_.pixels.emplace();
  if (element.length == kUndefined) {
    pixels.encapsulated = true;
    skip_fragments(bytes_.size(), &pixels);
  } else {
    const std::size_t size = std::min<std::size_t>(element.length, bytes_.size() - at_);
    pixels.native = {element.vr, bytes_.subspan(at_, size), big_endian_};
  }
  done_ = true;
}

DicomElements DicomParser::parse() {
  read_syntax();
  read_elements(DicomPlace::data_set, bytes_.size(), false, 0);
  return std::move(out_);
}

}  // namespace

const DicomValue* DicomElements::find(std::uint32_t tag, DicomPlace place) const {
  const auto found = values.find({place, tag});
  return found == values.end() || found->second.bytes.empty() ? nullptr : &found->second;
}

const DicomValue* DicomElements::of_frame(std::uint32_t tag) const {
  for (const DicomPlace place : {DicomPlace::frame_values, DicomPlace::shared_values})
    if (const DicomValue* value = find(tag, place)) return value;
  return find(tag);
}

DicomElements parse_dicom(std::span<const std::byte> bytes, const std::string& name, int frame) {
  return DicomParser(bytes, name, frame).parse();
}

}  // namespace pellucid
