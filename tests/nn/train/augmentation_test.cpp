#include "nn/train/augmentation.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "tests/nn/data/support.h"
#include "tests/nn/train/small_training.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

constexpr RandomKey kKey{5, kAugmentationStream + 1};

Sample picture(Pixels pixels) {
  Sample sample;
  sample.id = "s";
  sample.label = 1;
  sample.pixels = std::move(pixels);
  return sample;
}

// The numbers that the header promises for a place: 2u − 1.
double drawn(RandomKey key, std::uint64_t place, std::uint64_t i) {
  return 2 * double{random_uniform(key, 8 * place + i)} - 1;
}

// A smooth picture: value of a continuous place.
double wave(double x, double y) { return 120 + 50 * std::sin(x / 9) + 50 * std::cos(y / 7); }

Sample waves(int height, int width) {
  Pixels::Words values;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      values.push_back(static_cast<std::uint16_t>(std::lround(256 * wave(x + 0.5, y + 0.5))));
  return picture(Pixels(values, 65535));
}

// The place, of the first hundred, that has the two flips.
std::uint64_t place_with(bool flip, bool flip_vertical) {
  for (std::uint64_t place = 0; place < 100; ++place)
    if ((drawn(kKey, place, 0) < 0) == flip && (drawn(kKey, place, 1) < 0) == flip_vertical)
      return place;
  return 100;
}

}  // namespace

TEST_CASE(
    "augmentation kinds: a list is read, said again in the table's order, and misreadings are "
    "named") {
  const Augmentation all =
      parse_augmentation("brightness=0.1,zoom=0.2,shift=0.05,rotate=10,flip_vertical,flip");
  CHECK(to_text(all) == "flip,flip_vertical,rotate=10,shift=0.05,zoom=0.2,brightness=0.1");
  CHECK(parse_augmentation(to_text(all)) == all);
  CHECK(to_text(Augmentation{}) == "none");
  CHECK(to_text(parse_augmentation("rotate=0")) == "none");
  const auto problem = [](const char* text) {
    return message_of<UsageError>([&] { parse_augmentation(text); });
  };
  CHECK(problem("flip,rotat=3") ==
        "--augment: unknown 'rotat', did you mean 'rotate'? (known: flip, flip_vertical, rotate, "
        "shift, zoom, "
        "brightness)");
  CHECK(problem("rotate") == "--augment: 'rotate' needs a strength: rotate=DEGREES, up to 180");
  CHECK(problem("flip=0.5") == "--augment: 'flip' has no strength, got 'flip=0.5'");
  CHECK(problem("flip,flip") == "--augment: 'flip' is given twice");
  CHECK(problem("rotate=181") == "--augment rotate expects a number from 0 to 180, got '181'");
  CHECK(problem("zoom=x") == "--augment zoom expects a number from 0 to 0.5, got 'x'");
  CHECK(contains(problem("flip,,zoom=0.1"), "--augment"));
  for (const AugmentationKind& kind : augmentation_kinds())
    CHECK(contains(augmentation_help(), std::string(kind.name)));
}

TEST_CASE("augmentation kinds: flips move values and change none, in colour and at every depth") {
  const Augmentation flips = parse_augmentation("flip,flip_vertical");
  const auto view = [&](const Sample& sample, bool x, bool y) {
    return augmented(sample, 2, 3, flips, kKey, place_with(x, y)).pixels;
  };
  const Sample grey = picture({1, 2, 3, 4, 5, 6});
  CHECK(view(grey, false, false) == Pixels{1, 2, 3, 4, 5, 6});
  CHECK(view(grey, true, false) == Pixels{3, 2, 1, 6, 5, 4});
  CHECK(view(grey, false, true) == Pixels{4, 5, 6, 1, 2, 3});
  CHECK(view(grey, true, true) == Pixels{6, 5, 4, 3, 2, 1});
  const Sample deep = picture(Pixels(Pixels::Words{0, 1, 999, 1000, 3, 500}, 1000));
  CHECK(view(deep, true, false) == Pixels(Pixels::Words{999, 1, 0, 500, 3, 1000}, 1000));
  Sample colour = picture({1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19});
  colour.annotation = Circle{1, 1, 1};
  colour.lesion_mask = {0, 0, 0, 0, 0, 255};
  const Sample turned = augmented(colour, 2, 3, flips, kKey, place_with(true, false));
  CHECK(turned.pixels == Pixels{7, 8, 9, 4, 5, 6, 1, 2, 3, 17, 18, 19, 14, 15, 16, 11, 12, 13});
  CHECK(turned.label == 1);
  CHECK_FALSE(turned.annotation.has_value());  // they do not move along, so they are not there
  CHECK(turned.lesion_mask.empty());
  CHECK(contains(message_of([&] { augmented(grey, 2, 2, flips, kKey, 0); }),
                 "sample s has 6 pixels, expected 2x2"));
}

TEST_CASE("augmentation kinds: zoom, rotation and shift are one map, resampled once") {
  // Of a smooth picture the view is known everywhere: what lies where the map comes from. Of the parts that
  // come from inside; curvature 50/49 a pixel² bounds what straight lines between pixels miss: 1/8 of it a side.
  const int height = 48, width = 64;
  const Sample sample = waves(height, width);
  const Augmentation augmentation = parse_augmentation("flip,rotate=30,shift=0.1,zoom=0.2");
  for (const std::uint64_t place : {0, 1, 2, 3, 4, 5}) {
    CAPTURE(place);
    const Sample view = augmented(sample, height, width, augmentation, kKey, place);
    const double angle = 30 * drawn(kKey, place, 2) * std::numbers::pi / 180;
    const double zoom = 1 + 0.2 * drawn(kKey, place, 5);
    const double sign = drawn(kKey, place, 0) < 0 ? -1 : 1;
    int compared = 0;
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const double u = x + 0.5 - width / 2.0 - 0.1 * drawn(kKey, place, 3) * width;
        const double v = y + 0.5 - height / 2.0 - 0.1 * drawn(kKey, place, 4) * height;
        const double from_x =
            width / 2.0 + sign * (std::cos(angle) * u + std::sin(angle) * v) / zoom;
        const double from_y = height / 2.0 + (std::cos(angle) * v - std::sin(angle) * u) / zoom;
        if (from_x < 1 || from_y < 1 || from_x > width - 1 || from_y > height - 1) continue;
        ++compared;
        const int value = view.pixels[static_cast<std::size_t>(y * width + x)];
        REQUIRE(std::abs(value / 256.0 - wave(from_x, from_y)) <
                50.0 / 81 / 8 + 50.0 / 49 / 8 + 0.01);
      }
    CHECK(compared > height * width / 2);
  }
}

TEST_CASE("augmentation kinds: beyond its border a picture goes on with its nearest pixel") {
  // A row of 1 × 4 moved by a quarter of its width at most, by t pixels.
  const Sample sample = picture({10, 20, 30, 40});
  const Augmentation shift = parse_augmentation("shift=0.25");
  bool left = false, right = false;
  for (std::uint64_t place = 0; place < 20; ++place) {
    const double t = drawn(kKey, place, 3);
    const Pixels view = augmented(sample, 1, 4, shift, kKey, place).pixels;
    const auto value = [&](double x) {  // of a centre's place
      return static_cast<int>(10 + 10 * std::clamp(x - t, 0.0, 3.0) + 0.5);
    };
    for (int x = 0; x < 4; ++x) CHECK(std::abs(view[std::size_t(x)] - value(x)) <= 1);
    if (t > 0) CHECK(view[0] == 10);
    else CHECK(view[3] == 40);
    right = right || t > 0.1;
    left = left || t < -0.1;
  }
  CHECK(left);
  CHECK(right);
}

TEST_CASE("augmentation kinds: brightness is a factor, cut at white, rounded once") {
  const Augmentation bright = parse_augmentation("brightness=0.5");
  const Sample sample = picture(Pixels(Pixels::Words{0, 100, 700, 1000}, 1000));
  double lowest = 2, highest = 0;
  for (std::uint64_t place = 0; place < 200; ++place) {
    const double factor = 1 + 0.5 * drawn(kKey, place, 6);
    const Pixels view = augmented(sample, 2, 2, bright, kKey, place).pixels;
    CHECK(view.white() == 1000);
    for (std::size_t i = 0; i < 4; ++i)
      CHECK(view[i] == static_cast<int>(std::min(1000.0, sample.pixels[i] * factor) + 0.5));
    lowest = std::min(lowest, factor), highest = std::max(highest, factor);
  }
  CHECK(lowest < 0.55);
  CHECK(highest > 1.45);
}

TEST_CASE("augmented images: each epoch its own, equal for equal seeds, whatever the batches") {
  if (kSmallShapesOnly) return;
  const std::vector<Sample> samples = halves(20, 1);
  const Augmentation augmentation = parse_augmentation("flip,rotate=20,brightness=0.2");
  std::vector<std::int32_t> order(20);
  for (int i = 0; i < 20; ++i) order[std::size_t(i)] = (7 * i) % 20;
  // By sample, as float values.
  const auto epoch_of = [&](std::uint64_t seed, int epoch, int batch, int from) {
    const TrainingImages images = augmented_images(samples, 8, 8, 1, 2, augmentation, seed);
    const EpochOrder visited{epoch, order, Tensor::from_host(stream(), {20}, order)};
    std::vector<std::vector<float>> out(20);
    for (int first = from; first < 20; first += batch) {
      const int rows = std::min(batch, 20 - first);
      const auto values = images.batch(stream(), visited, first, rows).to_host<float>(stream());
      for (int r = 0; r < rows; ++r)
        out[std::size_t(order[std::size_t(first + r)])] = {values.begin() + 64 * r,
                                                           values.begin() + 64 * (r + 1)};
    }
    return out;
  };
  const auto views = epoch_of(5, 1, 6, 0);
  CHECK(epoch_of(5, 1, 6, 0) == views);
  CHECK(epoch_of(5, 1, 3, 0) == views);
  CHECK(epoch_of(5, 2, 6, 0) != views);
  CHECK(epoch_of(6, 1, 6, 0) != views);
  const auto rest = epoch_of(5, 1, 6, 12);  // as a run that was stopped after two batches
  for (int i = 12; i < 20; ++i)
    CHECK(rest[std::size_t(order[std::size_t(i)])] == views[std::size_t(order[std::size_t(i)])]);
  const RandomKey key{5, kAugmentationStream + 1};
  for (std::size_t i = 0; i < 20; ++i)
    CHECK(views[i] == unit_values(augmented(samples[i], 8, 8, augmentation, key, i).pixels));
}

TEST_CASE(
    "augmented images: stopped after any batch and resumed, a training ends with the same bits") {
  if (kSmallShapesOnly) return;
  const std::vector<Sample> samples = halves(20, 1);
  const ImageSet validation = images(halves(10, 2));
  TrainOptions options = quick();
  options.epochs = 3;
  const auto path = std::filesystem::temp_directory_path() /
                    concat("pellucid_augmented_", ::getpid(), ".safetensors");
  const auto run = [&](int batches) {
    for (bool begun = false;; begun = true) {
      Model model = fresh_model(begun ? 99 : 1);
      int left = batches;
      Trainer trainer(
          stream(), model,
          augmented_images(samples, 8, 8, 1, 2, parse_augmentation("flip,shift=0.2"), options.seed),
          validation, options, {.batch = {}, .epoch = {}, .stop = [&] { return left-- == 0; }});
      if (begun) trainer.load(path, {});
      if (!trainer.run().interrupted) return weights_of(model);
      trainer.save(path, {});
    }
  };
  const auto whole = run(1000);
  CHECK(run(3) == whole);
  std::filesystem::remove(path);
  Model plain = fresh_model();
  const ImageSet unchanged = images(samples);
  train(stream(), plain, unchanged, validation, options);
  CHECK(weights_of(plain) != whole);
}
