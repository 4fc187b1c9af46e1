#include "nn/train/augment.h"

#include <algorithm>
#include <set>

#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

Sample sample_of(Pixels pixels) {
  Sample sample;
  sample.id = "s";
  sample.pixels = std::move(pixels);
  return sample;
}

// Two pixels a side; `per_class[c]` samples of class c, all pixels different.
Dataset small_set(std::vector<int> per_class) {
  Dataset set;
  set.height = set.width = 2;
  set.channels = 1;
  int number = 0;
  for (int label = 0; label < static_cast<int>(per_class.size()); ++label) {
    set.class_names.push_back(concat("class", label));
    for (int i = 0; i < per_class[static_cast<std::size_t>(label)]; ++i, ++number) {
      const auto level = static_cast<std::uint8_t>(100 + 4 * (number % 20));
      Sample sample =
          sample_of({level, static_cast<std::uint8_t>(level + 1),
                     static_cast<std::uint8_t>(level + 2), static_cast<std::uint8_t>(level + 3)});
      sample.id = concat("s", number);
      sample.label = label;
      set.train.push_back(sample);
    }
  }
  return set;
}

}  // namespace

TEST_CASE("augmentation: a quarter turn is counter-clockwise") {
  Sample sample = sample_of({1, 2, 3,  //
                             4, 5, 6,  //
                             7, 8, 9});
  sample.lesion_mask = {0, 255, 0, 0, 0, 0, 0, 0, 0};
  sample.annotation = Circle{1.5, 0.5, 0.25};  // on the 2
  const Sample turned = rotate_counter_clockwise(sample, 3, 1);
  CHECK(turned.pixels == Pixels{3, 6, 9, 2, 5, 8, 1, 4, 7});
  CHECK(turned.lesion_mask == Pixels{0, 0, 0, 255, 0, 0, 0, 0, 0});
  CHECK(turned.annotation == Circle{0.5, 1.5, 0.25});  // on the 2 again
  CHECK(rotate_counter_clockwise(sample, 3, 2).pixels == Pixels{9, 8, 7, 6, 5, 4, 3, 2, 1});
  CHECK(rotate_counter_clockwise(sample, 3, 3).pixels == Pixels{7, 4, 1, 8, 5, 2, 9, 6, 3});
  CHECK(rotate_counter_clockwise(turned, 3, 3).annotation == sample.annotation);
  CHECK(rotate_counter_clockwise(sample, 3, 0).pixels == sample.pixels);
}

TEST_CASE("augmentation: the flip exchanges top and bottom") {
  Sample sample = sample_of({1, 2, 3, 4, 5, 6});
  sample.lesion_mask = {255, 0, 0, 0, 0, 0};
  sample.annotation = Circle{0.5, 0.5, 1};
  const Sample flipped = flip_top_bottom(sample, 3, 2);
  CHECK(flipped.pixels == Pixels{5, 6, 3, 4, 1, 2});
  CHECK(flipped.lesion_mask == Pixels{0, 0, 0, 0, 255, 0});
  CHECK(flipped.annotation == Circle{0.5, 2.5, 1});
}

TEST_CASE("augmentation: brightness, then contrast about 128, cut to whole levels") {
  const Sample sample = sample_of({0, 10, 128, 250, 255});
  CHECK(change_light(sample, 0, 1).pixels == sample.pixels);
  // + 10.5 → 10.5 20.5 138.5 255 255; times 0.5 about 128 → 69.25 74.25 133.25 191.5 191.5
  CHECK(change_light(sample, 10.5, 0.5).pixels == Pixels{69, 74, 133, 191, 191});
  // − 15 → 0 0 113 235 240; times 1.5 → −64 −64 105.5 288.5 296
  CHECK(change_light(sample, -15, 1.5).pixels == Pixels{0, 0, 105, 255, 255});
}

TEST_CASE("augmentation: 16 views, balanced to the smallest class, which is whole") {
  const Dataset set = small_set({7, 3, 2});
  const std::vector<Sample> result = augment_training(set, 5);
  REQUIRE(result.size() == 3 * 32);
  for (std::size_t i = 0; i < result.size(); ++i)
    CHECK(result[i].label == static_cast<int>(i / 32));  // blocks
  std::set<std::string> ids;
  for (const Sample& sample : result) ids.insert(sample.id);
  CHECK(ids.size() == result.size());  // without replacement

  // The class kept whole shows the paper's order: samples 10 and 11, turns first.
  const std::vector<std::string> first = {"s10", "s10+r90", "s10+r180", "s10+r270", "s11"};
  for (std::size_t i = 0; i < first.size(); ++i) CHECK(result[64 + i].id == first[i]);
  CHECK(result[64 + 8].id == "s10+flip");
  CHECK(result[64 + 9].id == "s10+r90+flip");
  CHECK(result[64 + 16].id == "s10+light");
  CHECK(result[64 + 31].id == "s11+r270+flip+light");
  CHECK(result[65].pixels == rotate_counter_clockwise(set.train[10], 2, 1).pixels);
  CHECK(result[64 + 9].pixels == flip_top_bottom(result[65], 2, 2).pixels);
}

TEST_CASE("augmentation: deeper pictures turn as others do, light is in units of 1/255 of white") {
  Sample sample;
  sample.pixels = Pixels(Pixels::Words{0, 10000, 32896, 65535}, 65535);
  CHECK(rotate_counter_clockwise(sample, 2, 1).pixels ==
        Pixels(Pixels::Words{10000, 65535, 0, 32896}, 65535));
  CHECK(flip_top_bottom(sample, 2, 2).pixels ==
        Pixels(Pixels::Words{32896, 65535, 0, 10000}, 65535));
  CHECK(change_light(sample, 0, 1).pixels == sample.pixels);
  // 128 is 32896 of 65535: contrast leaves it, brightness of 2 adds 514.
  CHECK(change_light(sample, 2, 0.5).pixels[2] == 32896 + 257);
  CHECK(change_light(sample, 0, 0.5).pixels ==
        Pixels(Pixels::Words{16448, 21448, 32896, 49215}, 65535));
}

TEST_CASE("augmentation: the eight views without light are the eight of a square") {
  const std::vector<Sample> result = augment_training(small_set({1}), 1);
  REQUIRE(result.size() == 16);
  std::set<Pixels::Bytes> views;
  for (std::size_t i = 0; i < 8; ++i) views.insert(result[i].pixels.bytes());
  CHECK(views.size() == 8);
}

TEST_CASE("augmentation: light is drawn over the whole range and by the seed alone") {
  // Flat pictures of level 178: contrast c and brightness b give c (50 + b) + 128.
  Dataset set = small_set({200});
  for (Sample& sample : set.train) sample.pixels = Pixels::Bytes(4, 178);
  const std::vector<Sample> result = augment_training(set, 1);
  REQUIRE(result.size() == 3200);
  int lowest = 255, highest = 0;
  double sum = 0;
  for (std::size_t i = 1600; i < 3200; ++i) {
    const int level = result[i].pixels[0];
    lowest = std::min(lowest, level);
    highest = std::max(highest, level);
    sum += level;
  }
  // The range is 0.5 · 35 + 128 = 145.5 to 1.5 · 65 + 128 = 225.5, the mean 178 − ½ (truncation);
  // the standard error of the mean is about 17 / √1600 = 0.43.
  CHECK(lowest >= 145);
  CHECK(lowest <= 149);
  CHECK(highest <= 225);
  CHECK(highest >= 219);
  CHECK(sum / 1600 == doctest::Approx(177.5).epsilon(0.01));

  const std::vector<Sample> again = augment_training(set, 1), other = augment_training(set, 2);
  std::size_t same = 0, equal = 0;
  for (std::size_t i = 0; i < result.size(); ++i) {
    same += again[i].pixels == result[i].pixels && again[i].id == result[i].id;
    equal += other[i].pixels == result[i].pixels;
  }
  CHECK(same == 3200);
  CHECK(equal < 1600 + 100);
}

TEST_CASE("augmentation: undersampling takes from everywhere and depends on the seed") {
  const Dataset set = small_set({40, 2});
  const auto ids_of = [&](std::uint64_t seed) {
    std::set<std::string> ids;
    for (const Sample& sample : augment_training(set, seed))
      if (sample.label == 0) ids.insert(sample.id);
    return ids;
  };
  const std::set<std::string> ids = ids_of(1);
  CHECK(ids.size() == 32);
  CHECK(ids == ids_of(1));
  CHECK(ids != ids_of(2));
  // Of 640 views 32 are kept: the number of lit ones is binomial-like, 16 ± 2.8; 5 sigma.
  const auto lit = std::count_if(ids.begin(), ids.end(),
                                 [](const std::string& id) { return contains(id, "light"); });
  CHECK(lit > 2);
  CHECK(lit < 30);
}

TEST_CASE("augmentation: what cannot be augmented") {
  Dataset set = small_set({1, 1});
  set.width = 1;
  set.height = 4;
  CHECK(contains(message_of([&] { augment_training(set, 1); }), "must be square; got 1 × 4"));
  CHECK(contains(message_of([] {
                   augment_training(small_set({2, 0, 1}), 1);
                 }),
                 "no training sample of class class1"));
}
