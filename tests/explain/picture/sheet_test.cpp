#include "explain/picture/sheet.h"

#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE("sheet: a row a class, the first samples of each") {
  std::vector<Sample> samples(4);
  const int labels[] = {1, 0, 1, 1};
  for (std::size_t i = 0; i < 4; ++i) {
    samples[i].label = labels[i];
    samples[i].pixels.bytes().assign(2 * 3, static_cast<std::uint8_t>(i));
  }
  const Sheet sheet = contact_sheet(samples, 2, 3, 1, 2, 2);
  const auto at = [&](int y, int x) {
    return sheet.pixels[static_cast<std::size_t>(y * sheet.width + x)];
  };
  CHECK(sheet.width == 2 + 2 * 5);
  CHECK(sheet.height == 2 + 2 * 4);
  CHECK(at(0, 0) == 255);
  CHECK(at(2, 2) == 1);
  CHECK(at(3, 4) == 1);
  CHECK(at(3, 5) == 255);
  CHECK(at(2, 7) == 255);  // no second sample of class 0
  CHECK(at(6, 2) == 0);
  CHECK(at(7, 9) == 2);  // the third of class 1 has no place
  CHECK(contains(message_of([&] { contact_sheet(samples, 2, 3, 1, 2, 0); }), "at least 1"));
  CHECK(contains(message_of([&] { contact_sheet(samples, 2, 3, 1, 2, 9000); }), "at most 16384"));
}

TEST_CASE("sheet: deeper pictures are shown in 8 bits") {
  Sample sample;
  sample.pixels = Pixels(Pixels::Words{0, 500, 1000}, 1000);
  const Sheet sheet = contact_sheet({&sample, 1}, 1, 3, 1, 1, 1);
  const auto row = sheet.pixels.begin() + 2 * 7 + 2;
  CHECK(std::vector<std::uint8_t>(row, row + 3) == std::vector<std::uint8_t>{0, 128, 255});
}

TEST_CASE("sheet: in colour") {
  Sample sample;
  sample.pixels = {1, 2, 3, 4, 5, 6};
  const Sheet sheet = contact_sheet({&sample, 1}, 1, 2, 3, 1, 1);
  CHECK(sheet.width == 6);
  CHECK(sheet.pixels.size() == 6 * 5 * 3);
  const auto row = sheet.pixels.begin() + 3 * (2 * 6 + 2);
  CHECK(Pixels(Pixels::Bytes(row, row + 6)) == sample.pixels);
}
