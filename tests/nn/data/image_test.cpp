#include "nn/data/image.h"

#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE("image: of grey three equal planes, of colour its BT.601 luma, at its own depth") {
  ImageNotes notes;
  const Image grey(2, 1, 1, {Pixels::Words{7, 1000}, 1000});
  CHECK(with_planes(grey, 1, &notes) == grey);
  CHECK(notes.empty());
  CHECK(with_planes(grey, 3, &notes) ==
        Image(2, 1, 3, {Pixels::Words{7, 7, 7, 1000, 1000, 1000}, 1000}));
  CHECK(notes == ImageNotes{"grey as three equal planes"});

  notes.clear();
  // 0.299 · 65535 = 19594.97, 0.587 · 65535 = 38469.05, 0.114 · 65535 = 7470.99
  const Image colour(3, 1, 3, {Pixels::Words{65535, 0, 0, 0, 65535, 0, 0, 0, 65535}, 65535});
  CHECK(with_planes(colour, 3, &notes) == colour);
  CHECK(notes.empty());
  CHECK(with_planes(colour, 1, &notes) ==
        Image(3, 1, 1, {Pixels::Words{19595, 38469, 7471}, 65535}));
  CHECK(notes == ImageNotes{"colour made grey (BT.601 luma)"});
  // 0.299 · 1 + 0.587 · 1 + 0.114 · 0 = 0.886; 0.299 · 2 + 0.114 · 6 = 1.282; 0.5 rounds up.
  CHECK(with_planes({3, 1, 3, {1, 1, 0, 2, 0, 6, 250, 30, 53}}, 1).pixels == Pixels{1, 1, 98});

  CHECK(contains(message_of([&] { with_planes(grey, 2); }), "1 or 3 planes, got 2"));
}

TEST_CASE("image: a grey picture stored in colour is grey without a note") {
  ImageNotes notes;
  for (int v = 0; v < 256; ++v) {
    const auto value = static_cast<std::uint8_t>(v);
    CHECK(with_planes({1, 1, 3, {value, value, value}}, 1, &notes) == Image(1, 1, 1, {value}));
  }
  CHECK(notes.empty());
}

TEST_CASE("image: notes of many, each once with its count") {
  CHECK(counted({}).empty());
  CHECK(counted({{"a", "b"}, {}, {"b"}, {"c", "b"}}) ==
        ImageNotes{"1 image: a", "3 images: b", "1 image: c"});
}
