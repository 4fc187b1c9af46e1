// coalitions.h: which features (superpixels) are present in each of N perturbed images, as bits on
// the device that uses them (kernels/coalition).
//
//   LIME         every feature with probability 1/2, row 0 all present (the image itself)
//   Kernel SHAP  explain/surrogate/shap_plan.h
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/coalition/coalition.h"
#include "runtime/tensor.h"

namespace pellucid {

// On the host, where a generator that draws one number after another makes them, or a fit on the
// host reads them.
struct HostCoalitions {
  int features = 0;                 // M
  int rows = 0;                     // N
  int words = 0;                    // ⌈M / 32⌉
  std::vector<std::uint32_t> bits;  // (N, words): bit j % 32 of word j / 32; unused bits are 0

  HostCoalitions() = default;
  // All features absent. Throws Error unless 0 ≤ features ≤ 1024 and rows ≥ 0.
  HostCoalitions(int features, int rows);

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

// On a device.
struct Coalitions {
  int features = 0;
  int rows = 0;
  Tensor bits;  // (rows, ⌈features / 32⌉), u32; undefined if there are none

  Coalitions() = default;
  // Uninitialised rows. Throws Error unless 0 ≤ features ≤ 1024 and rows ≥ 0.
  Coalitions(Stream& stream, int features, int rows);
  static Coalitions from_host(Stream& stream, const HostCoalitions& coalitions);
  HostCoalitions to_host(Stream& stream) const;

  int words() const { return coalition_words(features); }
  // The words of a row and those after it; rows ≥ 1.
  std::uint32_t* data(std::int64_t row = 0) const {
    return bits.data<std::uint32_t>() + row * words();
  }
};

// table[features present in row n] · multiplicity[n], (N) f64: table: (M + 1); multiplicity: (N)
// i32, or undefined: 1 each. Undefined for no rows.
Tensor weights_by_size(Stream& stream, const Coalitions& coalitions,
                       const std::vector<double>& table, const Tensor& multiplicity = {});

// Where a plan's random numbers come from.
enum class SamplingRng {
  philox,  // counter-based, drawn on the device
  numpy,   // as numpy draws them after numpy.random.seed(seed): replays lime and shap, on the host
};

// LIME's rows: features, rows ≥ 1, features ≤ 1024, else Error.
// Philox: row n is a function of (key, n), whatever the number of rows.
Coalitions lime_coalitions(Stream& stream, int features, int rows, RandomKey key);
// As lime's RandomState(seed) would: randint(0, 1000) for the segmentation's seed, then
// randint(0, 2, rows · features), row by row; row 0's draws are replaced by ones.
struct LimeReplay {
  int segmentation_seed = 0;
  HostCoalitions coalitions;
};
// lime draws the segmentation's seed first, before it knows how many features there are.
int lime_segmentation_seed(std::uint32_t seed);
LimeReplay lime_coalitions_numpy(int features, int rows, std::uint32_t seed);

}  // namespace pellucid
