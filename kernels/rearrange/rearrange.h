// rearrange.h: slice, pad, transpose, flip, broadcast, space to depth, channel shuffle: whatever moves
// values and computes nothing, in one operator, and its adjoint.
//
//   rearrange            y[i₀, i₁, …] = x at place s_k + d_k·i_k of each axis k
//   rearrange_backward   dx[j] = Σ dy[i] over all i that read j
//
// An axis of y goes along one of x (RearrangeAxis: its stride there, extents, start s and step d, which
// may be negative, or 0: a broadcast). y is contiguous, its last axis innermost, and so is x, over all
// of whose axes y has one each. Beyond the ends of x is a value, or what Outside says
// (rearrange_axis.h); with a place outside on one axis the constant is read whatever the others say.
//
// fp32. x and y do not overlap. Values are moved, not computed with: the bits of a NaN stay. The sums
// of the adjoint add in the order of y's memory.
#pragma once

#include <optional>
#include <vector>

#include "kernels/rearrange/rearrange_axis.h"
#include "kernels/variant.h"

namespace pellucid {

inline constexpr int kRearrangeAxes = 7;  // the batch and 6 of an image
// Places and extents lie within ±this, so that sums of two are ints.
inline constexpr int kRearrangeMostPlaces = 1 << 30;

struct RearrangeShape {
  int rank = 0;  // 1 … 7
  RearrangeAxis axes[kRearrangeAxes] = {};
  Outside outside = Outside::constant;
  float value = 0;

  std::int64_t values_of_x() const;
  std::int64_t values_of_y() const;
};

// What is done to each of n images: its memory as the row-major array `view`, of which axis k of the
// result is axis order[k], from start[k] on in steps of step[k], extent[k] of them. All lists are of one
// length, 1 … 6. The batch is the outermost axis of both. Throws Error for lists of other lengths, an
// order that is no permutation, and extents or places beyond kRearrangeMostPlaces.
struct Rearrangement {
  std::vector<int> view, order, start, step, extent;
  Outside outside = Outside::constant;
  float value = 0;
};
RearrangeShape rearrange_shape(std::int64_t n, const Rearrangement& rearrangement);

struct RearrangeArgs {
  const float* x;
  float* y;
  RearrangeShape shape;
};
struct RearrangeBackwardArgs {
  const float* dy;
  float* dx;
  RearrangeShape shape;  // of the forward pass
};

// Throw Error for an empty axis, for one that reaches beyond x by steps other than 1, −1 and 0 unless a
// constant is read there, and for places out of range. Both run the simplified shape.
void rearrange(Stream& stream, const RearrangeArgs& args);
// A derivative of what reads every place at most once, by steps of 1 or −1, is a rearrangement again,
// and runs as one.
void rearrange_backward(Stream& stream, const RearrangeBackwardArgs& args);

const VariantTable<RearrangeArgs>& rearrange_variants();
const VariantTable<RearrangeBackwardArgs>& rearrange_backward_variants();

// The same with axes joined that lie together in x and y alike, and without those of one place: a
// transposition of an image's channels and pixels has two axes and a batch, a copy has one axis.
RearrangeShape simplified(const RearrangeShape& shape);
// The rearrangement of dy that is dx, if it is one.
std::optional<RearrangeShape> adjoint_of(const RearrangeShape& shape);

// The specification and the tests' oracle. T: float or double; sums are double.
template <class T>
void rearrange_reference(const T* x, T* y, const RearrangeShape& shape);
template <class T>
void rearrange_backward_reference(const T* dy, T* dx, const RearrangeShape& shape);

Cost rearrange_cost(const RearrangeArgs& args);
Cost rearrange_backward_cost(const RearrangeBackwardArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(rearrange_v1_naive, RearrangeArgs)
PELLUCID_DECLARE_KERNEL(rearrange_v2_vector, RearrangeArgs)
PELLUCID_DECLARE_KERNEL(rearrange_v3_tiled, RearrangeArgs)
PELLUCID_DECLARE_KERNEL(rearrange_v4_runs, RearrangeArgs)
PELLUCID_DECLARE_KERNEL(rearrange_backward_v1_naive, RearrangeBackwardArgs)
PELLUCID_DECLARE_KERNEL(rearrange_backward_v2_vector, RearrangeBackwardArgs)
PELLUCID_DECLARE_KERNEL(rearrange_backward_v3_split, RearrangeBackwardArgs)
namespace pellucid::cpu {
void rearrange(Stream& stream, const RearrangeArgs& args);
void rearrange_backward(Stream& stream, const RearrangeBackwardArgs& args);
}  // namespace pellucid::cpu
