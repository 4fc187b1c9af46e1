#include "kernels/mask/pattern_plan.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "runtime/error.h"
#include "runtime/random.h"

using namespace pellucid;

namespace {

struct Case {
  int h, w, superpixels, masks;
};

// Labels in patches of 4 × 4 pixels, as neighbours of a superpixel are.
std::vector<std::int32_t> labels_of(const Case& k) {
  std::vector<std::int32_t> labels;
  for (int h = 0; h < k.h; ++h)
    for (int w = 0; w < k.w; ++w)
      labels.push_back(static_cast<std::int32_t>(
          random_below({3, 1}, static_cast<std::uint64_t>(h / 4 * k.w + w / 4),
                       static_cast<std::uint32_t>(k.superpixels))));
  return labels;
}

std::vector<std::uint32_t> bits_of(const Case& k) {
  std::vector<std::uint32_t> bits;
  const int words = (k.superpixels + 31) / 32;
  for (int i = 0; i < k.masks * words; ++i)
    bits.push_back(random_bits({4, 1}, static_cast<std::uint64_t>(i)));
  return bits;
}

// The superpixels in the field of an output, found pixel by pixel through all layers.
using Seen = std::set<std::int32_t>;
std::vector<Seen> seen_through(const std::vector<Seen>& input, int in_h, int in_w,
                               const PatternField& f) {
  std::vector<Seen> out;
  for (int i = 0; i < f.h; ++i)
    for (int j = 0; j < f.w; ++j) {
      Seen seen;
      for (int y = 0; y < f.field_h; ++y)
        for (int x = 0; x < f.field_w; ++x) {
          const int h = i * f.step_h - f.pad_h + y, w = j * f.step_w - f.pad_w + x;
          if (h < 0 || h >= in_h || w < 0 || w >= in_w) continue;
          const Seen& of = input[static_cast<std::size_t>(h * in_w + w)];
          seen.insert(of.begin(), of.end());
        }
      out.push_back(seen);
    }
  return out;
}

// Two masks show the same pattern where they agree in what is seen, and only there.
void check(const PatternLevel& level, const std::vector<Seen>& seen, const Case& k,
           const std::vector<std::uint32_t>& bits) {
  const int words = (k.superpixels + 31) / 32;
  REQUIRE(level.places.size() == seen.size());
  const MaskPatterns patterns{level.places.data(), level.pattern_of_mask.data()};
  std::size_t rows = 0;
  bool right = true;
  for (std::size_t place = 0; place < seen.size(); ++place) {
    std::map<std::vector<bool>, std::int32_t> row_of;  // in order of appearance
    right &= level.places[place].first == static_cast<std::int32_t>(rows);
    for (int n = 0; n < k.masks; ++n) {
      std::vector<bool> pattern;
      for (const std::int32_t j : seen[place])
        pattern.push_back(bits[static_cast<std::size_t>(n * words + j / 32)] >> (j % 32) & 1u);
      const auto [at, is_new] = row_of.try_emplace(pattern, static_cast<std::int32_t>(rows));
      if (is_new) {
        right &= rows < level.rows.size() && level.rows[rows].mask == n &&
                 level.rows[rows].place == static_cast<std::int32_t>(place);
        ++rows;
      }
      right &= patterns.row(static_cast<std::int64_t>(place), n) == at->second;
    }
  }
  CHECK(right);
  CHECK(rows == level.rows.size());
}

}  // namespace

TEST_CASE("pattern_plan: masks share a row where they agree in all that is seen, and only there") {
  for (const Case& k : {Case{20, 24, 5, 40}, Case{20, 24, 64, 70}, Case{17, 9, 1, 3},
                        Case{30, 31, 1000, 33}, Case{12, 12, 33, 1}}) {
    CAPTURE(k.superpixels);
    const auto labels = labels_of(k);
    const auto bits = bits_of(k);
    PatternPlanner planner(labels, k.h, k.w, bits, (k.superpixels + 31) / 32);
    std::vector<Seen> seen;
    for (const std::int32_t label : labels) seen.push_back({label});
    int h = k.h, w = k.w;
    for (const PatternField& field : {PatternField{(k.h - 4) / 2, (k.w - 4) / 2, 6, 6, 2, 2},
                                      PatternField{3, 2, 3, 4, 2, 1, 1, 2}}) {
      seen = seen_through(seen, h, w, field);
      const auto level = planner.next(field, 1u << 20, 1u << 20);
      REQUIRE(level);
      check(*level, seen, k, bits);
      h = field.h;
      w = field.w;
    }
  }
}

TEST_CASE("pattern_plan: no more rows than asked for") {
  const Case k{16, 16, 16, 50};
  const auto labels = labels_of(k);
  const auto bits = bits_of(k);
  const PatternField field{16, 16, 3, 3, 1, 1, 1, 1};
  const auto next = [&](std::size_t most_rows, std::size_t most_entries) {
    return PatternPlanner(labels, k.h, k.w, bits, 1).next(field, most_rows, most_entries);
  };
  const auto level = next(1u << 20, 1u << 20);
  REQUIRE(level);
  CHECK(level->views > 1);
  const std::size_t rows = level->rows.size(), entries = level->pattern_of_mask.size();
  CHECK(next(rows, entries));
  CHECK(!next(rows - 1, entries));
  CHECK(!next(rows, entries - 1));
}

TEST_CASE("pattern_plan: what does not fit is refused") {
  const std::vector<std::int32_t> labels = {0, 32};
  const std::vector<std::uint32_t> bits = {1, 2};
  CHECK_THROWS_WITH_AS(PatternPlanner(labels, 1, 2, bits, 1), doctest::Contains("a label of 32"),
                       Error);
  CHECK_THROWS_WITH_AS(PatternPlanner(labels, 1, 3, bits, 2), doctest::Contains("2 labels"), Error);
}
