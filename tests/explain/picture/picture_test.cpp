#include "explain/picture/picture.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "runtime/error.h"

using namespace pellucid;

namespace {

struct Case {
  std::vector<std::uint8_t> image, mask;
  std::vector<float> map;
  Overlay overlay;
};

// 8 × 6 pixels, a map that rises to the right, a lesion in the middle.
Case make_case() {
  Case out;
  for (int i = 0; i < 48; ++i) {
    out.image.push_back(static_cast<std::uint8_t>(i * 5));
    out.map.push_back(static_cast<float>(i % 8) / 7);
    out.mask.push_back(i % 8 >= 3 && i % 8 <= 5 && i / 8 >= 2 && i / 8 <= 3 ? 255 : 0);
  }
  out.overlay.height = 6;
  out.overlay.width = 8;
  out.overlay.high = 0.125;
  out.overlay.peak = {2, 7};
  out.overlay.title = "case: predicted malignant (0.93)";
  out.overlay.captions = {
      "a caption that is so long that it has to be broken into two lines, since no "
      "picture of this width could hold it all in one, whatever the font"};
  return out;
}

Canvas draw(Case& it) {
  it.overlay.image = it.image;
  it.overlay.map = it.map;
  return draw_overlay(it.overlay);
}

int count_colour(const Canvas& canvas, Rgb colour) {
  int count = 0;
  for (std::size_t i = 0; i < canvas.pixels().size(); i += 3)
    count += canvas.pixels()[i] == colour.red && canvas.pixels()[i + 1] == colour.green &&
             canvas.pixels()[i + 2] == colour.blue;
  return count;
}

constexpr Rgb kCyan{0, 229, 255};

}  // namespace

TEST_CASE("an overlay has two enlarged panels and the same pixels every time") {
  Case it = make_case();
  const Canvas first = draw(it), second = draw(it);
  CHECK(first.pixels() == second.pixels());
  CHECK(first.width() >= 2 * kMinPanelSide);
  CHECK(first.height() >= kMinPanelSide * 6 / 8);
  CHECK(count_colour(first, kCyan) == 0);
}

TEST_CASE("no word leaves the picture, however long or in whatever script") {
  Case it = make_case();
  const auto margin_is_empty = [](const Canvas& canvas) {
    for (int y = 0; y < canvas.height(); ++y)
      for (int x = canvas.width() - 8; x < canvas.width(); ++x) {
        const std::size_t at = (static_cast<std::size_t>(y) * canvas.width() + x) * 3;
        if (canvas.pixels()[at] != canvas.pixels()[0]) return false;
      }
    return true;
  };
  it.overlay.title = std::string(300, 'W') + " ä" + std::string(90, 'W');
  it.overlay.captions = {"正常正常正常正常正常正常正常正常正常正常正常正常正常正常正常正常正常正常",
                         std::string(86, 'm') + " outside the lesion"};
  const Canvas canvas = draw(it);
  CHECK(margin_is_empty(canvas));
  Case short_one = make_case();
  short_one.overlay.title = std::string(90, 'W');
  short_one.overlay.captions = {};
  Case shorter = make_case();
  shorter.overlay.title = "W";
  shorter.overlay.captions = {};
  CHECK(draw(short_one).height() > draw(shorter).height());
  CHECK(margin_is_empty(draw(short_one)));
  // Letters, not bytes, are counted.
  short_one.overlay.title = "";
  shorter.overlay.title = "";
  for (int i = 0; i < 80; ++i) short_one.overlay.title += "ä", shorter.overlay.title += "a";
  CHECK(draw(short_one).height() == draw(shorter).height());
}

TEST_CASE("the annotation is drawn on both panels") {
  Case with_mask = make_case();
  with_mask.overlay.mask = with_mask.mask;
  const Canvas outlined = draw(with_mask);
  Case with_circle = make_case();
  with_circle.overlay.circle = Circle{4, 3, 1.5};
  const Canvas circled = draw(with_circle);
  for (const Canvas* canvas : {&outlined, &circled}) {
    CHECK(count_colour(*canvas, kCyan) > 400);
    CHECK(canvas->width() == outlined.width());
  }
}

TEST_CASE("a uniform map and a single pixel can be drawn") {
  Case it = make_case();
  std::fill(it.map.begin(), it.map.end(), 0.0f);
  it.overlay.low = it.overlay.high = 0;
  it.overlay.peak = {-1, -1};
  CHECK(draw(it).width() > 0);

  Case one;
  one.image = {200};
  one.map = {1};
  one.overlay.height = one.overlay.width = 1;
  CHECK(draw(one).height() >= kMinPanelSide);
}

TEST_CASE("a chart of the strongest superpixels stands beside the panels") {
  Case it = make_case();
  std::vector<std::int32_t> segments;
  for (int i = 0; i < 48; ++i) segments.push_back(i % 8 / 4);
  const std::vector<double> attributions = {0.5, -0.25}, errors = {0.1, 0.05};
  it.overlay.segments = segments;
  it.overlay.is_signed = true;
  const Canvas plain = draw(it);
  it.overlay.bars.attributions = attributions;
  const Canvas bars = draw(it);
  CHECK(bars.width() > plain.width() + 250);
  const Rgb against = blue_white_red(-0.8), in_favour = blue_white_red(0.8);
  CHECK(count_colour(plain, in_favour) == 0);
  CHECK(count_colour(bars, in_favour) > count_colour(bars, against));
  CHECK(count_colour(bars, against) > 500);
  it.overlay.bars.standard_errors = errors;
  const Canvas with_whiskers = draw(it);
  CHECK(with_whiskers.pixels() != bars.pixels());

  CHECK(strongest_superpixels(std::vector<double>{1, -3, 0, 2}) == std::vector<int>{1, 3, 0});
  CHECK(strongest_superpixels(std::vector<double>(40, 1)).size() == kMostBars);
  const std::vector<double> none(2);
  it.overlay.bars = {none, {}};
  CHECK(draw(it).width() == bars.width());
}

TEST_CASE("an overlay whose parts do not fit is refused") {
  Case it = make_case();
  it.map.pop_back();
  CHECK_THROWS_AS(draw(it), Error);
  Case other = make_case();
  other.overlay.mask = {other.mask.data(), 5};
  CHECK_THROWS_AS(draw(other), Error);
}

TEST_CASE("evidence for and against is drawn in two colours, superpixels with their borders") {
  Case it = make_case();
  for (std::size_t i = 0; i < it.map.size(); ++i) it.map[i] = i % 8 < 4 ? -1.0f : 1.0f;
  it.overlay.is_signed = true;
  it.overlay.low = -2;
  it.overlay.high = 2;
  std::vector<std::int32_t> segments;
  for (int i = 0; i < 48; ++i) segments.push_back(i % 8 < 4 ? 0 : 1);
  it.overlay.segments = segments;
  const Canvas canvas = draw(it);
  int bluer = 0, redder = 0, yellow = 0;
  for (std::size_t i = 0; i < canvas.pixels().size(); i += 3) {
    const int red = canvas.pixels()[i], green = canvas.pixels()[i + 1],
              blue = canvas.pixels()[i + 2];
    bluer += blue > red + 30;
    redder += red > blue + 30 && green < red;
    yellow += red > 180 && green > 140 && blue < 100;
  }
  CHECK(bluer > 20000);
  CHECK(redder > 20000);
  CHECK(yellow > 200);

  it.overlay.segments = {segments.data(), 7};
  CHECK_THROWS_AS(draw(it), Error);
}

TEST_CASE("an overlay of a picture in colour shows its colours") {
  Case it = make_case();
  it.image.clear();
  for (int i = 0; i < 48; ++i) it.image.insert(it.image.end(), {10, 200, 30});
  const Canvas colour = draw(it);
  CHECK(count_colour(colour, {10, 200, 30}) >= 448 * 300);  // the left panel
  it.image.assign(48, 77);
  CHECK(count_colour(draw(it), {77, 77, 77}) >= 448 * 300);
  it.image.assign(47, 77);
  CHECK_THROWS_AS(draw(it), Error);
}
