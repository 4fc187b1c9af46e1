// bmp_file.h: a Windows bitmap for tests, with every field of its header open to change.
#pragma once

#include <cstdint>
#include <string>

namespace pellucid::test {

struct BmpFile {
  std::int32_t width = 2, height = 2;  // negative height: the first row comes first
  std::uint32_t bits = 8, header = 40, compression = 0, colours = 4, offset = 14 + 40 + 16;
  std::string palette{"\0\0\0\0\x40\x40\x40\0\x80\x80\x80\0\xC0\xC0\xC0\0", 16};
  std::string pixels{"\0\1\0\0\2\3\0\0", 8};  // rows of a multiple of 4 bytes

  std::string bytes() const {
    std::string out = "BM";
    const auto put = [&](std::uint32_t value, int size) {
      for (int i = 0; i < size; ++i) out += i < 4 ? static_cast<char>(value >> 8 * i & 255) : '\0';
    };
    put(static_cast<std::uint32_t>(54 + palette.size() + pixels.size()), 4);
    put(0, 4);
    put(offset, 4);
    put(header, 4);
    put(static_cast<std::uint32_t>(width), 4);
    put(static_cast<std::uint32_t>(height), 4);
    put(1, 2);
    put(bits, 2);
    put(compression, 4);
    put(0, 4);
    put(0, 8);
    put(colours, 4);
    put(0, 4);
    return out + palette + pixels;
  }
};

}  // namespace pellucid::test
