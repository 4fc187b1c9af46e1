// quickshift.h: superpixels by quick shift (A. Vedaldi, S. Soatto, "Quick shift and kernel methods
// for mode seeking", ECCV 2008), as scikit-image 0.19 defines it, label for label.
//
//   density  ρ(p) = noise(p) + Σ_q exp(−(‖f(p) − f(q)‖² + ‖p − q‖²) / (2·kernel_size²))
//   parent   π(p) = the nearest q with ρ(q) > ρ(p) by ‖f(p) − f(q)‖² + ‖p − q‖², the first in
//            raster order if several are as near; p itself if there is none or it is farther than
//            max_dist
//   labels   pixels of one tree share a label; trees are numbered in raster order of their roots
//
// q runs over the pixels of the image at most ⌈3·kernel_size⌉ rows and columns from p. Everything
// is fp64, since a comparison of densities decides a label. The noise breaks ties: without it, flat
// regions have equal densities, and rounding, which differs between devices, says who is denser.
#pragma once

#include <cstdint>

#include "kernels/variant.h"

namespace pellucid {

struct QuickshiftArgs {
  const double* features;  // (H, W, C): colour times the weight of colour against place, in pixels
  const double* noise;     // (H, W), about 1e-5, or null: none
  int h, w, c;             // c: 1, 2 or 3
  double kernel_size;      // ≥ 1, pixels
  double max_dist;         // ≥ 0, pixels
  std::int32_t* labels;    // (H, W), 0 … count − 1
  std::int32_t* count;     // (1)
};

// Throws Error for h or w < 1, h·w·c ≥ 2^31, c outside 1 … 3, kernel_size outside 1 … 100, a
// max_dist that is negative or not a number.
void quickshift(Stream& stream, const QuickshiftArgs& args);

const VariantTable<QuickshiftArgs>& quickshift_variants();

// Host pointers.
void quickshift_reference(const QuickshiftArgs& args);

// Rows and columns of the window on each side.
int quickshift_reach(double kernel_size);

// The two passes over the windows.
Cost quickshift_density_cost(const QuickshiftArgs& args);
Cost quickshift_parent_cost(const QuickshiftArgs& args);

// v2 keeps features and density of a tile and its halo in shared memory, at most so many bytes.
constexpr std::size_t kQuickshiftSharedBytes = 64 * 1024;
constexpr int kQuickshiftTileW = 32, kQuickshiftTileH = 8;
std::size_t quickshift_tile_bytes(const QuickshiftArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(quickshift_v1_naive, QuickshiftArgs)
PELLUCID_DECLARE_KERNEL(quickshift_v2_tile, QuickshiftArgs)
namespace pellucid::cpu {
void quickshift(Stream& stream, const QuickshiftArgs& args);
}  // namespace pellucid::cpu
