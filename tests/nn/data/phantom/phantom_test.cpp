#include "nn/data/phantom/phantom.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

PhantomOptions options_of(int size, int train, int valid, int test) {
  PhantomOptions options;
  options.size = size;
  options.train_per_class = train;
  options.valid_per_class = valid;
  options.test_per_class = test;
  return options;
}

double share(const std::vector<std::uint8_t>& mask) {
  return static_cast<double>(std::count(mask.begin(), mask.end(), 255)) /
         static_cast<double>(mask.size());
}

}  // namespace

TEST_CASE("phantom: the bytes are fixed by the seed, on every machine") {
  const Dataset set = make_phantom(options_of(64, 2, 1, 1), 7);
  CHECK(content_hash(set) == "d33c3f6292fb53e524edf1389542b82c");
  CHECK(content_hash(make_phantom(options_of(64, 2, 1, 1), 7)) == content_hash(set));
  CHECK(content_hash(make_phantom(options_of(64, 2, 1, 1), 8)) != content_hash(set));
}

TEST_CASE("phantom: classes take turns; a larger test set leaves the others as they were") {
  const Dataset set = make_phantom(options_of(32, 4, 2, 1), 1);
  CHECK(class_counts(set.train, 3) == std::vector<std::size_t>{4, 4, 4});
  CHECK(class_counts(set.valid, 3) == std::vector<std::size_t>{2, 2, 2});
  CHECK(class_counts(set.test, 3) == std::vector<std::size_t>{1, 1, 1});
  CHECK(set.train[0].id == "phantom000000");
  CHECK(set.train[1].label == 1);
  CHECK(set.valid[0].id == "phantom-valid000000");

  // Whatever the counts, a subset's phantoms are its own.
  const Dataset fewer = make_phantom(options_of(32, 1, 1, 4), 1);
  CHECK(fewer.test[0].pixels == set.test[0].pixels);
  CHECK(fewer.test[0].id == set.test[0].id);
  std::set<std::string> trained;
  for (const Sample& sample : set.train) trained.insert(sample.content);
  CHECK(trained.size() == 12);
  for (const Sample& sample : fewer.test) CHECK_FALSE(trained.contains(sample.content));

  const Dataset larger = make_phantom(options_of(32, 4, 2, 5), 1);
  for (std::size_t i = 0; i < set.valid.size(); ++i)
    CHECK(larger.valid[i].pixels == set.valid[i].pixels);
  CHECK(larger.test[2].pixels == set.test[2].pixels);
  CHECK(larger.test[3].pixels != set.test[0].pixels);
}

TEST_CASE("phantom: the class changes the lesion's pixels and no others") {
  for (std::uint64_t index = 0; index < 20; ++index) {
    CAPTURE(index);
    const Sample normal = phantom_sample(64, 3, index, 0);
    CHECK(normal.lesion_mask.empty());
    CHECK_FALSE(normal.annotation);
    for (const int label : {1, 2}) {
      const Sample abnormal = phantom_sample(64, 3, index, label);
      REQUIRE(abnormal.lesion_mask.size() == normal.pixels.size());
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < normal.pixels.size(); ++i) {
        // Brighter in the mask, equal elsewhere: the mask is exact.
        const bool in_lesion = abnormal.lesion_mask[i] == 255;
        wrong += in_lesion ? abnormal.pixels[i] <= normal.pixels[i]
                           : abnormal.pixels[i] != normal.pixels[i];
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("phantom: lesions are small, in the breast, and in their circle") {
  for (const int size : {32, 64, 224}) {
    CAPTURE(size);
    double largest = 0;
    for (std::uint64_t index = 0; index < (size == 224 ? 20u : 150u); ++index) {
      const Sample sample = phantom_sample(size, 5, index, 1 + static_cast<int>(index % 2));
      const GreyImage breast = phantom_breast(size, 5, index);
      const double area = share(sample.lesion_mask);
      largest = std::max(largest, area);
      CHECK(area > 0.005);
      REQUIRE(sample.annotation);
      const Circle circle = *sample.annotation;
      bool inside = true, enclosed = true;
      for (int y = 0; y < size; ++y)
        for (int x = 0; x < size; ++x) {
          const auto i = static_cast<std::size_t>(y * size + x);
          if (sample.lesion_mask[i] == 0) continue;
          inside = inside && breast.pixels[i] == 255;
          const double dx = x + 0.5 - circle.x, dy = y + 0.5 - circle.y;
          enclosed = enclosed && std::sqrt(dx * dx + dy * dy) <= circle.radius;
        }
      CHECK(inside);
      CHECK(enclosed);
    }
    CHECK(largest <= 0.10);
  }
}

TEST_CASE("phantom: lesions lie all over the breast") {
  // Over a grid of 4 × 4 cells of the square, at least 8 hold a lesion's centre.
  std::map<std::pair<int, int>, int> cells;
  for (std::uint64_t index = 0; index < 200; ++index) {
    const Circle circle = *phantom_sample(32, 6, index, 1).annotation;
    ++cells[{static_cast<int>(circle.y / 8), static_cast<int>(circle.x / 8)}];
  }
  CHECK(cells.size() >= 8);
}

TEST_CASE("phantom: the brightest pixel lies in the lesion no more often than elsewhere") {
  int in_lesion = 0;
  for (std::uint64_t index = 0; index < 100; ++index) {
    const Sample sample = phantom_sample(64, 4, index, 1 + static_cast<int>(index % 2));
    const auto brightest =
        std::max_element(sample.pixels.bytes().begin(), sample.pixels.bytes().end());
    in_lesion +=
        sample.lesion_mask[static_cast<std::size_t>(brightest - sample.pixels.bytes().begin())] ==
        255;
  }
  CAPTURE(in_lesion);
  CHECK(in_lesion <= 50);
}

TEST_CASE("phantom: away from the lesion, the classes have the same statistics") {
  const Dataset set = make_phantom(options_of(64, 150, 0, 0), 9);
  double mean[3] = {}, deviation[3] = {};
  for (std::size_t i = 0; i < set.train.size(); ++i) {
    const Sample& sample = set.train[i];
    const GreyImage breast = phantom_breast(64, 9, i);
    double sum = 0, squares = 0, pixels = 0;
    for (std::size_t p = 0; p < sample.pixels.size(); ++p) {
      if (breast.pixels[p] == 0 || (!sample.lesion_mask.empty() && sample.lesion_mask[p] != 0))
        continue;
      sum += sample.pixels[p];
      squares += double(sample.pixels[p]) * sample.pixels[p];
      ++pixels;
    }
    mean[sample.label] += sum / pixels / 150;
    deviation[sample.label] += std::sqrt(squares / pixels - sum / pixels * sum / pixels) / 150;
  }
  // A picture's mean varies by about 9 levels: its average over 150 by 0.8, a difference by 1.1;
  // the spread within a picture by about 4, 0.5. Allowed: 4 of these.
  for (const int label : {1, 2}) {
    CHECK(std::abs(mean[label] - mean[0]) < 4.4);
    CHECK(std::abs(deviation[label] - deviation[0]) < 2.0);
  }
  CHECK(deviation[0] > 10);  // there is texture
}

TEST_CASE("phantom: dark ground, and the paper's shape") {
  PhantomOptions options = options_of(224, 1, 1, 1);
  options.channels = 3;
  const Dataset set = make_phantom(options, 1);
  CHECK(set.height == 224);
  CHECK(set.width == 224);
  CHECK(set.channels == 3);
  CHECK(set.class_names.size() == 3);
  for (std::size_t i = 0; i < set.train.size(); ++i) {
    const GreyImage breast = phantom_breast(224, 1, i);
    REQUIRE(set.train[i].pixels.size() == 224 * 224);  // one plane
    int brightest_ground = 0;
    for (std::size_t p = 0; p < breast.pixels.size(); ++p)
      if (breast.pixels[p] == 0)
        brightest_ground = std::max<int>(brightest_ground, set.train[i].pixels[p]);
    CHECK(brightest_ground < 12);
    CHECK(share(breast.pixels) > 0.4);
    CHECK(share(breast.pixels) < 0.8);
  }
}

TEST_CASE("phantom: options outside their range") {
  const auto error_of = [](const PhantomOptions& options) {
    return message_of<UsageError>([&] { make_phantom(options, 1); });
  };
  check_fragments(error_of(options_of(31, 1, 1, 1)), {"size must be 32 to 1024", "got 31"});
  check_fragments(error_of(options_of(64, 0, 1, 1)), {"per class of train", "got 0"});
  check_fragments(error_of(options_of(64, 1, -1, 1)), {"per class of valid", "got -1"});
  check_fragments(error_of(options_of(64, 1, 1, 100001)), {"per class of test", "got 100001"});
  PhantomOptions options;
  options.channels = 2;
  check_fragments(error_of(options), {"channels must be 1 or 3", "got 2"});
  CHECK(contains(message_of<UsageError>([] { phantom_sample(64, 1, 1, 3); }), "got 3"));
}
