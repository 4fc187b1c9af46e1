// random.h: Philox4x32-10 counter-based random numbers (Salmon et al., "Parallel random numbers: as
// easy as 1, 2, 3", SC 2011), equal on every device: a number is a function of (seed, stream,
// index).
#pragma once

#include <cstdint>

namespace pellucid {

struct PhiloxBlock {
  std::uint32_t word[4];
};

// Ten rounds of Philox4x32 on `counter` with `key`.
constexpr PhiloxBlock philox4x32(PhiloxBlock counter, std::uint32_t key0, std::uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53u} * counter.word[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57u} * counter.word[2];
    counter = {{static_cast<std::uint32_t>(product1 >> 32) ^ counter.word[1] ^ key0,
                static_cast<std::uint32_t>(product1),
                static_cast<std::uint32_t>(product0 >> 32) ^ counter.word[3] ^ key1,
                static_cast<std::uint32_t>(product0)}};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return counter;
}

// What a number belongs to: the user's seed and a stream, one for each purpose (a layer's weights,
// the batch order of an epoch, a dropout mask of a step …), so that no two purposes share numbers.
struct RandomKey {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;
};

// Word `index` of the sequence (seed, stream): 32 uniform bits.
constexpr std::uint32_t random_bits(RandomKey key, std::uint64_t index) {
  const std::uint64_t block = index >> 2;
  const PhiloxBlock counter{
      {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
       static_cast<std::uint32_t>(key.stream), static_cast<std::uint32_t>(key.stream >> 32)}};
  return philox4x32(counter, static_cast<std::uint32_t>(key.seed),
                    static_cast<std::uint32_t>(key.seed >> 32))
      .word[index & 3];
}

// Uniform in [0, 1), a multiple of 2^-24, exact in fp32.
constexpr float random_uniform(RandomKey key, std::uint64_t index) {
  return static_cast<float>(random_bits(key, index) >> 8) * 0x1p-24f;
}

// Uniform integer in [0, n), n ≥ 1, by multiply-high (bias < n / 2^32).
constexpr std::uint32_t random_below(RandomKey key, std::uint64_t index, std::uint32_t n) {
  return static_cast<std::uint32_t>((std::uint64_t{random_bits(key, index)} * n) >> 32);
}

}  // namespace pellucid
