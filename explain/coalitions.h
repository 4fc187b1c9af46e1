// coalitions.h: which features (superpixels) are present in each of N perturbed images, as bits.
//
//   LIME         every feature with probability 1/2, row 0 all present (the image itself)
//   Kernel SHAP  explain/shap_plan.h
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/random.h"

namespace pellucid {

constexpr int kMaxFeatures = 1024;

struct Coalitions {
  int features = 0;                 // M
  int rows = 0;                     // N
  int words = 0;                    // ⌈M / 32⌉
  std::vector<std::uint32_t> bits;  // (N, words): bit j % 32 of word j / 32; unused bits are 0

  Coalitions() = default;
  // All features absent. Throws Error unless 0 ≤ features ≤ 1024 and rows ≥ 0.
  Coalitions(int features, int rows);

  bool present(int row, int feature) const { return bits[at(row, feature)] >> (feature % 32) & 1u; }
  void set(int row, int feature) { bits[at(row, feature)] |= 1u << (feature % 32); }
  int popcount(int row) const;
  // Appends a row of `words` words.
  void add_row(const std::vector<std::uint32_t>& row);
  // Appends the row with the last row's absent features.
  void add_complement_of_last();

 private:
  std::size_t at(int row, int feature) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(words) +
           static_cast<std::size_t>(feature / 32);
  }
};

// Where a plan's random numbers come from.
enum class SamplingRng {
  philox,  // counter-based
  numpy,   // as numpy draws them after numpy.random.seed(seed): replays lime and shap
};

// LIME's rows: features, rows ≥ 1, features ≤ 1024, else Error.
// Philox: row n is a function of (key, n), whatever the number of rows.
Coalitions lime_coalitions(int features, int rows, RandomKey key);
// As lime's RandomState(seed) would: randint(0, 1000) for the segmentation's seed, then
// randint(0, 2, rows · features), row by row; row 0's draws are replaced by ones.
struct LimeReplay {
  int segmentation_seed = 0;
  Coalitions coalitions;
};
// lime draws the segmentation's seed first, before it knows how many features there are.
int lime_segmentation_seed(std::uint32_t seed);
LimeReplay lime_coalitions_numpy(int features, int rows, std::uint32_t seed);

}  // namespace pellucid
