// arithmetic.h: y = f(a, b), element by element, of two arrays of which either may be broadcast.
//
//   arithmetic           y = f(a, b)
//   arithmetic_backward  da = Σ dy · ∂f/∂a, summed over the axes on which a is broadcast; or that of b
//
//   add a + b    sub a − b    mul a·b    div a/b
//   pow    a^b; NaN for a < 0 and a b that is not whole. ∂a is 0 where b = 0, ∂b where a = 0 and b ≥ 0
//   max    the larger; NaN if either is one. Of equal ones each gets half of the gradient
//   min    the smaller; the same
//   prelu  a > 0 ? a : b·a, a parametric ReLU with the slope b; the derivative at 0 is b, and 0 to b
//
// Axes are broadcast as numpy's: an operand has extent 1 there. The order of sums is fixed by the shape,
// and that of sums that a kept first axis tells apart does not depend on its extent: an image's gradients
// do not depend on the batch, whose own axis is only summed for what all images share.
//
// All but the sums have the same bits on every device (pow: kernels/elementary.h). fp32; up to 7 axes;
// y may be a or b where that is not broadcast. Throws Error for extents < 1.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernels/variant.h"

namespace pellucid {

// Calls X(name) for each function.
#define PELLUCID_ARITHMETIC(X) X(add) X(sub) X(mul) X(div) X(pow) X(max) X(min) X(prelu)

enum class ArithmeticFunction {
#define PELLUCID_ENUMERATOR(name) name,
  PELLUCID_ARITHMETIC(PELLUCID_ENUMERATOR)
#undef PELLUCID_ENUMERATOR
};

// y's axes, row-major, and how far a and b go on each: 0 where they are broadcast.
struct BroadcastShape {
  static constexpr int kMaxRank = 7;
  using Axes = std::array<std::int64_t, kMaxRank>;
  int rank = 0;
  Axes extent{}, stride_a{}, stride_b{};

  std::int64_t count() const;
};
// Of two row-major arrays with these extents, equal or 1 on each of as many axes. Axes that can be walked
// as one are one, so that the fewest are left: 1 of equal shapes, 2 of (rows, c) and (1, c). Throws Error
// for shapes that do not fit, extents < 1, or more than kMaxRank axes.
BroadcastShape broadcast_shape(std::span<const std::int64_t> a, std::span<const std::int64_t> b);

struct ArithmeticArgs {
  ArithmeticFunction function;
  BroadcastShape shape;
  const float* a;
  const float* b;
  float* y;
};

struct ArithmeticBackwardArgs {
  ArithmeticFunction function;
  BroadcastShape shape;
  const float* a;
  const float* b;
  const float* dy;
  float* gradient;  // of a, or of b, with that operand's extents
  bool of_b;
};

// The axes of y in the order in which a gradient is summed: those that its operand has, then those that
// are summed, either in their order.
struct GradientAxes {
  using Axes = BroadcastShape::Axes;
  int kept = 0, rank = 0;
  Axes extent{}, stride_y{}, stride_a{}, stride_b{};

  std::int64_t kept_count() const;    // elements of the gradient
  std::int64_t summed_count() const;  // summands of each
};
GradientAxes gradient_axes(const BroadcastShape& shape, bool of_b);

void arithmetic(Stream& stream, const ArithmeticArgs& args);
void arithmetic_backward(Stream& stream, const ArithmeticBackwardArgs& args);

const VariantTable<ArithmeticArgs>& arithmetic_variants();
const VariantTable<ArithmeticBackwardArgs>& arithmetic_backward_variants();

// In double, of the uncollapsed extents.
template <class T>
void arithmetic_reference(ArithmeticFunction function, std::span<const std::int64_t> extents_a,
                          std::span<const std::int64_t> extents_b, const T* a, const T* b, T* y);
template <class T>
void arithmetic_backward_reference(ArithmeticFunction function,
                                   std::span<const std::int64_t> extents_a,
                                   std::span<const std::int64_t> extents_b, const T* a, const T* b,
                                   const T* dy, T* da, T* db);

Cost arithmetic_cost(const ArithmeticArgs& args);
Cost arithmetic_backward_cost(const ArithmeticBackwardArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(arithmetic_v1_naive, ArithmeticArgs)
PELLUCID_DECLARE_KERNEL(arithmetic_v2_vector, ArithmeticArgs)
PELLUCID_DECLARE_KERNEL(arithmetic_backward_v1_naive, ArithmeticBackwardArgs)
PELLUCID_DECLARE_KERNEL(arithmetic_backward_v2_vector, ArithmeticBackwardArgs)
PELLUCID_DECLARE_KERNEL(arithmetic_backward_v3_split, ArithmeticBackwardArgs)
namespace pellucid::cpu {
void arithmetic(Stream& stream, const ArithmeticArgs& args);
void arithmetic_backward(Stream& stream, const ArithmeticBackwardArgs& args);
}  // namespace pellucid::cpu
