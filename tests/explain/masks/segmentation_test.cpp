#include "explain/masks/segmentation.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <map>

#include "nn/data/codec/image_file.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "runtime/formats/npy.h"
#include "runtime/formats/safetensors.h"
#include "runtime/random.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// Labels of scikit-image (scripts/goldens/superpixel_golden.py).
struct Golden {
  SafetensorsFile file = SafetensorsFile::read(PELLUCID_TEST_DATA "/superpixel_golden.safetensors");

  std::vector<std::int32_t> labels(const std::string& name) const {
    const auto values = file.values<std::uint8_t>(name);
    return {values.begin(), values.end()};
  }
  Segments run(const std::string& picture, SegmenterOptions options) const {
    const auto pixels = file.values<std::uint8_t>(picture);
    const auto& shape = file.entry(picture).shape;
    const int h = static_cast<int>(shape[0]), w = static_cast<int>(shape[1]);
    if (options.name == "quickshift") {
      options.noise.emplace();
      for (const std::int64_t bits : file.values<std::int64_t>(picture + ".noise_bits"))
        options.noise->push_back(std::bit_cast<double>(bits));
    }
    return shape.size() == 2 ? segment(stream(), pixels, h, w, options)
                             : segment_rgb(stream(), pixels, h, w, options);
  }
};

SegmenterOptions quickshift_options(double kernel_size, double max_dist, double ratio) {
  SegmenterOptions options;
  options.kernel_size = kernel_size, options.max_dist = max_dist, options.ratio = ratio;
  return options;
}

SegmenterOptions slic_options(int n_segments, double compactness, double sigma) {
  SegmenterOptions options;
  options.name = "slic";
  options.n_segments = n_segments, options.compactness = compactness, options.sigma = sigma;
  return options;
}

// L. Hubert, P. Arabie, "Comparing partitions", 1985: 1 for equal partitions, about 0 for chance.
double adjusted_rand_index(const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b) {
  std::map<std::pair<std::int32_t, std::int32_t>, double> both;
  std::map<std::int32_t, double> of_a, of_b;
  for (std::size_t i = 0; i < a.size(); ++i) ++both[{a[i], b[i]}], ++of_a[a[i]], ++of_b[b[i]];
  const auto pairs = [](const auto& counts) {
    double sum = 0;
    for (const auto& [key, n] : counts) sum += n * (n - 1) / 2;
    return sum;
  };
  const double n = static_cast<double>(a.size()), all = n * (n - 1) / 2;
  const double expected = pairs(of_a) * pairs(of_b) / all, most = (pairs(of_a) + pairs(of_b)) / 2;
  return most == expected ? 1 : (pairs(both) - expected) / (most - expected);
}

void check_well_formed(const Segments& s) {
  CHECK_EQ(s.labels.size(), static_cast<std::size_t>(s.height * s.width));
  auto distinct = s.labels;
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  CHECK_EQ(distinct.front(), 0);
  CHECK_EQ(distinct.back(), s.count - 1);
  CHECK_EQ(static_cast<int>(distinct.size()), s.count);
}

std::vector<std::uint8_t> ramp(int h, int w) {
  std::vector<std::uint8_t> grey;
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x) grey.push_back(static_cast<std::uint8_t>((x / 8 + y / 8) * 30));
  return grey;
}

const std::filesystem::path kFolder = std::filesystem::temp_directory_path();

}  // namespace

TEST_CASE("quickshift labels are scikit-image's, pixel for pixel, given the same noise") {
  if (kSmallShapesOnly) return;
  const Golden golden;
  for (const std::string picture : {"grey", "flat", "rgb"}) {
    CAPTURE(picture);
    CHECK_SAME_BITS(golden.run(picture, quickshift_options(4, 200, 0.2)).labels,
                    golden.labels(picture + ".quickshift0"));
    CHECK_SAME_BITS(golden.run(picture, quickshift_options(2.5, 6, 0.7)).labels,
                    golden.labels(picture + ".quickshift1"));
  }
}

// a and b of a tripled picture are below 0.004; they can decide between pixels that are equally
// near.
TEST_CASE("quickshift labels of a grey picture are nearly those of the picture tripled") {
  if (kSmallShapesOnly) return;
  const Golden golden;
  for (const std::string picture : {"grey", "flat"}) {
    CAPTURE(picture);
    const Segments wide = golden.run(picture, quickshift_options(4, 200, 0.2)),
                   narrow = golden.run(picture, quickshift_options(2.5, 6, 0.7));
    CHECK(adjusted_rand_index(wide.labels, golden.labels(picture + ".quickshift0_tripled")) > 0.99);
    CHECK(adjusted_rand_index(narrow.labels, golden.labels(picture + ".quickshift1_tripled")) >
          0.99);
  }
}

TEST_CASE("slic labels agree with scikit-image's") {
  if (kSmallShapesOnly) return;
  const Golden golden;
  const auto check = [&](const std::string& picture, int setting, const SegmenterOptions& options) {
    CAPTURE(picture);
    CAPTURE(setting);
    const Segments actual = golden.run(picture, options);
    check_well_formed(actual);
    const auto expected = golden.labels(concat(picture, ".slic", setting));
    const int count = *std::max_element(expected.begin(), expected.end()) + 1;
    CHECK(std::abs(actual.count - count) <= 0.02 * count);
    CHECK(adjusted_rand_index(actual.labels, expected) >= 0.98);
  };
  check("grey", 0, slic_options(50, 0.1, 0));
  check("grey", 1, slic_options(30, 0.03, 1.5));
  check("rgb", 0, slic_options(50, 10, 0));
  check("rgb", 1, slic_options(80, 3, 1));
}

TEST_CASE("the goldens were made with the settings that the tests use") {
  const Golden golden;
  CHECK_EQ(golden.file.metadata().at("quickshift"),
           "[{\"kernel_size\": 4, \"max_dist\": 200, \"ratio\": 0.2}, "
           "{\"kernel_size\": 2.5, \"max_dist\": 6, \"ratio\": 0.7}]");
  CHECK_EQ(golden.file.metadata().at("slic"),
           "{\"grey\": [{\"n_segments\": 50, \"compactness\": 0.1, \"sigma\": 0}, "
           "{\"n_segments\": 30, \"compactness\": 0.03, \"sigma\": 1.5}], "
           "\"rgb\": [{\"n_segments\": 50, \"compactness\": 10, \"sigma\": 0}, "
           "{\"n_segments\": 80, \"compactness\": 3, \"sigma\": 1}]}");
}

TEST_CASE("grid: rectangles equal to a pixel") {
  SegmenterOptions options;
  options.name = "grid", options.grid = 3;
  const Segments s = segment(stream(), std::vector<std::uint8_t>(7 * 4), 4, 7, options);
  CHECK_EQ(s.count, 9);
  CHECK_SAME_BITS(s.labels, (std::vector<std::int32_t>{0, 0, 0, 1, 1, 2, 2,  //
                                                       0, 0, 0, 1, 1, 2, 2,  //
                                                       3, 3, 3, 4, 4, 5, 5,  //
                                                       6, 6, 6, 7, 7, 8, 8}));
}

TEST_CASE("one pixel and constant pictures have an answer") {
  const int side = kSmallShapesOnly ? 6 : 30;
  for (const std::string name : {"quickshift", "slic", "grid"}) {
    CAPTURE(name);
    SegmenterOptions options;
    options.name = name, options.grid = 1, options.n_segments = 4;
    const Segments one = segment(stream(), std::vector<std::uint8_t>{77}, 1, 1, options);
    CHECK_EQ(one.count, 1);
    CHECK_SAME_BITS(one.labels, std::vector<std::int32_t>{0});
    for (const std::uint8_t level : {0, 255}) {
      const std::vector<std::uint8_t> grey(static_cast<std::size_t>(side * side), level);
      check_well_formed(segment(stream(), grey, side, side, options));
      const std::vector<std::uint8_t> rgb(grey.size() * 3, level);
      check_well_formed(segment_rgb(stream(), rgb, side, side, options));
    }
  }
}

TEST_CASE("the noise seed decides; the same seed gives the same segments") {
  const int h = kSmallShapesOnly ? 8 : 24, w = 32;
  const std::vector<std::uint8_t> grey(static_cast<std::size_t>(h * w), 9);
  SegmenterOptions options = quickshift_options(1.5, 200, 0.2);
  const Segments first = segment(stream(), grey, h, w, options);
  CHECK(segment(stream(), grey, h, w, options) == first);
  options.noise_seed = 1;
  CHECK(segment(stream(), grey, h, w, options) != first);
}

TEST_CASE("a picture of 16 bits has the segments of the same picture of 8") {
  const int h = kSmallShapesOnly ? 8 : 24, w = 32;
  std::vector<std::uint8_t> bytes;
  Pixels::Words words;
  for (int i = 0; i < 3 * h * w; ++i) {
    bytes.push_back(
        static_cast<std::uint8_t>(random_below({6, 1}, static_cast<std::uint64_t>(i), 256)));
    words.push_back(static_cast<std::uint16_t>(257 * bytes.back()));
  }
  const Pixels deep_rgb(words, 65535);
  const std::size_t plane = static_cast<std::size_t>(h) * w;
  words.resize(plane);
  const Pixels deep(words, 65535),
      grey(std::vector<std::uint8_t>(bytes.begin(), bytes.begin() + h * w));
  for (const char* name : {"quickshift", "slic", "grid"}) {
    CAPTURE(name);
    SegmenterOptions options = quickshift_options(1.5, 200, 0.2);
    options.name = name;
    CHECK(segment(stream(), deep, h, w, options) == segment(stream(), grey, h, w, options));
    CHECK(segment_rgb(stream(), deep_rgb, h, w, options) ==
          segment_rgb(stream(), bytes, h, w, options));
  }
  CHECK(grey_lightness(65535)[65535] == doctest::Approx(100));
  CHECK(grey_lightness(65535)[257 * 77] == doctest::Approx(grey_lightness()[77]).epsilon(1e-12));
}

TEST_CASE("segmentation noise is normal with deviation 1e-5") {
  const auto noise = segmentation_noise(40001, 3);
  double sum = 0, squares = 0;
  int within = 0;
  for (const double value : noise) {
    sum += value, squares += value * value;
    within += std::abs(value) < 1e-5;
  }
  const double n = static_cast<double>(noise.size());
  CHECK(std::abs(sum / n) < 4e-5 / std::sqrt(n));
  CHECK(std::abs(squares / n - 1e-10) < 4e-10 * std::sqrt(2 / n));
  CHECK(std::abs(within / n - 0.6827) < 0.01);
}

TEST_CASE("Lab of known colours") {
  std::vector<double> colours{1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0.2, 0.4, 0.02};
  rgb_to_lab(colours);
  // scikit-image's rgb2lab
  const double expected[] = {53.24058794, 80.09230823,     67.20275104,     //
                             87.73509949, -86.18302974,    83.17970318,     //
                             32.29567257, 79.18559091,     -107.85730021,   //
                             100,         -2.45493786e-03, 4.65342115e-03,  //
                             38.22985891, -33.07826544,    42.60008178};
  for (std::size_t i = 0; i < colours.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(colours[i] - expected[i]) < 1e-8);
  }
  CHECK(std::abs(grey_lightness()[0]) < 1e-12);
  CHECK(std::abs(grey_lightness()[255] - 100) < 1e-12);
}

TEST_CASE("label images are renumbered in ascending order of their values") {
  const Segments s = segments_from_labels(std::vector<std::int64_t>{9, -2, 9, 400, 3, 3}, 2, 3);
  CHECK_EQ(s.count, 4);
  CHECK_SAME_BITS(s.labels, (std::vector<std::int32_t>{2, 0, 2, 3, 1, 1}));
  CHECK_THROWS_WITH_AS(segments_from_labels({}, 0, 5),
                       "segments: an empty picture (found 0×5; expected at least 1×1)", Error);
  CHECK_THROWS_WITH_AS(segments_from_labels(std::vector<std::int64_t>(5), 2, 3, "x.npy"),
                       "x.npy: labels do not fill the picture (found 5; expected 2×3)", Error);
  std::vector<std::int64_t> many(1025);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<std::int64_t>(i);
  CHECK_THROWS_WITH_AS(segments_from_labels(many, 1, 1025),
                       "segments: too many segments (found 1025; expected at most 1024)", Error);
}

TEST_CASE("segments are read from PNG and NPY files") {
  const auto png = kFolder / "pellucid-segments.png", npy = kFolder / "pellucid-segments.npy";
  write_png(png, 3, 2, 1, std::vector<std::uint8_t>{0, 100, 100, 200, 200, 0});
  const Segments expected{2, 3, 3, {0, 1, 1, 2, 2, 0}};
  CHECK(read_segments(png) == expected);
  write_npy(npy, {2, 3}, std::vector<float>{-1, 0, 0, 5, 5, -1});
  CHECK(read_segments(npy) == expected);

  const auto error_of = [&] {
    try {
      read_segments(npy);
    } catch (const Error& error) {
      return std::string(error.what()).substr(kFolder.string().size() + 1);
    }
    return std::string("none");
  };
  write_npy(npy, {2, 3}, std::vector<float>{0, 0.5f, 0, 0, 0, 0});
  CHECK_EQ(error_of(),
           "pellucid-segments.npy: a label is not whole (found 0.5; expected whole numbers)");
  write_npy(npy, {6}, std::vector<float>(6));
  CHECK_EQ(error_of(),
           "pellucid-segments.npy: not a label image (found 1 axes; expected 2, height and width)");
  write_npy(npy, {0, 4}, {});
  CHECK_EQ(error_of(),
           "pellucid-segments.npy: an empty picture (found 0×4; expected at least 1×1)");
  std::filesystem::remove(png);
  std::filesystem::remove(npy);
  CHECK_THROWS_AS(read_segments(npy), Error);
}

TEST_CASE("a label image of 16 bits has more labels than 256") {
  const auto file = std::filesystem::temp_directory_path() / "pellucid-deep-labels.pgm";
  write_text_file(file, std::string("P5 2 2 65535\n\1\x2C\0\x2C\xFF\xFF\1\x2C", 21));
  CHECK(read_segments(file) == Segments{2, 2, 3, {1, 0, 2, 1}});
  std::filesystem::remove(file);
}

TEST_CASE("settings outside their range are errors that name them") {
  const auto grey = ramp(8, 8);
  const auto run = [&](auto change) {
    SegmenterOptions options;
    change(options);
    segment(stream(), grey, 8, 8, options);
  };
  CHECK_THROWS_WITH_AS(run([](auto& o) { o.name = "felzenszwalb"; }),
                       "segmentation: no segmenter \"felzenszwalb\" (expected quickshift, slic or "
                       "grid)",
                       UsageError);
  CHECK_THROWS_WITH_AS(run([](auto& o) { o.kernel_size = 0; }),
                       "segmentation: kernel_size must be from 1 to 100, got 0", UsageError);
  CHECK_THROWS_AS(run([](auto& o) { o.max_dist = std::nan(""); }), UsageError);
  CHECK_THROWS_AS(run([](auto& o) { o.ratio = 1.5; }), UsageError);
  CHECK_THROWS_AS(run([](auto& o) { o.name = "slic", o.n_segments = 0; }), UsageError);
  CHECK_THROWS_AS(run([](auto& o) { o.name = "slic", o.compactness = -1; }), UsageError);
  CHECK_THROWS_AS(run([](auto& o) { o.name = "slic", o.sigma = std::nan(""); }), UsageError);
  CHECK_THROWS_WITH_AS(run([](auto& o) { o.name = "grid", o.grid = 9; }),
                       "segmentation: grid must be from 1 to the shorter side, 8, got 9",
                       UsageError);
  CHECK_THROWS_WITH_AS(run([](auto& o) { o.noise.emplace(3); }),
                       "segmentation: 3 noise values for 8×8 pixels", Error);
  CHECK_THROWS_WITH_AS(segment(stream(), grey, 8, 9, {}), "segmentation: 64 values for 8×9×1",
                       Error);
  CHECK_THROWS_WITH_AS(segment(stream(), {}, 0, 9, {}), "segmentation: an empty picture, 0×9",
                       Error);
  // Each pixel its own tree.
  const std::vector<std::uint8_t> large(33 * 32, 0);
  CHECK_THROWS_WITH_AS(segment(stream(), large, 33, 32, quickshift_options(1, 0, 0)),
                       "segmentation: 1056 segments (expected at most 1024; a larger "
                       "--kernel-size or --max-dist, or a smaller --segments, makes fewer)",
                       Error);
}
