// slic.h: superpixels by SLIC (R. Achanta et al., "SLIC superpixels compared to state-of-the-art
// superpixel methods", TPAMI 34(11), 2012), as scikit-image 0.19 defines it.
//
//   centres   a grid of about n_segments pixels; their colour starts as 0
//   assign    pixel p → the centre k with the least
//             d = ((y_k − y)² + (x_k − x)²) / step² + ‖f_k − f(p)‖²
//             among those whose window reaches it, the least k if several are as near; the window
//             of k is 2 grid steps and the pixel of the centre itself
//   update    centre k ← the mean place and colour of its pixels
//
// Both, `iterations` times; then connect_labels (below) gives every connected piece a label. Sums
// have one order on every device: in each column of a centre's window from top to bottom, then the
// columns from left to right; products are fused into sums by explicit fma. So all variants give
// the same bits. A centre that loses its pixels is gone for good; a pixel that no window reaches
// keeps its label (−1 at first).
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/variant.h"

namespace pellucid {

constexpr int kSlicMaxSegments = 65536;

struct SlicArgs {
  const double* features;  // (H, W, C): colour / compactness
  int h, w, c;             // c: 1, 2 or 3
  int n_segments;          // asked for
  int iterations;          // 10 is usual
  std::int32_t* labels;    // (H, W), numbers of centres
};

// The variants only cluster. slic() connects too, on the host (the walk over pieces is sequential
// by its definition), which takes the labels there and back; it returns the number of labels,
// 0 … count − 1. Throws Error for h or w < 1, h·w·c ≥ 2^31, c outside 1 … 3, n_segments
// outside 1 … 65536, iterations < 1.
int slic(Stream& stream, const SlicArgs& args);

const VariantTable<SlicArgs>& slic_variants();

// Host pointers; clusters only.
void slic_reference(const SlicArgs& args);

// Walks over the pieces of equal label (4-neighbours) in raster order of their first pixels, each
// breadth first up to max_size pixels, and numbers them; a piece of fewer than min_size pixels is
// given the number of the last numbered neighbour that its walk met. labels: (H, W), replaced;
// returns their count.
int connect_labels(std::vector<std::int32_t>& labels, int h, int w, int min_size, int max_size);

// Centres at rows start + i·step, i < count; columns alike.
struct SlicAxis {
  int start, step, count;
};
struct SlicGrid {
  SlicAxis y, x;
  int centres() const { return y.count * x.count; }
};

// A grid of about n_segments points.
SlicGrid slic_grid(int h, int w, int n_segments);

// What an iteration needs to know beside the pixels.
struct SlicPlan {
  int centres, reach_y, reach_x;  // reach: 2 grid steps
  double weight;                  // 1 / step²
};
SlicPlan slic_plan(const SlicArgs& args);

// (centres, 2 + C): y, x, colour, as the iterations start.
std::vector<double> slic_first_centres(const SlicArgs& args);

Cost slic_assign_cost(const SlicArgs& args);
Cost slic_update_cost(const SlicArgs& args);

// v2 keeps the sums of a window's columns in shared memory.
constexpr int kSlicMaxColumns = 2048;
inline int slic_window_columns(const SlicArgs& args) {
  const int columns = 2 * slic_plan(args).reach_x + 2;
  return columns < args.w ? columns : args.w;
}

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(slic_v1_naive, SlicArgs)
PELLUCID_DECLARE_KERNEL(slic_v2_shared, SlicArgs)
namespace pellucid::cpu {
void slic(Stream& stream, const SlicArgs& args);
}  // namespace pellucid::cpu
