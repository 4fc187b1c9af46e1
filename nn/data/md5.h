// md5.h: the MD5 digest (RFC 1321): names data in tables and provenance; not for security.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace pellucid {

// update() in any pieces, then hex() once.
class Md5 {
 public:
  void update(std::span<const std::byte> bytes);
  // 32 lower-case hexadecimal digits of all bytes so far.
  std::string hex();

 private:
  void absorb(const std::byte* block);  // 64 bytes

  std::array<std::uint32_t, 4> state_ = {0x67452301u, 0xEFCDAB89u, 0x98BADCFEu, 0x10325476u};
  std::array<std::byte, 64> pending_{};
  std::uint64_t length_ = 0;  // bytes; the last length_ % 64 of them are in pending_
};

std::string md5_hex(std::span<const std::byte> bytes);

}  // namespace pellucid
