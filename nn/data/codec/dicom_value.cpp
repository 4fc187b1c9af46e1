#include "nn/data/codec/dicom_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace pellucid {
namespace {

// Beyond this no value of a picture means anything, and sums and products stay finite.
constexpr double kMaxDicomNumber = 1e30;

std::string_view trimmed_dicom(std::string_view text) {
  constexpr std::string_view kBlanks(" \0", 2);
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

std::uint16_t DicomValue::word(std::size_t i) const {
  const auto low = std::to_integer<unsigned>(bytes[2 * i + (big_endian ? 1 : 0)]),
             high = std::to_integer<unsigned>(bytes[2 * i + (big_endian ? 0 : 1)]);
  return static_cast<std::uint16_t>(high << 8 | low);
}

std::string_view DicomValue::text() const {
  return trimmed_dicom({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::size_t DicomValue::parts() const {
  const std::string_view all = text();
  return all.empty() ? 0 : 1 + static_cast<std::size_t>(std::count(all.begin(), all.end(), '\\'));
}

std::optional<double> DicomValue::decimal(std::size_t part) const {
  std::string_view rest = text();
  for (; part > 0; --part) rest.remove_prefix(std::min(rest.size(), rest.find('\\') + 1));
  std::string_view digits = trimmed_dicom(rest.substr(0, rest.find('\\')));
  if (digits.starts_with('+')) digits.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() ||
      !(std::abs(value) <= kMaxDicomNumber))
    return std::nullopt;
  return value;
}

}  // namespace pellucid
