#include "nn/data/sheet.h"

#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE("sheet: a row a class, the first samples of each") {
  std::vector<Sample> samples(4);
  const int labels[] = {1, 0, 1, 1};
  for (std::size_t i = 0; i < 4; ++i) {
    samples[i].label = labels[i];
    samples[i].pixels.assign(2 * 3, static_cast<std::uint8_t>(i));
  }
  const GreyImage sheet = contact_sheet(samples, 2, 3, 2, 2);
  CHECK(sheet.width == 2 + 2 * 5);
  CHECK(sheet.height == 2 + 2 * 4);
  CHECK(sheet.at(0, 0) == 255);
  CHECK(sheet.at(2, 2) == 1);
  CHECK(sheet.at(3, 4) == 1);
  CHECK(sheet.at(3, 5) == 255);
  CHECK(sheet.at(2, 7) == 255);  // no second sample of class 0
  CHECK(sheet.at(6, 2) == 0);
  CHECK(sheet.at(7, 9) == 2);  // the third of class 1 has no place
  CHECK(contains(message_of([&] { contact_sheet(samples, 2, 3, 2, 0); }), "at least 1"));
  CHECK(contains(message_of([&] { contact_sheet(samples, 2, 3, 2, 9000); }), "at most 16384"));
}
