#include "explain/coalitions.h"

#include <bit>

#include "explain/mersenne_twister.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

// All but the unused bits of word w.
std::uint32_t word_mask(int features, int w) {
  const int used = features - 32 * w;
  return used >= 32 ? ~0u : (1u << used) - 1;
}

Coalitions lime_rows(int features, int rows) {
  require(features >= 1 && rows >= 1, "LIME: features and rows must be at least 1, got ", features,
          " and ", rows);
  Coalitions c(features, rows);
  for (int j = 0; j < features; ++j) c.set(0, j);
  return c;
}

std::uint32_t draw_segmentation_seed(MersenneTwister& random) { return random.below_or_equal(999); }

}  // namespace

Coalitions::Coalitions(int features_, int rows_)
    : features(features_), rows(rows_), words((features_ + 31) / 32) {
  require(features >= 0 && features <= kMaxFeatures, "coalitions: 0 to ", kMaxFeatures,
          " features, got ", features, "; a coarser segmentation has fewer");
  require(rows >= 0, "coalitions: rows must be at least 0, got ", rows);
  bits.resize(static_cast<std::size_t>(rows) * static_cast<std::size_t>(words));
}

int Coalitions::popcount(int row) const {
  int count = 0;
  for (int w = 0; w < words; ++w) count += std::popcount(bits[at(row, 32 * w)]);
  return count;
}

void Coalitions::add_row(const std::vector<std::uint32_t>& row) {
  require(row.size() == static_cast<std::size_t>(words), "coalitions: a row of ", row.size(),
          " words where ", words, " belong");
  bits.insert(bits.end(), row.begin(), row.end());
  ++rows;
}

void Coalitions::add_complement_of_last() {
  std::vector<std::uint32_t> row(bits.end() - words, bits.end());
  for (int w = 0; w < words; ++w) row[static_cast<std::size_t>(w)] ^= word_mask(features, w);
  add_row(row);
}

Coalitions lime_coalitions(int features, int rows, RandomKey key) {
  Coalitions c = lime_rows(features, rows);
  for (int n = 1; n < rows; ++n)
    for (int w = 0; w < c.words; ++w) {
      const std::size_t at = static_cast<std::size_t>(n) * static_cast<std::size_t>(c.words) +
                             static_cast<std::size_t>(w);
      c.bits[at] = random_bits(key, at) & word_mask(features, w);
    }
  return c;
}

int lime_segmentation_seed(std::uint32_t seed) {
  MersenneTwister random(seed);
  return static_cast<int>(draw_segmentation_seed(random));
}

LimeReplay lime_coalitions_numpy(int features, int rows, std::uint32_t seed) {
  MersenneTwister random(seed);
  LimeReplay replay;
  replay.segmentation_seed = static_cast<int>(draw_segmentation_seed(random));
  replay.coalitions = lime_rows(features, rows);
  for (int n = 0; n < rows; ++n)
    for (int j = 0; j < features; ++j)
      if (random.below_or_equal(1)) replay.coalitions.set(n, j);  // row 0 is full already
  return replay;
}

}  // namespace pellucid
