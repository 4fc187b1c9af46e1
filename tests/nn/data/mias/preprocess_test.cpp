// Each step on pictures small enough to work out by hand. The planes of the real images are
// compared in mias_test.cpp.
#include "nn/data/mias/preprocess.h"

#include <algorithm>
#include <cmath>

#include "nn/data/mias/clahe.h"
#include "nn/data/mias/morphology.h"
#include "nn/data/mias/otsu.h"
#include "nn/data/resize.h"
#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// The definition: does the element, placed at (y, x), meet a 255?
GreyImage dilate_by_definition(const GreyImage& mask, const StructuringElement& element) {
  GreyImage result(mask.width, mask.height);
  for (int y = 0; y < mask.height; ++y)
    for (int x = 0; x < mask.width; ++x)
      for (int dy = -element.reach(); dy <= element.reach(); ++dy) {
        const int half = element.half_widths[static_cast<std::size_t>(dy + element.reach())];
        for (int dx = -half; dx <= half; ++dx) {
          const int from_y = y + dy, from_x = x + dx;
          if (from_y >= 0 && from_y < mask.height && from_x >= 0 && from_x < mask.width &&
              mask.at(from_y, from_x) != 0)
            result.at(y, x) = 255;
        }
      }
  return result;
}

GreyImage sparse_mask(int width, int height, std::uint32_t one_in, std::uint64_t seed) {
  GreyImage mask(width, height);
  for (std::size_t i = 0; i < mask.pixels.size(); ++i)
    mask.pixels[i] = random_below({seed, 1}, i, one_in) == 0 ? 255 : 0;
  return mask;
}

// '#' is 255.
GreyImage drawing(std::vector<std::string> rows) {
  GreyImage mask(static_cast<int>(rows[0].size()), static_cast<int>(rows.size()));
  for (int y = 0; y < mask.height; ++y)
    for (int x = 0; x < mask.width; ++x)
      mask.at(y, x) =
          rows[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)] == '#' ? 255 : 0;
  return mask;
}

std::size_t count(const GreyImage& mask) {
  return static_cast<std::size_t>(std::count(mask.pixels.begin(), mask.pixels.end(), 255));
}

}  // namespace

TEST_CASE("resize: exact fractions in one dimension") {
  const GreyImage pair = image_of(2, 1, {0, 100});
  CHECK(resize_bilinear(pair, 4, 1) == image_of(4, 1, {0, 25, 75, 100}));
  CHECK(resize_bilinear(image_of(1, 2, {0, 100}), 1, 4) == image_of(1, 4, {0, 25, 75, 100}));
  CHECK(resize_bilinear(image_of(4, 1, {10, 20, 60, 80}), 2, 1) == image_of(2, 1, {15, 70}));
  CHECK(resize_bilinear(image_of(1, 1, {77}), 5, 3) == GreyImage(5, 3, 77));
  const GreyImage image = random_image(13, 9, 1);
  CHECK(resize_bilinear(image, 13, 9) == image);
}

TEST_CASE("resize: shrinking reads 2 × 2 pixels and no others") {
  // 1024 → 224: output 0 lies at 1.79 and reads 1 and 2; output 1 at 6.36 reads 6 and 7.
  GreyImage film(1024, 1024);
  for (const int unread : {0, 3, 4, 5, 8})
    for (int i = 0; i < 1024; ++i) film.at(unread, i) = 255;
  CHECK(resize_bilinear(film, 224, 224) == GreyImage(224, 224));
  film.at(2, 1) = 255;
  film.at(2, 2) = 255;
  // The row's weight is 0.7857: 0.7857 · 255 = 200.4.
  CHECK(resize_bilinear(film, 224, 224).at(0, 0) == 200);
}

TEST_CASE("resize: within one level of the formula in double") {
  const GreyImage image = random_image(19, 23, 2);
  const int width = 224, height = 57;
  const GreyImage resized = resize_bilinear(image, width, height);
  int worst = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double sx = std::clamp((x + 0.5) * 19 / width - 0.5, 0.0, 18.0);
      const double sy = std::clamp((y + 0.5) * 23 / height - 0.5, 0.0, 22.0);
      const int ix = std::min(static_cast<int>(sx), 17), iy = std::min(static_cast<int>(sy), 21);
      const double tx = sx - ix, ty = sy - iy;
      const double exact = (1 - ty) * ((1 - tx) * image.at(iy, ix) + tx * image.at(iy, ix + 1)) +
                           ty * ((1 - tx) * image.at(iy + 1, ix) + tx * image.at(iy + 1, ix + 1));
      worst = std::max(worst, std::abs(resized.at(y, x) - static_cast<int>(std::lround(exact))));
    }
  CHECK(worst <= 1);
}

TEST_CASE("resize: a box is as the picture cut out") {
  const GreyImage image = random_image(20, 20, 3);
  GreyImage cut(7, 5);
  for (int y = 0; y < 5; ++y)
    for (int x = 0; x < 7; ++x) cut.at(y, x) = image.at(4 + y, 11 + x);
  CHECK(resize_bilinear(image, {4, 9, 11, 18}, 50, 60) == resize_bilinear(cut, 50, 60));
  CHECK(contains(message_of([&] {
                   resize_bilinear(image, {4, 9, 15, 21}, 9, 9);
                 }),
                 "does not lie"));
  CHECK(contains(message_of([&] { resize_bilinear(image, {4, 4, 0, 9}, 9, 9); }), "does not lie"));
  CHECK(contains(message_of([&] { resize_bilinear(image, 0, 9); }), "at least 1"));
}

TEST_CASE("Otsu: between the two groups, the first of equal thresholds") {
  CHECK(otsu_threshold(image_of(4, 1, {50, 50, 200, 200})) == 50);
  CHECK(otsu_threshold(image_of(5, 2, {10, 10, 10, 20, 20, 20, 90, 90, 90, 90})) == 20);
  CHECK(otsu_threshold(image_of(2, 1, {0, 255})) == 0);
  CHECK(otsu_threshold(GreyImage(4, 4, 9)) == 0);
  CHECK(otsu_threshold(GreyImage()) == 0);
  CHECK(binarise(image_of(3, 1, {49, 50, 51}), 50) == image_of(3, 1, {0, 0, 255}));
}

TEST_CASE("morphology: one pixel dilates to the element") {
  CHECK(dilate(drawing({".....", ".....", "..#..", ".....", "....."}), ellipse_5()) ==
        drawing({"..#..", "#####", "#####", "#####", "..#.."}));
  GreyImage point(61, 61);
  point.at(30, 30) = 255;
  const GreyImage disc = dilate(point, ellipse_55());
  CHECK(count(disc) == 2337);  // 2 · (1 + 15 + 21 + … + 53) + 11 · 55
  CHECK(disc.at(3, 30) == 255);
  CHECK(disc.at(3, 31) == 0);
  CHECK(disc.at(30, 3) == 255);
  CHECK(disc.at(30, 2) == 0);
}

TEST_CASE("morphology: dilation and erosion equal their definition") {
  for (const StructuringElement* element : {&ellipse_5(), &ellipse_55()}) {
    for (const auto& [width, height] : {std::pair{70, 64}, {9, 40}, {40, 3}, {1, 1}}) {
      CAPTURE(width);
      const GreyImage mask = sparse_mask(width, height, element == &ellipse_5() ? 12 : 900, 4);
      CHECK(dilate(mask, *element) == dilate_by_definition(mask, *element));
    }
  }
  const GreyImage mask = sparse_mask(50, 41, 3, 5);
  GreyImage inverse = mask;
  for (std::uint8_t& value : inverse.pixels) value = static_cast<std::uint8_t>(255 - value);
  GreyImage expected = dilate_by_definition(inverse, ellipse_5());
  for (std::uint8_t& value : expected.pixels) value = static_cast<std::uint8_t>(255 - value);
  CHECK(erode(mask, ellipse_5()) == expected);
}

TEST_CASE("morphology: the border does not erode") {
  CHECK(erode(GreyImage(9, 7, 255), ellipse_5()) == GreyImage(9, 7, 255));
  CHECK(dilate(GreyImage(9, 7, 0), ellipse_5()) == GreyImage(9, 7, 0));
}

TEST_CASE("components: the largest by pixels, diagonal steps count, holes are filled") {
  CHECK(
      largest_component_filled(drawing({"##....#", "##...#.", "....#..", "...#...", "..#...."})) ==
      drawing({"......#", ".....#.", "....#..", "...#...", "..#...."}));
  // The ring is closed for the background by diagonal steps, though not for its own pixels' sides.
  CHECK(largest_component_filled(drawing({".##..", "#..#.", "#..#.", ".##..", "...#."})) ==
        drawing({".##..", "####.", "####.", ".##..", "...#."}));
  CHECK(largest_component_filled(drawing({"###", "#.#", "#.#"})) == drawing({"###", "#.#", "#.#"}));
  // A part within a hole is filled over, and equal sizes leave the first.
  CHECK(largest_component_filled(drawing({"#####", "#...#", "#.#.#", "#...#", "#####"})) ==
        GreyImage(5, 5, 255));
  CHECK(largest_component_filled(drawing({"##.##"})) == drawing({"##..."}));
  CHECK(largest_component_filled(GreyImage(4, 3)) == GreyImage(4, 3));
}

TEST_CASE("CLAHE: a flat picture, worked out") {
  // A tile has 784 pixels of level v; the bin keeps 6; 778 are spread: 3 to each bin, and 10 more
  // to bins 0, 25, …, 225. So cdf(v) = 3 (v + 1) + 6 + ⌊v / 25⌋ + 1 (the last two at most 10).
  CHECK(equalise_adaptive(GreyImage(224, 224, 0)) == GreyImage(224, 224, 3));      // 10 of 784
  CHECK(equalise_adaptive(GreyImage(224, 224, 100)) == GreyImage(224, 224, 102));  // 314
  CHECK(equalise_adaptive(GreyImage(224, 224, 255)) == GreyImage(224, 224, 255));  // 784
}

TEST_CASE("CLAHE: tables blend between tile centres and are flat beyond them") {
  GreyImage image(224, 224, 100);
  for (int y = 0; y < 224; ++y)
    for (int x = 112; x < 224; ++x) image.at(y, x) = 0;
  // Tiles are flat in themselves: 102 for 100 on the left; where a pixel of level 100 meets the
  // right tiles' table it reads cdf(100) = 309 + 5 − … = 6 + 303 + 5 = 314, also 102; level 0 reads
  // 10 → 3 on the right and 3 + 1 = 4 → 1 in the left tiles' table.
  const GreyImage result = equalise_adaptive(image);
  CHECK(result.at(10, 50) == 102);
  CHECK(result.at(10, 111) == 102);
  CHECK(result.at(10, 126) == 3);  // on the right tile's centre
  CHECK(result.at(10, 200) == 3);
  // Column 112: half-way, 112/28 − ½ = 3.5: the mean of 1 and 3.
  CHECK(result.at(10, 112) == 2);
}

TEST_CASE("CLAHE: sizes that do not divide") {
  CHECK(contains(message_of([] { equalise_adaptive(GreyImage(225, 224)); }), "225 × 224"));
  CHECK(contains(message_of([] { equalise_adaptive(GreyImage()); }), "does not divide"));
  CHECK(contains(message_of([] { equalise_adaptive(GreyImage(8, 8), 0); }), "above 0"));
}

TEST_CASE("noise removal: keeps the breast with a rim of 27 pixels, drops a marker") {
  GreyImage film(224, 224, 8);
  for (int y = 60; y < 160; ++y)
    for (int x = 0; x < 90; ++x) film.at(y, x) = 120;
  film.at(100, 40) = 0;  // a hole, filled: stays as it is
  for (int y = 20; y < 30; ++y)
    for (int x = 180; x < 200; ++x) film.at(y, x) = 250;  // a marker
  const BreastMask mask = find_breast(film);
  const GreyImage result = black_out(film, mask.kept);
  CHECK(mask.threshold == 8);
  CHECK(mask.breast.at(100, 89) == 255);
  CHECK(mask.breast.at(100, 90) == 0);
  CHECK(result.at(100, 50) == 120);
  CHECK(result.at(100, 40) == 0);
  CHECK(result.at(100, 89 + 27) == 8);
  CHECK(result.at(100, 89 + 28) == 0);
  CHECK(result.at(25, 190) == 0);
  check_fragments(message_of([] { find_breast(GreyImage(224, 224, 0)); }),
                  {"no breast", "threshold of 0"});
}

TEST_CASE("crop boxes") {
  CHECK(centre_box(224) == Box{84, 140, 84, 140});
  // mdb184: 352, 400 up, r 114 scale to 77, 87.5, 24.9375.
  CHECK(lesion_box(352, 400, 114, 1024, 224) == Box{111, 162, 52, 102});
  // The four numbers whole: the box is exactly the circle's square.
  CHECK(lesion_box(64, 64, 32, 128, 128) == Box{32, 96, 32, 96});
  CHECK(lesion_box(32, 32, 32, 128, 128) == Box{64, 128, 0, 64});
  CHECK(contains(message_of([] { lesion_box(30, 64, 32, 128, 128); }), "leaves the film"));
  CHECK(contains(message_of([] { lesion_box(64, 100, 32, 128, 128); }), "found x 64, y 100"));
  CHECK(window_box(60, 50, 20, 100) == Box{40, 60, 50, 70});
  CHECK(window_box(3, 95, 20, 100) == Box{80, 100, 0, 20});
  CHECK(brightest(image_of(3, 2, {9, 1, 2, 9, 3, 1}), {0, 2, 1, 3}) == 3);
}

TEST_CASE("blacking out enlarges a smaller mask to the nearest pixel") {
  const GreyImage mask = image_of(2, 2, {255, 0, 0, 255});
  const GreyImage image(4, 4, 9);
  CHECK(black_out(image, mask) == image_of(4, 4, {9, 9, 0, 0, 9, 9, 0, 0, 0, 0, 9, 9, 0, 0, 9, 9}));
}
