// pnm_codec.cpp: PGM and PPM of Netpbm, in text (P2, P3) and binary (P5, P6), of any maxval.
#include <algorithm>
#include <string_view>

#include "nn/data/codec/image_codec.h"
#include "nn/data/codec/image_file.h"
#include "runtime/error.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

bool is_pnm(std::string_view text) {
  return text.size() >= 2 && text[0] == 'P' &&
         (text[1] == '2' || text[1] == '3' || text[1] == '5' || text[1] == '6');
}

// The numbers of a file, separated by white space and comments (# to the end of the line).
class PnmNumbers {
 public:
  PnmNumbers(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  bool binary() const { return text_[1] >= '5'; }
  bool colour() const { return text_[1] == '3' || text_[1] == '6'; }

  // The next number, one of the header.
  int number(const char* what, int limit) {
    if (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != '#')
      fail(name_, ": not a ", kind(), " header (found ", shown(text_[at_]),
           "; expected white space before the ", what, ")");
    const std::size_t start = skip_blank();
    const long value = digits(1'000'000'000);
    if (at_ == text_.size()) fail_truncated("its header");
    if (at_ == start)
      fail(name_, ": not a ", kind(), " header (found ", shown(text_[at_]), "; expected the ", what,
           ")");
    if (value < 1 || value > limit)
      fail(name_, ": bad ", what, " (found ", printable(text_.substr(start, at_ - start)),
           "; expected 1 to ", limit, ")");
    return static_cast<int>(value);
  }
  // The next number, one of the pixels in text.
  int value(int maxval) {
    const std::size_t start = skip_blank();
    if (at_ == text_.size()) fail_truncated("its pixels");
    const long value = digits(1'000'000'000);
    const bool ends = at_ == text_.size() || is_blank(text_[at_]) || text_[at_] == '#';
    if (at_ == start || !ends)
      fail(name_, ": bad pixel (found ", shown(text_[at_]), "; expected a number)");
    check_value(value, maxval);
    return static_cast<int>(value);
  }
  void check_value(long value, int maxval) const {
    require(value <= maxval, name_, ": value above the maxval (found ", value,
            "; expected at most ", maxval, ")");
  }
  // The bytes after the single white-space character that ends the header.
  std::string_view rest() const {
    if (!is_blank(text_[at_]))
      fail(name_, ": not a ", kind(), " header (found ", shown(text_[at_]),
           "; expected one white-space character after the maxval)");
    return text_.substr(at_ + 1);
  }

 private:
  static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
  static std::string shown(char c) {
    if (c > ' ' && c < 127) return concat("'", c, "'");
    return concat("byte ", static_cast<int>(static_cast<unsigned char>(c)));
  }
  const char* kind() const { return colour() ? "PPM" : "PGM"; }
  // Digits as a number, of a greater one `most`.
  long digits(long most) {
    long value = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
      value = std::min(value * 10 + (text_[at_] - '0'), most);
    return value;
  }
  // Returns where it ends.
  std::size_t skip_blank() {
    while (at_ < text_.size() && (is_blank(text_[at_]) || text_[at_] == '#')) {
      if (text_[at_] == '#')
        while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
      else ++at_;
    }
    return at_;
  }
  [[noreturn]] void fail_truncated(const char* what) const {
    fail(name_, ": truncated (found ", text_.size(), " bytes; expected more of ", what, ")");
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 2;  // after "P5"
};

// Binary values are of one byte, or of two, the more significant first.
template <class T>
std::vector<T> values_of(PnmNumbers& numbers, std::string_view bytes, std::size_t count,
                         int maxval) {
  std::vector<T> values(count);
  if (!numbers.binary()) {
    for (T& value : values) value = static_cast<T>(numbers.value(maxval));
    return values;
  }
  int largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    int value = 0;
    for (std::size_t byte = 0; byte < sizeof(T); ++byte)
      value = value << 8 | static_cast<unsigned char>(bytes[i * sizeof(T) + byte]);
    values[i] = static_cast<T>(value);
    largest = std::max(largest, value);
  }
  numbers.check_value(largest, maxval);
  return values;
}

Image decode_pnm(std::span<const std::byte> bytes, const std::string& name, const DecodeOptions&,
                 ImageNotes& notes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  PnmNumbers numbers(text, name);
  const int width = numbers.number("width", kMaxImageSide);
  const int height = numbers.number("height", kMaxImageSide);
  const int maxval = numbers.number("maxval", kMaxWhite);
  const std::string_view pixels = numbers.rest();
  const int planes = numbers.colour() ? 3 : 1;
  const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                            static_cast<std::size_t>(planes);
  // A value in text is a digit and, but for the last, what separates it from the next.
  std::size_t expected = 2 * count - 1;
  if (numbers.binary()) expected = maxval > kWhite8 ? 2 * count : count;
  if (pixels.size() < expected)
    fail(name, ": truncated (found ", pixels.size(), " bytes of pixels; expected ", expected,
         " for ", width, " × ", height, ")");
  if (numbers.binary() && pixels.substr(expected).starts_with(text.substr(0, 2)))
    notes.emplace_back("the first of several pictures");
  if (maxval > kWhite8)
    return {
        width, height, planes, {values_of<std::uint16_t>(numbers, pixels, count, maxval), maxval}};
  return {width, height, planes, {values_of<std::uint8_t>(numbers, pixels, count, maxval), maxval}};
}

}  // namespace

extern const ImageCodec pnm_codec;
const ImageCodec pnm_codec{.name = "PGM/PPM",
                           .extensions = {".pgm", ".ppm", ".pnm"},
                           .recognises = is_pnm,
                           .decode = decode_pnm};

}  // namespace pellucid
