#include "explain/shap_plan.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "explain/mersenne_twister.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

using Row = std::vector<std::uint32_t>;

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

Row row_of(const int* begin, const int* end, int words) {
  Row row(static_cast<std::size_t>(words));
  for (const int* j = begin; j != end; ++j) row[static_cast<std::size_t>(*j / 32)] |= 1u << *j % 32;
  return row;
}

// All subsets of `size` features in lexicographic order, each followed by its complement if paired.
void enumerate_size(ShapPlan& plan, int size, bool paired, double weight) {
  const int features = plan.coalitions.features;
  std::vector<int> subset(static_cast<std::size_t>(size));
  std::iota(subset.begin(), subset.end(), 0);
  for (;;) {
    plan.coalitions.add_row(row_of(subset.data(), subset.data() + size, plan.coalitions.words));
    plan.weights.push_back(weight);
    if (paired) {
      plan.coalitions.add_complement_of_last();
      plan.weights.push_back(weight);
    }
    // The last feature that can still move right does; those after it follow closely.
    int i = size - 1;
    while (i >= 0 && subset[static_cast<std::size_t>(i)] == features - size + i) --i;
    if (i < 0) return;
    ++subset[static_cast<std::size_t>(i)];
    for (int k = i + 1; k < size; ++k)
      subset[static_cast<std::size_t>(k)] = subset[static_cast<std::size_t>(k - 1)] + 1;
  }
}

// Draws sizes and subsets; a subset is `size` distinct features.
class Draws {
 public:
  Draws(const ShapPlanOptions& options, int features, std::vector<double> shares, int count)
      : numpy_(static_cast<std::uint32_t>(options.seed)),
        replay_(options.rng == SamplingRng::numpy),
        key_{options.seed, options.stream},
        features_(features) {
    const auto total = static_cast<std::size_t>(count);
    if (replay_) {
      sizes_ = numpy_.choice(shares, total);
      return;
    }
    std::partial_sum(shares.begin(), shares.end(), shares.begin());
    for (std::size_t t = 0; t < total; ++t) {
      const double u = random_bits(key_, t * stride()) * 0x1p-32 * shares.back();
      const auto found = std::upper_bound(shares.begin(), shares.end(), u);
      sizes_.push_back(
          std::min(static_cast<int>(found - shares.begin()), static_cast<int>(shares.size()) - 1));
    }
  }

  // Index into `shares` of draw t.
  int size_index(int t) const { return sizes_[static_cast<std::size_t>(t)]; }

  // Features of draw t; numpy: to be called in the order of t.
  std::vector<int> subset(int t, int size) {
    std::vector<int> order;
    if (replay_) {
      order = numpy_.permutation(features_);
    } else {
      order.resize(static_cast<std::size_t>(features_));
      std::iota(order.begin(), order.end(), 0);
      const std::uint64_t first = static_cast<std::uint64_t>(t) * stride() + 1;
      for (int i = 0; i < size; ++i) {
        const std::uint32_t ahead = random_below(key_, first + static_cast<std::uint64_t>(i),
                                                 static_cast<std::uint32_t>(features_ - i));
        std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(i) + ahead]);
      }
    }
    order.resize(static_cast<std::size_t>(size));
    return order;
  }

 private:
  // Random numbers a draw: one for the size, at most one a feature.
  std::uint64_t stride() const { return static_cast<std::uint64_t>(features_) + 1; }

  MersenneTwister numpy_;
  bool replay_;
  RandomKey key_;
  int features_;
  std::vector<int> sizes_;
};

void add_drawn(ShapPlan& plan, const Sizes& sizes, int samples, const ShapPlanOptions& options) {
  int left = samples - plan.enumerated;
  // A paired draw gives two rows, so it is made half as often.
  std::vector<double> shares;
  for (int s = plan.full_sizes + 1; s <= sizes.count; ++s)
    shares.push_back(sizes.at(s) / (s <= sizes.paired ? 2 : 1));
  const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares) share /= total;

  const int attempts = 4 * left;
  Draws draws(options, plan.coalitions.features, shares, attempts);
  // Only drawn masks are looked up, not their complements, as in shap.
  std::map<Row, std::size_t> seen;
  for (int t = 0; t < attempts && left > 0; ++t) {
    const int size = plan.full_sizes + 1 + draws.size_index(t);
    const std::vector<int> subset = draws.subset(t, size);
    const Row row = row_of(subset.data(), subset.data() + size, plan.coalitions.words);
    const auto [found, is_new] = seen.try_emplace(row, plan.weights.size());
    if (is_new) {
      plan.coalitions.add_row(row);
      plan.weights.push_back(1);
      --left;
    } else {
      plan.weights[found->second] += 1;
    }
    if (left <= 0 || size > sizes.paired) continue;
    if (is_new) {
      plan.coalitions.add_complement_of_last();
      plan.weights.push_back(1);
      --left;
    } else {
      plan.weights[found->second + 1] += 1;  // the complement comes after its mask
    }
  }

  const auto drawn = plan.weights.begin() + plan.enumerated;
  double mass = 0;
  for (int s = plan.full_sizes + 1; s <= sizes.count; ++s) mass += sizes.at(s);
  const double scale = mass / std::accumulate(drawn, plan.weights.end(), 0.0);
  std::for_each(drawn, plan.weights.end(), [scale](double& weight) { weight *= scale; });
}

}  // namespace

ShapPlan shap_plan(int features, const ShapPlanOptions& options) {
  ShapPlan plan;
  plan.coalitions = Coalitions(features, 0);
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
  for (int s = 1; s <= plan.full_sizes; ++s) {
    const bool paired = s <= sizes.paired;
    enumerate_size(plan, s, paired, sizes.at(s) / binomial(features, s) / (paired ? 2 : 1));
  }
  plan.enumerated = plan.coalitions.rows;
  plan.exact = plan.full_sizes == sizes.count;
  if (!plan.exact) add_drawn(plan, sizes, samples, options);
  return plan;
}

}  // namespace pellucid
