// The grey values of PS3.3 C.11.2 by hand.
#include "nn/data/codec/dicom_grey.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace pellucid;

namespace {

std::vector<int> shown(const DicomGrey& grey, std::vector<std::uint16_t> stored) {
  std::vector<std::string> notes;
  const Pixels pixels = dicom_grey(grey, std::move(stored), notes);
  std::vector<int> out;
  for (std::size_t i = 0; i < pixels.size(); ++i) out.push_back(pixels[i]);
  return out;
}

}  // namespace

TEST_CASE("DICOM windows: the standard's example, and a width of 1 as a threshold") {
  // C.11.2.1.2.1, note 3: of 0 to 255 centre 2048, width 4096 is y = x · 255 / 4095; width 1 a step.
  const DicomWindow all{2048, 4096};
  CHECK_EQ(all(0), 0);
  CHECK_EQ(all(4095), 1);
  CHECK_EQ(all(1365), doctest::Approx(1365 / 4095.0));
  const DicomWindow step{2048, 1};
  CHECK_EQ(step(2047), 0);
  CHECK_EQ(step(2048), 1);
  const DicomWindow exact{2048, 4096, DicomVoiFunction::linear_exact};
  CHECK_EQ(exact(1024), 0.25);
  const DicomWindow sigmoid{100, 40, DicomVoiFunction::sigmoid};
  CHECK_EQ(sigmoid(100), 0.5);
  CHECK_EQ(sigmoid(110), doctest::Approx(1 / (1 + std::exp(-1.0))));
  CHECK_FALSE(DicomWindow{0, 0.5}.valid());
  CHECK(DicomWindow{0, 0.5, DicomVoiFunction::linear_exact}.valid());
  CHECK_FALSE(DicomWindow{0, 0, DicomVoiFunction::sigmoid}.valid());
}

TEST_CASE("DICOM grey: minimum to maximum, rounded once, without the padding") {
  DicomGrey grey{.bits = 12, .is_signed = true};
  // −2048, −1, 0, 1
  CHECK_EQ(shown(grey, {0x800, 0xFFF, 0, 1}), std::vector{0, 65'471, 65'503, 65'535});
  grey.padding = {-2048, -2048};
  CHECK_EQ(shown(grey, {0x800, 0xFFF, 0, 1}), std::vector{0, 0, 32'768, 65'535});
  grey.inverted = true;
  CHECK_EQ(shown(grey, {0x800, 0xFFF, 0, 1}), std::vector{0, 65'535, 32'767, 0});
  CHECK_EQ(shown({.bits = 16}, {7, 7}), std::vector{0, 0});
}

TEST_CASE("DICOM grey: bytes stay bytes, and a lookup table comes before a window") {
  CHECK_EQ(shown({.bits = 8}, {3, 200}), std::vector{3, 200});
  CHECK_EQ(shown({.bits = 8, .inverted = true}, {3, 200}), std::vector{252, 55});
  DicomGrey grey{.bits = 8, .window = DicomWindow{100, 2}, .windows = 1};
  CHECK_EQ(shown(grey, {99, 100}), std::vector{0, 65'535});
  grey.voi_lut = DicomLut{.first = 99, .bits = 10, .values = {5, 2000}};
  CHECK_EQ(shown(grey, {0, 100}), std::vector{5, 1023});
  grey.for_processing = true;
  CHECK_EQ(shown(grey, {3, 200}), std::vector{3, 200});
}
