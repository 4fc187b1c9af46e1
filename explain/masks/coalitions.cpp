#include "explain/masks/coalitions.h"

#include <bit>

#include "explain/masks/mersenne_twister.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

void check_sizes(int features, int rows) {
  require(features >= 0 && features <= kMaxFeatures, "coalitions: 0 to ", kMaxFeatures,
          " features, got ", features, "; a coarser segmentation has fewer");
  require(rows >= 0, "coalitions: rows must be at least 0, got ", rows);
}

void check_lime(int features, int rows) {
  require(features >= 1 && rows >= 1, "LIME: features and rows must be at least 1, got ", features,
          " and ", rows);
}

std::uint32_t draw_segmentation_seed(MersenneTwister& random) { return random.below_or_equal(999); }

}  // namespace

HostCoalitions::HostCoalitions(int features_, int rows_)
    : features(features_), rows(rows_), words(coalition_words(features_)) {
  check_sizes(features, rows);
  bits.resize(static_cast<std::size_t>(rows) * static_cast<std::size_t>(words));
}

int HostCoalitions::popcount(int row) const {
  int count = 0;
  for (int w = 0; w < words; ++w) count += std::popcount(bits[at(row, 32 * w)]);
  return count;
}

void HostCoalitions::add_row(const std::vector<std::uint32_t>& row) {
  require(row.size() == static_cast<std::size_t>(words), "coalitions: a row of ", row.size(),
          " words where ", words, " belong");
  bits.insert(bits.end(), row.begin(), row.end());
  ++rows;
}

void HostCoalitions::add_complement_of_last() {
  std::vector<std::uint32_t> row(bits.end() - words, bits.end());
  for (int w = 0; w < words; ++w)
    row[static_cast<std::size_t>(w)] ^= coalition_word_mask(features, w);
  add_row(row);
}

Coalitions::Coalitions(Stream& stream, int features_, int rows_)
    : features(features_), rows(rows_) {
  check_sizes(features, rows);
  if (rows > 0) bits = Tensor::empty(stream, {rows, words()}, DType::u32);
}

Coalitions Coalitions::from_host(Stream& stream, const HostCoalitions& host) {
  Coalitions c(stream, host.features, host.rows);
  if (c.rows > 0) stream.copy_to_device(c.data(), host.bits.data(), c.bits.bytes());
  return c;
}

HostCoalitions Coalitions::to_host(Stream& stream) const {
  HostCoalitions host(features, rows);
  if (rows > 0) stream.copy_to_host(host.bits.data(), data(), bits.bytes());
  return host;
}

Tensor weights_by_size(Stream& stream, const Coalitions& c, const std::vector<double>& table,
                       const Tensor& multiplicity) {
  require(table.size() == static_cast<std::size_t>(c.features) + 1, "coalitions: ", table.size(),
          " weights for 0 to ", c.features, " features present");
  require(!multiplicity.defined() || multiplicity.count() == c.rows, "coalitions: ", c.rows,
          " rows with another number of multiplicities");
  if (c.rows == 0) return {};
  const Tensor weight_of = Tensor::from_host(stream, {c.features + 1}, table);
  Tensor weights = Tensor::empty(stream, {c.rows}, DType::f64);
  coalition_weights(stream, {c.data(), weight_of.data<double>(),
                             multiplicity.defined() ? multiplicity.data<std::int32_t>() : nullptr,
                             weights.data<double>(), c.rows, c.features});
  return weights;
}

Coalitions lime_coalitions(Stream& stream, int features, int rows, RandomKey key) {
  check_lime(features, rows);
  Coalitions c(stream, features, rows);
  bernoulli_masks(stream, {c.data(), rows, features, key});
  return c;
}

int lime_segmentation_seed(std::uint32_t seed) {
  MersenneTwister random(seed);
  return static_cast<int>(draw_segmentation_seed(random));
}

LimeReplay lime_coalitions_numpy(int features, int rows, std::uint32_t seed) {
  check_lime(features, rows);
  MersenneTwister random(seed);
  LimeReplay replay;
  replay.segmentation_seed = static_cast<int>(draw_segmentation_seed(random));
  replay.coalitions = HostCoalitions(features, rows);
  for (int n = 0; n < rows; ++n)
    for (int j = 0; j < features; ++j)
      if (random.below_or_equal(1) || n == 0) replay.coalitions.set(n, j);
  return replay;
}

}  // namespace pellucid
