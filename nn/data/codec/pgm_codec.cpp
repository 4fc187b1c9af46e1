// pgm_codec.cpp: binary PGM, P5 of Netpbm, of any maxval.
#include <algorithm>
#include <string_view>

#include "nn/data/codec/image_codec.h"
#include "nn/data/codec/image_file.h"
#include "runtime/error.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

bool is_pgm(std::string_view text) { return text.starts_with("P5") || text.starts_with("P2"); }

// The numbers of a PGM header, separated by white space and comments (# to the end of the line).
class PgmHeader {
 public:
  PgmHeader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  int number(const char* what, int limit) {
    if (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != '#')
      fail(name_, ": not a PGM header (found ", shown(text_[at_]),
           "; expected white space before the ", what, ")");
    skip_blank();
    const std::size_t start = at_;
    long value = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
      value = std::min(value * 10 + (text_[at_] - '0'), 1'000'000'000L);
      ++at_;
    }
    if (at_ == text_.size()) fail_truncated("its header");
    if (at_ == start)
      fail(name_, ": not a PGM header (found ", shown(text_[at_]), "; expected the ", what, ")");
    if (value < 1 || value > limit)
      fail(name_, ": bad ", what, " (found ", printable(text_.substr(start, at_ - start)),
           "; expected 1 to ", limit, ")");
    return static_cast<int>(value);
  }
  // The bytes after the single white-space character that ends the header.
  std::string_view rest() {
    if (!is_blank(text_[at_]))
      fail(name_, ": not a PGM header (found ", shown(text_[at_]),
           "; expected one white-space character after the maxval)");
    return text_.substr(at_ + 1);
  }
  [[noreturn]] void fail_truncated(const char* what) const {
    fail(name_, ": truncated (found ", text_.size(), " bytes; expected more of ", what, ")");
  }

 private:
  static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
  static std::string shown(char c) {
    if (c > ' ' && c < 127) return concat("'", c, "'");
    return concat("byte ", static_cast<int>(static_cast<unsigned char>(c)));
  }
  void skip_blank() {
    while (at_ < text_.size() && (is_blank(text_[at_]) || text_[at_] == '#')) {
      if (text_[at_] == '#')
        while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
      else ++at_;
    }
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 2;  // after "P5"
};

// Values of one byte, or of two, the more significant first.
template <class T>
std::vector<T> values_of(std::string_view bytes, std::size_t count, int maxval,
                         const std::string& name) {
  std::vector<T> values(count);
  int largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    int value = 0;
    for (std::size_t byte = 0; byte < sizeof(T); ++byte)
      value = value << 8 | static_cast<unsigned char>(bytes[i * sizeof(T) + byte]);
    values[i] = static_cast<T>(value);
    largest = std::max(largest, value);
  }
  require(largest <= maxval, name, ": value above the maxval (found ", largest,
          "; expected at most ", maxval, ")");
  return values;
}

Image decode_pgm(std::span<const std::byte> bytes, const std::string& name, const DecodeOptions&,
                 ImageNotes&) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("P2")) fail(name, ": an ASCII PGM (found P2; expected P5, the binary form)");
  PgmHeader header(text, name);
  const int width = header.number("width", kMaxImageSide);
  const int height = header.number("height", kMaxImageSide);
  const int maxval = header.number("maxval", kMaxWhite);
  const std::string_view pixels = header.rest();
  const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height),
                    expected = maxval > kWhite8 ? 2 * count : count;
  if (pixels.size() < expected)
    fail(name, ": truncated (found ", pixels.size(), " bytes of pixels; expected ", expected,
         " for ", width, " × ", height, ")");
  if (maxval > kWhite8)
    return {width, height, 1, {values_of<std::uint16_t>(pixels, count, maxval, name), maxval}};
  return {width, height, 1, {values_of<std::uint8_t>(pixels, count, maxval, name), maxval}};
}

}  // namespace

extern const ImageCodec pgm_codec;
const ImageCodec pgm_codec{
    .name = "PGM", .extensions = {".pgm"}, .recognises = is_pgm, .decode = decode_pgm};

}  // namespace pellucid
