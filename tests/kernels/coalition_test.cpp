#include "kernels/coalition/coalition.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

using Words = std::vector<std::uint32_t>;
constexpr RandomKey kKey{123456789012345, 0x5348415000000007};
// What the memory of outputs holds before, so that a word that nobody wrote is noticed.
constexpr std::int32_t kBefore = 0x5A5A5A5A;

// Words on the device, as the operators take them.
struct DeviceWords {
  explicit DeviceWords(const Words& words)
      : tensor(Tensor::from_host(stream(), {static_cast<std::int64_t>(words.size())}, words)) {}
  explicit DeviceWords(std::size_t count) : DeviceWords(Words(count, kBefore)) {}
  std::uint32_t* data() const { return tensor.data<std::uint32_t>(); }
  Words to_host() const { return tensor.to_host<std::uint32_t>(stream()); }

  Tensor tensor;
};

std::size_t words_of(std::int64_t rows, int features) {
  return static_cast<std::size_t>(rows * coalition_words(features));
}

std::vector<int> feature_counts(int least) {
  if (kSmallShapesOnly) return {33};
  std::vector<int> counts{1, 2, 31, 32, 33, 64, 1024};
  std::erase_if(counts, [least](int m) { return m < least; });
  return counts;
}

int size_of_row(const Words& bits, std::size_t row, int features) {
  int size = 0;
  for (int j = 0; j < features; ++j)
    size += has_feature(bits.data() + words_of(static_cast<std::int64_t>(row), features),
                        static_cast<std::uint32_t>(j));
  return size;
}

struct Drawing {
  int features, first_size;
  Words thresholds;  // one less than sizes
  std::int64_t count;

  DrawSubsetsArgs args(const std::uint32_t* on, std::uint32_t* draws) const {
    return {on, draws, count, features, first_size, static_cast<int>(thresholds.size()) + 1, kKey};
  }
  Words expected() const {
    Words draws(words_of(count, features));
    draw_subsets_reference(args(thresholds.data(), draws.data()));
    return draws;
  }
};

std::vector<Drawing> drawings() {
  if (kSmallShapesOnly) return {{33, 2, {1u << 30, 3u << 30}, 200}};  // two blocks
  std::vector<Drawing> all{{2, 1, {}, 1},          {2, 1, {}, 100},
                           {3, 1, {}, 33},         {31, 1, {1u << 31}, 65},
                           {32, 16, {}, 127},      {33, 3, {0, 1u << 31, ~0u}, 257},
                           {64, 31, {1u << 30}, 5}};
  // All sizes of 1024 features, so that the largest subset has half of them.
  Drawing wide{1024, 1, {}, 130};
  for (std::uint32_t s = 1; s < 512; ++s) wide.thresholds.push_back(s << 23);
  all.push_back(wide);
  return all;
}

// A plain merge of whole rows.
struct Merged {
  Words bits;
  std::vector<std::int32_t> multiplicity, totals;
};

Merged merged_by_reference(const Words& draws, int count, int limit, int features) {
  Merged m{Words(words_of(limit, features), kBefore),
           std::vector<std::int32_t>(static_cast<std::size_t>(limit)),
           std::vector<std::int32_t>(2)};
  merge_draws_reference({draws.data(), m.bits.data(), m.multiplicity.data(), m.totals.data(), count,
                         limit, features});
  return m;
}

void check_merge(const Words& draws, int count, int limit, int features) {
  CAPTURE(features);
  CAPTURE(count);
  CAPTURE(limit);
  const Merged expected = merged_by_reference(draws, count, limit, features);
  const DeviceWords on_device(draws);
  each_variant(merge_draws_variants(), [&](const auto& run) {
    const DeviceWords bits(words_of(limit, features));
    const Tensor multiplicity = Tensor::from_host(
        stream(), {limit}, std::vector<std::int32_t>(static_cast<std::size_t>(limit), kBefore));
    const Tensor totals = Tensor::empty(stream(), {2}, DType::i32);
    REQUIRE(run({on_device.data(), bits.data(), multiplicity.data<std::int32_t>(),
                 totals.data<std::int32_t>(), count, limit, features}));
    CHECK_SAME_BITS(bits.to_host(), expected.bits);  // with the rows that are not written
    CHECK_SAME_BITS(multiplicity.to_host<std::int32_t>(stream()), expected.multiplicity);
    CHECK_SAME_BITS(totals.to_host<std::int32_t>(stream()), expected.totals);
  });
}

}  // namespace

TEST_CASE("coalition: Bernoulli masks are the reference's, bit for bit") {
  each_variant(bernoulli_masks_variants(), [](const auto& run) {
    for (const int features : feature_counts(1))
      for (const std::int64_t rows : {1, 2, 33, 1001}) {
        if (kSmallShapesOnly && rows > 33) continue;
        CAPTURE(features);
        CAPTURE(rows);
        Words expected(words_of(rows, features));
        bernoulli_masks_reference({expected.data(), rows, features, kKey});
        const DeviceWords bits(expected.size());
        REQUIRE(run({bits.data(), rows, features, kKey}));
        CHECK_SAME_BITS(bits.to_host(), expected);
      }
  });
}

TEST_CASE("coalition: a Bernoulli row is a function of key and number; row 0 is full") {
  Words few(words_of(3, 49)), many(words_of(1000, 49)), other(words_of(3, 49));
  bernoulli_masks_reference({few.data(), 3, 49, kKey});
  bernoulli_masks_reference({many.data(), 1000, 49, kKey});
  bernoulli_masks_reference({other.data(), 3, 49, {kKey.seed + 1, kKey.stream}});
  CHECK(std::equal(few.begin(), few.end(), many.begin()));
  CHECK(few != other);
  CHECK(size_of_row(many, 0, 49) == 49);
  int present = 0;
  for (std::size_t n = 1; n < 1000; ++n) present += size_of_row(many, n, 49);
  CHECK(std::abs(present - 999 * 49 / 2.0) < 4 * 0.5 * std::sqrt(999 * 49.0));
}

TEST_CASE("coalition: subsets are enumerated as by the reference, bit for bit") {
  std::vector<std::pair<int, int>> cases{{33, 2}};
  if (!kSmallShapesOnly)
    cases = {{2, 1},  {3, 1},  {4, 2},  {5, 2},  {31, 1}, {31, 3},   {32, 1},  {32, 2}, {33, 1},
             {33, 3}, {64, 2}, {65, 1}, {11, 5}, {12, 6}, {1024, 1}, {200, 2}, {16, 8}};
  each_variant(enumerate_subsets_variants(), [&](const auto& run) {
    for (const auto& [features, size] : cases) {
      CAPTURE(features);
      CAPTURE(size);
      const std::int64_t subsets = subset_count(features, size);
      const std::int64_t rows = is_paired(features, size) ? 2 * subsets : subsets;
      Words expected(words_of(rows, features));
      enumerate_subsets_reference({expected.data(), subsets, features, size});
      const DeviceWords bits(expected.size());
      REQUIRE(run({bits.data(), subsets, features, size}));
      CHECK_SAME_BITS(bits.to_host(), expected);
    }
  });
}

TEST_CASE("coalition: an enumeration has every subset once, in order, with its complement") {
  for (const auto& [features, size] : {std::pair{7, 3}, {8, 4}, {40, 2}}) {
    CAPTURE(features);
    const bool paired = is_paired(features, size);
    const std::int64_t subsets = subset_count(features, size),
                       rows = paired ? 2 * subsets : subsets;
    Words bits(words_of(rows, features));
    enumerate_subsets_reference({bits.data(), subsets, features, size});
    const auto words = static_cast<std::size_t>(coalition_words(features));
    std::set<Words> different;
    std::vector<int> before;
    for (std::size_t n = 0; n < static_cast<std::size_t>(rows); ++n) {
      const Words row(bits.begin() + static_cast<std::ptrdiff_t>(n * words),
                      bits.begin() + static_cast<std::ptrdiff_t>((n + 1) * words));
      different.insert(row);
      const bool is_complement = paired && n % 2 == 1;
      REQUIRE(size_of_row(bits, n, features) == (is_complement ? features - size : size));
      if (is_complement) continue;
      std::vector<int> subset;
      for (int j = 0; j < features; ++j)
        if (has_feature(row.data(), static_cast<std::uint32_t>(j))) subset.push_back(j);
      REQUIRE(before < subset);
      before = subset;
    }
    CHECK(different.size() == static_cast<std::size_t>(rows));
  }
  CHECK(subset_count(1024, 2) == 523776);
  CHECK(subset_count(30, 15) == kMaxSubsets + 1);
  CHECK(subset_count(24, 12) == 2704156);
  CHECK(subset_count(1024, 1022) == 523776);
  CHECK(subset_count(5, 0) == 1);
}

TEST_CASE("coalition: draws are the reference's, bit for bit") {
  each_variant(draw_subsets_variants(), [](const auto& run) {
    for (const Drawing& d : drawings()) {
      CAPTURE(d.features);
      CAPTURE(d.count);
      const Words expected = d.expected();
      const DeviceWords thresholds(d.thresholds), draws(expected.size());
      REQUIRE(run(d.args(thresholds.data(), draws.data())));
      CHECK_SAME_BITS(draws.to_host(), expected);
    }
  });
}

TEST_CASE("coalition: sizes and subsets are drawn with their probabilities") {
  // Sizes 1, 2, 3 of 6 features with 1/2, 1/4, 1/4.
  const Drawing d{6, 1, {1u << 31, 3u << 30}, 60000};
  std::map<std::uint32_t, int> times;
  std::vector<double> of_size(4);
  for (const std::uint32_t row : d.expected()) {
    ++times[row];
    ++of_size.at(static_cast<std::size_t>(__builtin_popcount(row)));
  }
  const auto near = [](double found, double draws, double p) {
    return std::abs(found - draws * p) < 4.5 * std::sqrt(draws * p * (1 - p));  // of 44 bounds
  };
  CHECK(near(of_size[1], 60000, 0.5));
  CHECK(near(of_size[2], 60000, 0.25));
  CHECK(near(of_size[3], 60000, 0.25));
  CHECK(times.size() == 6 + 15 + 20);
  for (const auto& [row, found] : times) {
    CAPTURE(row);
    const int size = __builtin_popcount(row);
    const double draws = of_size[static_cast<std::size_t>(size)];
    CHECK(near(found, draws, 1.0 / static_cast<double>(subset_count(6, size))));
  }
  // A draw does not depend on how many there are.
  const Words few = Drawing{6, 1, d.thresholds, 10}.expected(), all = d.expected();
  CHECK(std::equal(few.begin(), few.end(), all.begin()));
}

TEST_CASE("coalition: draws are merged as by the reference, whatever is drawn twice") {
  for (const Drawing& d : drawings()) {
    const Words draws = d.expected();
    const int count = static_cast<int>(d.count);
    for (const int limit : {1, 2, count, 2 * count, 2 * count + 7})
      check_merge(draws, count, limit, d.features);
  }
  if (kSmallShapesOnly) return;
  // Few different ones, drawn again and again; a half that is its own size's complement.
  for (const int features : {3, 4, 5, 8}) {
    Drawing d{features, 1, {}, 3000};
    for (int s = 2; s <= features / 2; ++s)
      d.thresholds.push_back(static_cast<std::uint32_t>(s) << 28);
    for (const int limit : {1, 3, 5, 6, 1000}) check_merge(d.expected(), 3000, limit, features);
  }
  // One coalition over and over; rows that differ in their last word only.
  Words same(words_of(500, 1024)), last(words_of(500, 1024));
  for (std::size_t t = 0; t < 500; ++t) {
    same[t * 32 + 31] = 1u << 31;
    last[t * 32] = 1;
    last[t * 32 + 31] = static_cast<std::uint32_t>(t % 20);
  }
  check_merge(same, 500, 1000, 1024);
  check_merge(last, 500, 33, 1024);
  check_merge(last, 500, 1000, 1024);
}

TEST_CASE("coalition: weights are the table's, times the multiplicity") {
  for (const int features : feature_counts(1))
    for (const std::int64_t rows : {1, 33, 300}) {
      if (kSmallShapesOnly && rows > 33) continue;
      CAPTURE(features);
      CAPTURE(rows);
      Words bits(words_of(rows, features));
      bernoulli_masks_reference({bits.data(), rows, features, kKey});
      std::vector<double> table;
      for (int k = 0; k <= features; ++k) table.push_back(1 / (k + 0.3));
      std::vector<std::int32_t> multiplicity;
      for (std::int64_t n = 0; n < rows; ++n)
        multiplicity.push_back(static_cast<std::int32_t>(n * n % 7));
      const DeviceWords on_device(bits);
      const Tensor weight_of = Tensor::from_host(stream(), {features + 1}, table);
      const Tensor times = Tensor::from_host(stream(), {rows}, multiplicity);
      for (const bool once : {true, false}) {
        std::vector<double> expected(static_cast<std::size_t>(rows));
        coalition_weights_reference({bits.data(), table.data(),
                                     once ? nullptr : multiplicity.data(), expected.data(), rows,
                                     features});
        each_variant(coalition_weights_variants(), [&](const auto& run) {
          const Tensor weights = Tensor::empty(stream(), {rows}, DType::f64);
          REQUIRE(run({on_device.data(), weight_of.data<double>(),
                       once ? nullptr : times.data<std::int32_t>(), weights.data<double>(), rows,
                       features}));
          CHECK_SAME_BITS(weights.to_host<double>(stream()), expected);
        });
      }
    }
}

TEST_CASE("coalition: arguments out of range are errors") {
  std::uint32_t word = 0;
  std::int32_t whole = 0;
  double real = 0;
  CHECK_THROWS_WITH_AS(bernoulli_masks(stream(), {&word, 1, 1025, {}}),
                       doctest::Contains("1 to 1024 features, got 1025"), Error);
  CHECK_THROWS_WITH_AS(bernoulli_masks(stream(), {&word, 0, 3, {}}),
                       doctest::Contains("at least one row, got 0"), Error);
  CHECK_THROWS_WITH_AS(enumerate_subsets(stream(), {&word, 10, 5, 3}),
                       doctest::Contains("half of the 5 features, got 3"), Error);
  CHECK_THROWS_WITH_AS(enumerate_subsets(stream(), {&word, 9, 5, 2}),
                       doctest::Contains("have 10 subsets, not 9"), Error);
  CHECK_THROWS_WITH_AS(enumerate_subsets(stream(), {&word, 1, 40, 20}),
                       doctest::Contains("more than 16777216 subsets"), Error);
  CHECK_THROWS_WITH_AS(draw_subsets(stream(), {&word, &word, 1, 1, 1, 1, {}}),
                       doctest::Contains("2 to 1024 features, got 1"), Error);
  CHECK_THROWS_WITH_AS(draw_subsets(stream(), {&word, &word, 1, 8, 3, 3, {}}),
                       doctest::Contains("got 3 from 3"), Error);
  CHECK_THROWS_WITH_AS(merge_draws(stream(), {&word, &word, &whole, &whole, 0, 1, 4}),
                       doctest::Contains("got 0 and 1"), Error);
  CHECK_THROWS_WITH_AS(coalition_weights(stream(), {&word, &real, nullptr, &real, 0, 4}),
                       doctest::Contains("at least one row"), Error);
}
