#include "nn/data/md5.h"

#include <string_view>

#include "tests/nn/data/support.h"

using namespace pellucid;

namespace {

std::string md5_of(std::string_view text) { return md5_hex(std::as_bytes(std::span(text))); }

}  // namespace

TEST_CASE("MD5: the test suite of RFC 1321") {
  CHECK(md5_of("") == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(md5_of("a") == "0cc175b9c0f1b6a831c399e269772661");
  CHECK(md5_of("abc") == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(md5_of("message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
  CHECK(md5_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") ==
        "d174ab98d277d9f5a5611c2c9f419d9f");
  std::string digits;
  for (int i = 0; i < 8; ++i) digits += "1234567890";
  CHECK(md5_of(digits) == "57edf4a22be3c955ac49da2e2107b67a");
}

TEST_CASE("MD5: pieces of any size give the digest of the whole") {
  const std::string text(200, 'x');
  for (std::size_t length : {55u, 56u, 63u, 64u, 65u, 119u, 120u, 128u, 200u}) {
    const std::string whole = text.substr(0, length);
    for (std::size_t piece : {1u, 7u, 64u, 100u}) {
      CAPTURE(length);
      CAPTURE(piece);
      Md5 digest;
      for (std::size_t at = 0; at < length; at += piece) {
        const std::string part = whole.substr(at, piece);
        digest.update(std::as_bytes(std::span(part)));
      }
      CHECK(digest.hex() == md5_of(whole));
    }
  }
}
