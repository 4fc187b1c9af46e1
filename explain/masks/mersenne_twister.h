// mersenne_twister.h: the random numbers of numpy's RandomState, so that a sampling of the Python
// explainers can be replayed draw by draw (Matsumoto & Nishimura, "Mersenne Twister", ACM TOMACS
// 1998; seeded by init_genrand).
//
// MersenneTwister(s) stands where numpy.random.seed(s) does. New work uses Philox
// (runtime/random.h).
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace pellucid {

class MersenneTwister {
 public:
  explicit MersenneTwister(std::uint32_t seed) {
    state_[0] = seed;
    for (std::uint32_t i = 1; i < kState; ++i) {
      const std::uint32_t before = state_[i - 1];
      state_[i] = 1812433253u * (before ^ (before >> 30)) + i;
    }
  }

  // 32 uniform bits.
  std::uint32_t next() {
    if (at_ == kState) refill();
    std::uint32_t y = state_[at_++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9D2C5680u;
    y ^= (y << 15) & 0xEFC60000u;
    return y ^ (y >> 18);
  }

  // Uniform in 0 … largest: the low bits of a word, drawn again while they exceed it. randint(a, b)
  // is a + below_or_equal(b − a − 1).
  std::uint32_t below_or_equal(std::uint32_t largest) {
    if (largest == 0) return 0;  // numpy draws nothing
    const std::uint32_t mask = ~0u >> std::countl_zero(largest);
    for (;;)
      if (const std::uint32_t value = next() & mask; value <= largest) return value;
  }

  // random_sample(): uniform in [0, 1), a multiple of 2^-53.
  double uniform() {
    const std::uint32_t high = next() >> 5, low = next() >> 6;
    return (high * 0x1p26 + low) / 0x1p53;
  }

  // normal(): standard normal numbers in pairs by Marsaglia's polar method, the second one first.
  double normal() {
    if (spare_) return *std::exchange(spare_, std::nullopt);
    for (;;) {
      const double x = 2 * uniform() - 1, y = 2 * uniform() - 1, square = x * x + y * y;
      if (square >= 1 || square == 0) continue;
      const double factor = std::sqrt(-2 * std::log(square) / square);
      spare_ = factor * x;
      return factor * y;
    }
  }

  // permutation(n): Fisher–Yates from the end.
  std::vector<int> permutation(int n) {
    std::vector<int> order(static_cast<std::size_t>(n));
    for (int i = 0; i < n; ++i) order[static_cast<std::size_t>(i)] = i;
    for (std::size_t i = order.size(); i-- > 1;)
      std::swap(order[i], order[below_or_equal(static_cast<std::uint32_t>(i))]);
    return order;
  }

  // choice(p.size(), count, p=p): with replacement.
  std::vector<int> choice(const std::vector<double>& p, std::size_t count) {
    std::vector<double> up_to(p);
    for (std::size_t i = 1; i < up_to.size(); ++i) up_to[i] += up_to[i - 1];
    const double total = up_to.back();
    for (double& sum : up_to) sum /= total;
    std::vector<int> chosen(count);
    for (int& one : chosen)
      one =
          static_cast<int>(std::upper_bound(up_to.begin(), up_to.end(), uniform()) - up_to.begin());
    return chosen;
  }

 private:
  static constexpr std::uint32_t kState = 624, kMiddle = 397;

  void refill() {
    for (std::uint32_t i = 0; i < kState; ++i) {
      const std::uint32_t y = (state_[i] & 0x80000000u) | (state_[(i + 1) % kState] & 0x7FFFFFFFu);
      state_[i] = state_[(i + kMiddle) % kState] ^ (y >> 1) ^ (y & 1 ? 0x9908B0DFu : 0);
    }
    at_ = 0;
  }

  std::array<std::uint32_t, kState> state_{};
  std::uint32_t at_ = kState;
  std::optional<double> spare_;  // of normal()
};

}  // namespace pellucid
