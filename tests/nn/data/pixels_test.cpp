#include "nn/data/pixels.h"

#include <cstdlib>

#include "nn/data/image.h"
#include "nn/data/pixel_file.h"
#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE("pixels: one byte a value up to 255, two above, whatever they come in") {
  const Pixels grey{1, 2, 255};
  CHECK(grey.white() == 255);
  CHECK(grey.one_byte());
  CHECK(grey.memory().size() == 3);
  CHECK(grey.bytes()[2] == 255);
  const Pixels shallow(Pixels::Words{1, 99}, 99);
  CHECK(shallow == Pixels(Pixels::Bytes{1, 99}, 99));
  CHECK(shallow != Pixels{1, 99});  // another white, another picture
  const Pixels deep(Pixels::Words{1, 1000}, 1000);
  CHECK_FALSE(deep.one_byte());
  CHECK(deep.size() == 2);
  CHECK(deep[1] == 1000);
  CHECK(deep.memory()[3] == std::byte{0x03});  // little-endian
  CHECK(Pixels().empty());

  check_fragments(message_of([&] { deep.bytes(); }), {"two bytes each, up to 1000", "8 bits"});
  check_fragments(message_of([] { Pixels(Pixels::Bytes{1}, 256); }), {"1 to 255, got 256"});
  check_fragments(message_of([] { Pixels(Pixels::Words{1}, 0); }), {"1 to 65535, got 0"});
  check_fragments(message_of([] { Pixels(Pixels::Words{1}, 65536); }), {"got 65536"});
}

TEST_CASE("pixels: a value means itself over white, in fp32 rounded once") {
  CHECK(unit_values({0, 51, 255}) == std::vector<float>{0, 0.2f, 1});
  CHECK(unit_values(Pixels(Pixels::Words{0, 500, 1000}, 1000)) == std::vector<float>{0, 0.5f, 1});
  CHECK(unit_values(Pixels(Pixels::Words{13107, 65535}, 65535)) == std::vector<float>{0.2f, 1});
  CHECK(unit_values(Pixels(Pixels::Bytes{0, 1}, 1)) == std::vector<float>{0, 1});
  // 8 bits widened to 16, v · 257, mean the same.
  Pixels::Bytes bytes;
  Pixels::Words words;
  for (unsigned v = 0; v < 256; ++v) {
    bytes.push_back(static_cast<std::uint8_t>(v));
    words.push_back(static_cast<std::uint16_t>(257 * v));
  }
  CHECK(unit_values(bytes) == unit_values(Pixels(words, 65535)));
  CHECK(eight_bit(Pixels(words, 65535)) == bytes);
  CHECK(eight_bit(bytes) == bytes);
}

TEST_CASE("pixels: reduced to 8 bits they are rounded, not cut off") {
  CHECK(eight_bit(Pixels(Pixels::Words{0, 1, 2, 3, 500, 998, 999, 1000}, 1000)) ==
        Pixels::Bytes{0, 0, 1, 1, 128, 254, 255, 255});
  CHECK(eight_bit(Pixels(Pixels::Words{128, 129, 65406, 65407}, 65535)) ==
        Pixels::Bytes{0, 1, 254, 255});
  CHECK(eight_bit(Pixels(Pixels::Bytes{0, 1, 2, 3}, 3)) == Pixels::Bytes{0, 85, 170, 255});

  CHECK(grey_plane(Image(2, 1, 1, {Pixels::Words{0, 4095}, 4095})) == image_of(2, 1, {0, 255}));
  CHECK(contains(message_of([] { grey_plane(Image(1, 1, 3, {1, 2, 3})); }), "is in colour"));
}

TEST_CASE("pixels: in a file they are what they were in memory") {
  const auto file = std::make_shared<PixelFile>();
  const Pixels bytes({1, 2, 250, 4}), words(Pixels::Words{0, 7, 4095}, 4095);
  Pixels stored = bytes, deep = words;
  stored.move_to(file);
  deep.move_to(file);
  CHECK(stored.in_file());
  CHECK(stored == bytes);
  CHECK(deep == words);
  CHECK_FALSE(stored == deep);
  CHECK(stored.size() == 4);
  CHECK(stored[2] == 250);
  CHECK(deep[2] == 4095);
  CHECK(stored.one_byte());
  CHECK_FALSE(deep.one_byte());
  CHECK(unit_values(deep) == unit_values(words));
  CHECK(eight_bit(stored) == bytes.bytes());
  CHECK(eight_bit(deep) == eight_bit(words));
  CHECK(contains(message_of([&] { stored.memory(); }), "in a file"));
  CHECK(contains(message_of([&] { stored.bytes(); }), "in a file"));
  Pixels again = stored.in_memory();
  CHECK_FALSE(again.in_file());
  CHECK(again.bytes() == bytes.bytes());
  stored.visit([](auto& values) { values[0] = 9; });  // changed in memory alone
  CHECK(stored[0] == 9);
  CHECK_FALSE(stored.in_file());
}

TEST_CASE("pixels: a folder that cannot be written is named") {
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before ? before : "";
  setenv("TMPDIR", "/no/such/folder", 1);
  const std::string message = message_of([] { PixelFile file; });
  if (before) setenv("TMPDIR", kept.c_str(), 1);
  else unsetenv("TMPDIR");
  check_fragments(message, {"/no/such/folder: cannot be written", "No such file", "TMPDIR"});
}
