#include "explain/masks/occlusion.h"

#include <cmath>

#include "tests/explain/small_classifier.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// The score of the target for the picture, with a window filled by hand or none.
double score_by_hand(const Model& model, const Sample& sample, int label, int top, int left,
                     int window) {
  std::vector<float> picture;
  for (const std::uint8_t value : sample.pixels.bytes())
    picture.push_back(static_cast<float>(value) / 255.0f);
  const std::vector<std::int32_t> one(picture.size());
  const std::vector<float> fill =
      fill_picture(parse_fill("image-mean"), picture, one, 1, kSide, kSide);
  for (int y = top; y < std::min(top + window, kSide); ++y)
    for (int x = left; x < std::min(left + window, kSide); ++x) {
      const auto i = static_cast<std::size_t>(y * kSide + x);
      picture[i] = fill[i];
    }
  const Tensor x = Tensor::from_host(stream(), {1, kSide, kSide, 1}, picture);
  return Plan(stream(), model).logits(x).to_host<float>(stream())[label];
}

SuperpixelOptions with_windows(int window, int stride) {
  SuperpixelOptions options = options_for(3, 20);
  options.occlusion = {window, stride};
  return options;
}

}  // namespace

TEST_CASE("occlusion: the map is the mean drop of the windows that cover a pixel") {
  const Model model = make_model();
  const Sample sample = make_picture();
  for (const auto& [window, stride] : {std::pair{8, 4}, {9, 9}, {6, 6}, {20, 10}}) {
    if (kSmallShapesOnly && stride < 9) continue;
    CAPTURE(window);
    const Explanation e =
        explain(model, with_windows(window, stride), sample, {"occlusion"}).front();
    const double full = score_by_hand(model, sample, 1, 0, 0, 0);
    std::vector<double> drop(kSide * kSide), windows(kSide * kSide);
    int count = 0;
    for (int top = 0; top == 0 || top + window - stride < kSide; top += stride)
      for (int left = 0; left == 0 || left + window - stride < kSide; left += stride, ++count) {
        const double of_window = full - score_by_hand(model, sample, 1, top, left, window);
        for (int y = top; y < std::min(top + window, kSide); ++y)
          for (int x = left; x < std::min(left + window, kSide); ++x) {
            drop[static_cast<std::size_t>(y * kSide + x)] += of_window;
            windows[static_cast<std::size_t>(y * kSide + x)] += 1;
          }
      }
    std::vector<float> expected;
    for (std::size_t i = 0; i < drop.size(); ++i)
      expected.push_back(static_cast<float>(drop[i] / windows[i]));
    CHECK_CLOSE(e.map, expected, 5e-6, 5e-6);
    CHECK(e.details["windows"][0].get<int>() * e.details["windows"][1].get<int>() == count);
    CHECK(e.details["fill"] == "image-mean");
    CHECK(e.segments.empty());
    CHECK(e.is_signed);
  }
}

TEST_CASE("occlusion: windows by default, and where only one of the two is given") {
  const auto check = [](int height, int width, OcclusionOptions options, int window, int stride,
                        int rows, int columns) {
    const OcclusionWindows windows(height, width, options);
    CHECK(windows.window() == window);
    CHECK(windows.stride() == stride);
    CHECK(windows.rows() == rows);
    CHECK(windows.columns() == columns);
    const HostCoalitions masks = windows.masks();
    CHECK(masks.rows == rows * columns);
    CHECK(masks.features == windows.cells().count);
    // A drop of 1 at every window is a map of ones: no pixel is left out.
    const std::vector<double> ones =
        windows.attributions(std::vector<double>(static_cast<std::size_t>(masks.rows), 2.0), 3.0);
    for (const double value : ones) CHECK(value == doctest::Approx(1));
  };
  check(224, 224, {}, 32, 8, 25, 25);
  check(64, 64, {}, 8, 2, 29, 29);
  check(28, 28, {}, 4, 1, 25, 25);
  check(64, 64, {30, 0}, 30, 6, 7, 7);
  check(64, 64, {0, 8}, 32, 8, 5, 5);
  check(65, 70, {16, 8}, 16, 8, 8, 8);
  check(64, 64, {64, 64}, 64, 64, 1, 1);
  check(40, 4000, {}, 28, 14, 2, 285);
}

TEST_CASE("occlusion: settings that do not fit are refused") {
  const auto refused = [](OcclusionOptions options, const char* why) {
    CHECK_THROWS_WITH_AS(OcclusionWindows(64, 80, options), doctest::Contains(why), UsageError);
  };
  refused({65, 5}, "a window of 65 pixels in a picture of 64x80");
  refused({0, 65}, "a stride of 65 pixels in a picture of 64x80");
  refused({30, 8}, "must be a multiple of the stride, got 30 and 8");
  refused({4, 1}, "a stride of 1 makes 5120 cells of 64x80 pixels, more than 1024");
  const Model model = make_model();
  CHECK_THROWS_WITH_AS(SuperpixelExplainer(stream(), model, with_windows(7, 2)),
                       doctest::Contains("multiple of the stride"), UsageError);
}

TEST_CASE("occlusion: beside the others, in one call") {
  const Model model = make_model();
  SuperpixelOptions options = with_windows(14, 14);
  const auto all = explain(model, options, make_picture(), {"occlusion", "lime"});
  REQUIRE(all.size() == 2);
  CHECK(all[0].method == "lime");
  CHECK(all[1].method == "occlusion");
  CHECK_SAME_BITS(all[0].map, explain(model, options, make_picture(), {"lime"}).front().map);
  CHECK_SAME_BITS(all[1].map, explain(model, options, make_picture(), {"occlusion"}).front().map);
  CHECK_SAME_BITS(all[0].prediction.logits, all[1].prediction.logits);
}
