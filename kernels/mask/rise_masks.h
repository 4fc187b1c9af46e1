// rise_masks.h: RISE's random masks (Petsiuk, Das & Saenko, BMVC 2018, section 3.2).
//
// A mask has s × s cells, each 1 with probability p, else 0; they are enlarged bilinearly
// (kernels/resize, half-pixel centres) to (s + 1)·⌈H/s⌉ × (s + 1)·⌈W/s⌉, of which H × W pixels are cut
// out, beginning at row 0 … ⌈H/s⌉ − 1 and column 0 … ⌈W/s⌉ − 1. Every pixel's mean is p.
//
// Of mask n, numbers i = n·4·⌈(s² + 2)/4⌉ + … of the key: + 0 the first row, random_below(key, i, ⌈H/s⌉);
// + 1 the first column; + 2 + r·s + c: cell (r, c) is 1 where random_uniform(key, i) < p. A mask does
// not depend on how many there are, and is the same bit for bit on every device.
#pragma once

#include <cstdint>

#include "kernels/variant.h"
#include "runtime/random.h"

namespace pellucid {

struct RiseMasksArgs {
  float* mask;        // (N, H, W), in [0, 1]: masks first_mask …
  int n, h, w;        // ≥ 1
  int grid;           // s, 1 … 32
  float probability;  // p, in (0, 1]
  RandomKey key;
  std::int64_t first_mask = 0;  // ≥ 0
};

constexpr int kRiseGrid = 32;

constexpr int rise_cell(int size, int grid) { return (size + grid - 1) / grid; }

// A multiple of 4, so that both shifts are words of one Philox call that the compiler knows.
constexpr std::uint64_t rise_index(const RiseMasksArgs& a, std::int64_t n) {
  const auto numbers = static_cast<std::uint64_t>(a.grid) * static_cast<std::uint64_t>(a.grid) + 2;
  return 4 * (static_cast<std::uint64_t>(a.first_mask + n) * ((numbers + 3) / 4));
}

// Throws Error for arguments out of range, or H and W for which (max(H, W) + s)·(s + 1) exceeds 2^29 or
// H·W 2^31 − 1.
void rise_masks(Stream& stream, const RiseMasksArgs& args);
const VariantTable<RiseMasksArgs>& rise_masks_variants();
void rise_masks_reference(const RiseMasksArgs& args);
Cost rise_masks_cost(const RiseMasksArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(rise_masks_v1_naive, RiseMasksArgs)
PELLUCID_DECLARE_KERNEL(rise_masks_v2_block, RiseMasksArgs)
namespace pellucid::cpu {
void rise_masks(Stream& stream, const RiseMasksArgs& args);
}
