#include "explain/surrogate/shap_plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "explain/masks/mersenne_twister.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

double binomial(int n, int k) {
  double value = 1;
  for (int i = 1; i <= k; ++i) value = value * (n - k + i) / i;
  return value;
}

// The sizes 1 … ⌈(M−1)/2⌉, of which the first ⌊(M−1)/2⌋ stand for their complements too.
struct Sizes {
  explicit Sizes(int features)
      : count(features / 2), paired((features - 1) / 2), mass(static_cast<std::size_t>(count)) {
    for (int s = 1; s <= count; ++s)
      at(s) = (features - 1.0) / (1.0 * s * (features - s)) * (s <= paired ? 2 : 1);
    const double total = std::accumulate(mass.begin(), mass.end(), 0.0);
    for (double& share : mass) share /= total;
  }
  double& at(int size) { return mass[static_cast<std::size_t>(size - 1)]; }
  double at(int size) const { return mass[static_cast<std::size_t>(size - 1)]; }
  // Of all that are not enumerated.
  double mass_after(int full_sizes) const {
    return std::accumulate(mass.begin() + full_sizes, mass.end(), 0.0);
  }
  // How often each of them is drawn; a paired draw gives two rows, so it is made half as often.
  std::vector<double> shares_after(int full_sizes) const {
    std::vector<double> shares;
    for (int s = full_sizes + 1; s <= count; ++s) shares.push_back(at(s) / (s <= paired ? 2 : 1));
    const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
    for (double& share : shares) share /= total;
    return shares;
  }

  int count, paired;
  std::vector<double> mass;  // of the Shapley kernel, sum 1
};

// How many sizes to enumerate.
int full_sizes(const Sizes& sizes, int features, int samples) {
  double left = samples;
  std::vector<double> share = sizes.mass;
  for (int s = 1; s <= sizes.count; ++s) {
    const double subsets = binomial(features, s) * (s <= sizes.paired ? 2 : 1);
    const double mine = share[static_cast<std::size_t>(s - 1)];
    if (left * mine / subsets < 1 - 1e-8) return s - 1;
    left -= subsets;
    if (mine < 1)
      for (double& other : share) other /= 1 - mine;
  }
  return sizes.count;
}

// u / 2^32 < the probability of at most s features, for uniform words u.
std::vector<std::uint32_t> thresholds_of(const std::vector<double>& shares) {
  std::vector<std::uint32_t> thresholds;
  double below = 0;
  for (std::size_t i = 0; i + 1 < shares.size(); ++i) {
    below += shares[i];
    const double words = std::min(std::ceil(below * 0x1p32), 0x1p32 - 1);
    thresholds.push_back(static_cast<std::uint32_t>(words));
  }
  return thresholds;
}

// Where the rows that are drawn go: device memory behind the enumerated ones.
struct Room {
  int features;
  int full_sizes;  // those are not drawn
  int rows;
  std::uint32_t* bits;
  std::int32_t* multiplicity;
};

struct Drawn {
  int rows = 0;
  int total = 0;  // Σ multiplicity
};

// Draws are functions of their numbers, and the rows do not tell how many were made: as many as
// there are rows mostly do, since a new one gives two.
Drawn draw_on_device(Stream& stream, const Room& room, const std::vector<double>& shares,
                     RandomKey key) {
  const std::vector<std::uint32_t> bounds = thresholds_of(shares);
  const Tensor thresholds =
      Tensor::from_host(stream, {static_cast<std::int64_t>(bounds.size())}, bounds);
  const Tensor totals = Tensor::empty(stream, {2}, DType::i32);
  const int most = 4 * room.rows;
  for (int count = room.rows;; count = std::min(2 * count, most)) {
    const Coalitions draws(stream, room.features, count);
    draw_subsets(stream, {thresholds.data<std::uint32_t>(), draws.data(), count, room.features,
                          room.full_sizes + 1, static_cast<int>(shares.size()), key});
    merge_draws(stream, {draws.data(), room.bits, room.multiplicity, totals.data<std::int32_t>(),
                         count, room.rows, room.features});
    const std::vector<std::int32_t> found = totals.to_host<std::int32_t>(stream);
    if (found[0] == room.rows || count == most) return {found[0], found[1]};
  }
}

// numpy's draws follow one another, so they and what they give are made on the host.
Drawn draw_as_numpy(Stream& stream, const Room& room, const std::vector<double>& shares,
                    std::uint32_t seed) {
  MersenneTwister numpy(seed);
  const int attempts = 4 * room.rows;
  const std::vector<int> sizes = numpy.choice(shares, static_cast<std::size_t>(attempts));
  HostCoalitions coalitions(room.features, 0);
  std::vector<std::int32_t> multiplicity;
  // Only drawn masks are looked up, not their complements, as in shap.
  std::map<std::vector<std::uint32_t>, std::size_t> seen;
  for (int t = 0; t < attempts && coalitions.rows < room.rows; ++t) {
    const int size = room.full_sizes + 1 + sizes[static_cast<std::size_t>(t)];
    const bool paired = is_paired(room.features, size);
    const std::vector<int> order = numpy.permutation(room.features);
    std::vector<std::uint32_t> row(static_cast<std::size_t>(coalitions.words));
    for (int i = 0; i < size; ++i) {
      const int j = order[static_cast<std::size_t>(i)];
      row[static_cast<std::size_t>(j / 32)] |= 1u << j % 32;
    }
    const auto [found, is_new] = seen.try_emplace(row, multiplicity.size());
    if (is_new) {
      coalitions.add_row(row);
      if (paired && coalitions.rows < room.rows) coalitions.add_complement_of_last();
      multiplicity.resize(static_cast<std::size_t>(coalitions.rows));
    }
    ++multiplicity[found->second];
    // The complement comes after its mask.
    if (paired && found->second + 1 < multiplicity.size()) ++multiplicity[found->second + 1];
  }
  stream.copy_to_device(room.bits, coalitions.bits.data(),
                        coalitions.bits.size() * sizeof(std::uint32_t));
  stream.copy_to_device(room.multiplicity, multiplicity.data(),
                        multiplicity.size() * sizeof(std::int32_t));
  return {coalitions.rows, std::accumulate(multiplicity.begin(), multiplicity.end(), 0)};
}

}  // namespace

ShapPlan shap_plan(Stream& stream, int features, const ShapPlanOptions& options) {
  ShapPlan plan;
  plan.coalitions = Coalitions(stream, features, 0);
  require(options.samples >= 0 && options.samples <= 1 << 24,
          "Kernel SHAP: samples must be 0 (automatic) to 16777216, got ", options.samples);
  require(options.rng == SamplingRng::philox || options.seed <= 0xFFFFFFFFu,
          "Kernel SHAP: a numpy seed is below 2^32, got ", options.seed);
  if (features <= 1) {
    plan.exact = true;
    return plan;
  }
  int samples = options.samples ? options.samples : 2 * features + 2048;
  if (features <= 30) samples = std::min(samples, (1 << features) - 2);

  const Sizes sizes(features);
  plan.full_sizes = full_sizes(sizes, features, samples);
  plan.exact = plan.full_sizes == sizes.count;
  for (int s = 1; s <= plan.full_sizes; ++s)
    plan.enumerated +=
        static_cast<int>(subset_count(features, s)) * (is_paired(features, s) ? 2 : 1);

  plan.coalitions = Coalitions(stream, features, plan.exact ? plan.enumerated : samples);
  std::int64_t row = 0;
  for (int s = 1; s <= plan.full_sizes; ++s) {
    const std::int64_t subsets = subset_count(features, s);
    enumerate_subsets(stream, {plan.coalitions.data(row), subsets, features, s});
    row += is_paired(features, s) ? 2 * subsets : subsets;
  }
  if (plan.exact) return plan;

  plan.multiplicity = Tensor::empty(stream, {samples}, DType::i32);
  const std::vector<std::int32_t> once(static_cast<std::size_t>(plan.enumerated), 1);
  stream.copy_to_device(plan.multiplicity.data<std::int32_t>(), once.data(),
                        once.size() * sizeof(std::int32_t));
  const Room room{features, plan.full_sizes, samples - plan.enumerated, plan.coalitions.data(row),
                  plan.multiplicity.data<std::int32_t>() + plan.enumerated};
  const std::vector<double> shares = sizes.shares_after(plan.full_sizes);
  const Drawn drawn =
      options.rng == SamplingRng::philox
          ? draw_on_device(stream, room, shares, {options.seed, options.stream})
          : draw_as_numpy(stream, room, shares, static_cast<std::uint32_t>(options.seed));
  plan.drawn = drawn.total;
  plan.coalitions.rows = plan.enumerated + drawn.rows;
  plan.coalitions.bits = plan.coalitions.bits.slice(0, plan.coalitions.rows);
  plan.multiplicity = plan.multiplicity.slice(0, plan.coalitions.rows);
  return plan;
}

// Drawn rows carry together the mass that was not enumerated.
double weight_of_draw(const ShapPlan& plan) {
  if (plan.drawn == 0) return 0;
  return Sizes(plan.coalitions.features).mass_after(plan.full_sizes) / plan.drawn;
}

Tensor shap_weights(Stream& stream, const ShapPlan& plan) {
  const int features = plan.coalitions.features;
  if (plan.coalitions.rows == 0) return {};
  const Sizes sizes(features);
  const double of_drawn = weight_of_draw(plan);
  std::vector<double> table(static_cast<std::size_t>(features) + 1);
  for (int s = 1; s <= sizes.count; ++s) {
    const double weight = s > plan.full_sizes
                              ? of_drawn
                              : sizes.at(s) / binomial(features, s) / (s <= sizes.paired ? 2 : 1);
    table[static_cast<std::size_t>(s)] = table[static_cast<std::size_t>(features - s)] = weight;
  }
  return weights_by_size(stream, plan.coalitions, table, plan.multiplicity);
}

}  // namespace pellucid
