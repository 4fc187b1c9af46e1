#include "nn/data/ids.h"

#include <cctype>
#include <cstdint>
#include <span>

#include "nn/data/md5.h"
#include "runtime/error.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

// Spaces of every width, and characters that cannot be seen or turn the text after them around.
bool is_unsafe(std::uint32_t c) {
  if (c < 0x80)
    return !(std::isalnum(static_cast<int>(c)) || c == '.' || c == '_' || c == '+' || c == '-');
  const auto in = [c](std::uint32_t first, std::uint32_t last) { return c >= first && c <= last; };
  // U+200C and U+200D join letters and parts of an emoji.
  return in(0x80, 0xA0) || c == 0xAD || c == 0x1680 || in(0x2000, 0x200B) || in(0x200E, 0x200F) ||
         in(0x2028, 0x202F) || in(0x205F, 0x206F) || c == 0x3000 || c == 0xFEFF ||
         in(0xFFF0, 0xFFFF);
}

// The first bytes of valid UTF-8, at most `most`, no character cut.
std::string_view beginning(std::string_view text, std::size_t most) {
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

}  // namespace

std::string id_of(std::string_view name) {
  std::string id;
  if (name.empty() || name[0] == '.') id = "_";
  for (std::string_view left = name; !left.empty();) {
    const auto [code, bytes] = first_character(left);
    if (!code || is_unsafe(*code)) id += '_';
    else id += left.substr(0, bytes);
    left.remove_prefix(bytes);
  }
  if (id.size() <= kMaxIdBytes) return id;
  constexpr std::size_t kDigits = 8;
  return concat(beginning(id, kMaxIdBytes - kDigits - 1), "-",
                md5_hex(std::as_bytes(std::span(name))).substr(0, kDigits));
}

std::string anonymous_id(const std::string& content) {
  constexpr std::size_t kDigits = 12;
  return content.substr(0, kDigits);
}

std::string UniqueIds::of(std::string_view name) {
  const std::string id = id_of(name);
  std::string unique = id;
  for (int n = 2; !taken_.insert(unique).second; ++n) unique = concat(id, "_", n);
  return unique;
}

}  // namespace pellucid
