// dicom_value.h: the value of one element of a DICOM file, as it lies there.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace pellucid {

struct DicomValue {
  std::array<char, 2> vr{};  // as "US"; zeros where the file does not say
  std::span<const std::byte> bytes;
  bool big_endian = false;

  std::size_t words() const { return bytes.size() / 2; }
  std::uint16_t word(std::size_t i) const;  // i < words()
  // Without the blanks around it.
  std::string_view text() const;
  // The parts of a text between backslashes: how many, and one of them as a number, if it is one of
  // at most 10^30.
  std::size_t parts() const;
  std::optional<double> decimal(std::size_t part = 0) const;
};

}  // namespace pellucid
