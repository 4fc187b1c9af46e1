#include "nn/data/division.h"

#include <map>

#include "runtime/file.h"
#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// `women` pairs of 1 × 1 pictures; woman w's left breast has class w % 3, her right one class 0.
Dataset pairs(int women) {
  Dataset set;
  set.height = set.width = set.channels = 1;
  set.class_names = {"normal", "benign", "malignant"};
  set.source = "test";
  for (int w = 0; w < women; ++w)
    for (int side = 0; side < 2; ++side) {
      Sample sample;
      sample.id = concat("image", 1000 + 2 * w + side);
      sample.label = side == 0 ? w % 3 : 0;
      sample.group = concat("woman", w);
      sample.pixels = {static_cast<std::uint8_t>(w)};
      set.train.push_back(sample);
    }
  return set;
}

Dataset without_groups(Dataset set) {
  for (Sample& sample : set.train) sample.group.clear();
  return set;
}

std::map<std::string, std::string> sides(const Dataset& set) {  // group → subset
  std::map<std::string, std::string> side;
  for (const std::string_view name : kSubsetNames)
    for (const Sample& sample : subset(set, name)) {
      const auto [at, is_new] = side.emplace(sample.group, name);
      CHECK(at->second == name);
    }
  return side;
}

std::string error_of(const Dataset& set, const DivisionOptions& options) {
  return message_of([&] { divide(set, options); });
}

}  // namespace

TEST_CASE(
    "division by woman: both breasts on one side, classes in their shares, another seed another "
    "division") {
  const Dataset pool = pairs(120);  // 160 normal, 40 benign, 40 malignant
  for (const std::uint64_t seed : {0u, 1u, 7u}) {
    const Dataset set = divide(pool, {"woman", 0, 0, seed});
    CHECK(sides(set).size() == 120);
    const auto train = class_counts(set.train, 3), valid = class_counts(set.valid, 3),
               test = class_counts(set.test, 3);
    CHECK(train[1] == 28);
    CHECK(train[2] == 28);
    CHECK(valid[1] == 6);
    CHECK(test[2] == 6);
    CHECK(std::abs(static_cast<int>(train[0]) - 112) <= 2);
    CHECK(train[0] + valid[0] + test[0] == 160);
    CHECK(set.split == concat("woman, seed ", seed));
  }
  CHECK(sides(divide(pool, {"woman", 0, 0, 3})) == sides(divide(pool, {"woman", 0, 0, 3})));
  CHECK(sides(divide(pool, {"woman", 0, 0, 3})) != sides(divide(pool, {"woman", 0, 0, 4})));
}

TEST_CASE("division does not depend on an earlier one") {
  const Dataset pool = pairs(30);
  const Dataset once = divide(pool, {"woman", 0, 0, 1});
  CHECK(content_hash(divide(divide(pool, {"1/2/3", 0, 0, 5}), {"woman", 0, 0, 1})) ==
        content_hash(once));
  CHECK(content_hash(divide(once, {})) == content_hash(once));  // its own
  CHECK(divide(pool, {}).split == "70/15/15, seed 0");          // has none yet
}

TEST_CASE("folds: each sample tests once and validates once, and women stay whole") {
  const Dataset pool = pairs(60);  // 80, 20, 20
  std::map<std::string, int> tested, validated;
  for (int fold = 1; fold <= 5; ++fold) {
    const Dataset set = divide(pool, {"woman", 5, fold, 2});
    CHECK(sides(set).size() == 60);
    CHECK(class_counts(set.test, 3) == std::vector<std::size_t>{16, 4, 4});
    for (const Sample& sample : set.test) ++tested[sample.id];
    for (const Sample& sample : set.valid) ++validated[sample.id];
    const Dataset next = divide(pool, {"", 5, fold % 5 + 1, 2});
    CHECK(ids_of(set).valid == ids_of(next).test);
  }
  CHECK(tested.size() == 120);
  CHECK(validated.size() == 120);
  for (const auto& [id, times] : tested) CHECK(times == 1);
}

TEST_CASE("parts: samples without a group stand alone") {
  const Dataset pool = without_groups(pairs(30));  // 40, 10, 10
  const Dataset set = divide(pool, {"8/1/1", 0, 0, 1});
  CHECK(class_counts(set.train, 3) == std::vector<std::size_t>{32, 8, 8});
  CHECK(class_counts(set.valid, 3) == std::vector<std::size_t>{4, 1, 1});
  CHECK(class_counts(set.test, 3) == std::vector<std::size_t>{4, 1, 1});
  const Dataset no_test = divide(pool, {"80/20/0", 0, 0, 1});
  CHECK(no_test.test.empty());
  CHECK(no_test.valid.size() == 12);
}

TEST_CASE("division: by group and by woman is the same") {
  const Dataset women = divide(pairs(40), {"woman"}), groups = divide(pairs(40), {"group"});
  CHECK(ids_of(women).test == ids_of(groups).test);
  CHECK(groups.split == "group, seed 0");
}

TEST_CASE("division: what does not go together") {
  const Dataset pool = pairs(10);
  check_fragments(error_of(without_groups(pool), {"woman", 0, 0, 0}),
                  {"split woman: it is not known whose picture image1000 is"});
  check_fragments(error_of(pool, {"paper", 0, 0, 0}), {"split paper is of mini-MIAS", "test"});
  check_fragments(error_of(pool, {"8/1/1", 5, 1, 0}), {"leave out split 8/1/1"});
  check_fragments(error_of(pool, {"", 2, 1, 0}), {"at least 3 folds", "got 2"});
  check_fragments(error_of(pool, {"", 5, 6, 0}), {"fold 6 is not one of 1 to 5"});
  check_fragments(error_of(pairs(2), {"woman", 0, 0, 0}), {"leaves the subset"});
  check_fragments(error_of(pool, {"no/such.csv", 0, 0, 0}), {"no/such.csv"});
  Dataset twice = pool;
  twice.valid = {twice.train[0]};
  check_fragments(error_of(twice, {"woman", 0, 0, 0}), {"two samples with the id image1000"});
  for (const char* split : {"", "paper", "woman", "70/15/15", "1/0/0"}) CHECK(is_split(split));
  for (const char* split : {"wooman", "70/15", "70/15/x", "70/15/15/1", "0/0/0", "-1/1/1"})
    CHECK_FALSE(is_split(split));
}
