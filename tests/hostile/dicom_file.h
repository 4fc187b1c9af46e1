// dicom_file.h: a DICOM file for tests, with every element open to change.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "tests/hostile/formats.h"

namespace pellucid::test {

struct DicomFile {
  struct Element {
    std::string vr, value;
    bool undefined = false;  // its length; the value ends as it ends
  };

  std::string syntax = "1.2.840.10008.1.2.1";
  bool head = true;  // preamble and group 0002
  bool explicit_vr = true, big_endian = false;
  std::map<std::uint32_t, Element> elements;  // by tag, 0xGGGGEEEE

  // 2 × 2 pixels of 8 bits: 0, 64, 128, 192.
  DicomFile() {
    words(0x0028'0002, {1});
    text(0x0028'0004, "CS", "MONOCHROME2");
    words(0x0028'0010, {2});
    words(0x0028'0011, {2});
    words(0x0028'0100, {8});
    words(0x0028'0101, {8});
    words(0x0028'0102, {7});
    words(0x0028'0103, {0});
    elements[0x7FE0'0010] = {"OB", std::string("\0\x40\x80\xC0", 4)};
  }
  // 2 × 2 pixels of 16 bits.
  static DicomFile deep(std::initializer_list<std::uint32_t> values, int stored = 16) {
    DicomFile file;
    file.words(0x0028'0100, {16});
    file.words(0x0028'0101, {static_cast<std::uint32_t>(stored)});
    file.words(0x0028'0102, {static_cast<std::uint32_t>(stored - 1)});
    file.words(0x7FE0'0010, values, "OW");
    return file;
  }

  void words(std::uint32_t tag, std::initializer_list<std::uint32_t> values,
             const std::string& vr = "US") {
    std::string value;
    for (const std::uint32_t word : values) value += number(word, 2);
    elements[tag] = {vr, value};
  }
  void text(std::uint32_t tag, const std::string& vr, std::string value) {
    if (value.size() % 2 != 0) value += vr == "UI" ? '\0' : ' ';
    elements[tag] = {vr, value};
  }
  // One item of what another file holds, without its head; of undefined lengths if `open`.
  void item(std::uint32_t tag, const std::map<std::uint32_t, Element>& inside, bool open = false) {
    std::string body;
    for (const auto& [inner, element] : inside) body += written(inner, element);
    const std::string value = open ? in_item(body, true) + end(0xFFFE'E0DD) : in_item(body);
    elements[tag] = {"SQ", value, open};
  }
  // Fragments in place of pixels; the table of offsets is the first.
  void fragments(std::initializer_list<std::string> all) {
    std::string value;
    for (const std::string& fragment : all) value += in_item(fragment);
    elements[0x7FE0'0010] = {"OB", value + end(0xFFFE'E0DD), true};
  }

  std::string number(std::uint32_t value, int size) const {
    std::string out;
    for (int i = 0; i < size; ++i)
      out += static_cast<char>(value >> 8 * (big_endian ? size - 1 - i : i) & 255);
    return out;
  }
  std::string tag(std::uint32_t value) const {
    return number(value >> 16, 2) + number(value & 0xFFFF, 2);
  }
  std::string in_item(const std::string& body, bool open = false) const {
    return tag(0xFFFE'E000) +
           number(open ? 0xFFFF'FFFF : static_cast<std::uint32_t>(body.size()), 4) + body +
           (open ? end(0xFFFE'E00D) : "");
  }
  std::string end(std::uint32_t delimiter) const { return tag(delimiter) + number(0, 4); }
  std::string written(std::uint32_t key, const Element& e) const {
    const auto size = e.undefined ? 0xFFFF'FFFF : static_cast<std::uint32_t>(e.value.size());
    if (!explicit_vr) return tag(key) + number(size, 4) + e.value;
    const bool is_long = e.vr[0] == 'O' || e.vr == "SQ" || e.vr == "UN" || e.vr == "UT";
    return tag(key) + e.vr + (is_long ? std::string(2, '\0') + number(size, 4) : number(size, 2)) +
           e.value;
  }
  std::string bytes() const {
    std::string out;
    if (head) {
      DicomFile meta = *this;
      meta.explicit_vr = true;
      meta.big_endian = false;
      meta.text(0x0002'0010, "UI", syntax);
      out = std::string(128, '\0') + "DICM" + meta.written(0x0002'0010, meta.elements[0x0002'0010]);
    }
    for (const auto& [key, element] : elements) out += written(key, element);
    return out;
  }
};

// Sequences in sequences, of undefined or of known lengths.
inline std::string nested(int depth, bool open) {
  DicomFile file;
  std::string inside;
  if (open) {
    const std::string level = file.tag(0x0008'1140) + "SQ" + std::string(2, '\0') +
                              file.number(0xFFFF'FFFF, 4) + file.tag(0xFFFE'E000) +
                              file.number(0xFFFF'FFFF, 4);
    for (int i = 0; i < depth; ++i) inside += level;
    file.elements[0x0008'1140] = {"SQ", inside.substr(12), true};
  } else {
    for (int i = 0; i < depth; ++i)
      inside = file.in_item(inside.empty() ? "" : file.written(0x0008'1140, {"SQ", inside}));
    file.elements[0x0008'1140] = {"SQ", inside};
  }
  return file.bytes();
}

// What a build without the library says.
inline std::string without_library(const std::string& found, const std::string& library,
                                   const std::string& package) {
  return "FILE: compressed DICOM (found " + found + "; expected a build with " + library +
         ": install " + package + " and build again)";
}

// Files that are read, be they odd.
std::vector<HostileFile> odd_dicom();

}  // namespace pellucid::test
