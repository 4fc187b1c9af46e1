#include "kernels/arithmetic/arithmetic.h"

#include <algorithm>
#include <limits>

#include "kernels/alignment.h"

namespace pellucid {
namespace {

std::int64_t product(const BroadcastShape::Axes& extent, int first, int last) {
  std::int64_t count = 1;
  for (int axis = first; axis < last; ++axis) count *= extent[static_cast<std::size_t>(axis)];
  return count;
}

void expect_extents(const char* what, const BroadcastShape& shape) {
  require(shape.rank >= 1 && shape.rank <= BroadcastShape::kMaxRank, what,
          ": 1 to 7 axes are expected, got ", shape.rank);
  for (int axis = 0; axis < shape.rank; ++axis)
    require(shape.extent[static_cast<std::size_t>(axis)] >= 1, what,
            ": every extent must be at least 1, got ",
            shape.extent[static_cast<std::size_t>(axis)]);
}

bool has_short_index(const BroadcastShape& shape) {
  return shape.count() <= std::numeric_limits<std::int32_t>::max();
}
// Whether four neighbours in memory are neighbours on the last axis, but for the last elements of one axis.
bool has_vectors(const BroadcastShape& shape) {
  const std::int64_t last = shape.extent[static_cast<std::size_t>(shape.rank) - 1];
  return (last % 4 == 0 || shape.rank == 1) && has_short_index(shape);
}

}  // namespace

std::int64_t BroadcastShape::count() const { return product(extent, 0, rank); }
std::int64_t GradientAxes::kept_count() const { return product(extent, 0, kept); }
std::int64_t GradientAxes::summed_count() const { return product(extent, kept, rank); }

BroadcastShape broadcast_shape(std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
  require(a.size() == b.size() && a.size() <= BroadcastShape::kMaxRank,
          "broadcasting: shapes of as many axes, at most 7, are expected, got ", a.size(), " and ",
          b.size());
  BroadcastShape shape;
  // From the last axis to the first, so that strides are known; turned round at the end.
  std::int64_t step_a = 1, step_b = 1;
  for (std::size_t axis = a.size(); axis-- > 0;) {
    require(a[axis] >= 1 && b[axis] >= 1 && (a[axis] == b[axis] || a[axis] == 1 || b[axis] == 1),
            "broadcasting: extents that are equal or 1 are expected, got ", a[axis], " and ",
            b[axis]);
    const std::int64_t extent = std::max(a[axis], b[axis]);
    if (extent == 1) continue;
    const bool has_a = a[axis] > 1, has_b = b[axis] > 1;
    const auto last = static_cast<std::size_t>(shape.rank) - 1;
    if (shape.rank > 0 && (shape.stride_a[last] > 0) == has_a &&
        (shape.stride_b[last] > 0) == has_b) {
      shape.extent[last] *= extent;
    } else {
      const auto next = static_cast<std::size_t>(shape.rank++);
      shape.extent[next] = extent;
      shape.stride_a[next] = has_a ? step_a : 0;
      shape.stride_b[next] = has_b ? step_b : 0;
    }
    step_a *= a[axis];
    step_b *= b[axis];
  }
  if (shape.rank == 0) {
    shape.rank = 1;
    shape.extent[0] = shape.stride_a[0] = shape.stride_b[0] = 1;
  }
  for (auto* axes : {&shape.extent, &shape.stride_a, &shape.stride_b})
    std::reverse(axes->begin(), axes->begin() + shape.rank);
  return shape;
}

GradientAxes gradient_axes(const BroadcastShape& shape, bool of_b) {
  GradientAxes axes;
  axes.rank = shape.rank;
  BroadcastShape::Axes stride_y{};
  std::int64_t step = 1;
  for (auto axis = static_cast<std::size_t>(shape.rank); axis-- > 0;) {
    stride_y[axis] = step;
    step *= shape.extent[axis];
  }
  std::size_t next = 0;
  for (const bool kept : {true, false}) {
    for (std::size_t axis = 0; axis < static_cast<std::size_t>(shape.rank); ++axis) {
      if (((of_b ? shape.stride_b : shape.stride_a)[axis] > 0) != kept) continue;
      axes.extent[next] = shape.extent[axis];
      axes.stride_y[next] = stride_y[axis];
      axes.stride_a[next] = shape.stride_a[axis];
      axes.stride_b[next++] = shape.stride_b[axis];
    }
    if (kept) axes.kept = static_cast<int>(next);
  }
  return axes;
}

const VariantTable<ArithmeticArgs>& arithmetic_variants() {
  constexpr auto vectors = [](const ArithmeticArgs& a) {
    return has_vectors(a.shape) && aligned16({a.a, a.b, a.y});
  };
  static const VariantTable<ArithmeticArgs> table{
      PELLUCID_KERNEL(arithmetic_v2_vector, vectors),
      PELLUCID_KERNEL(arithmetic_v1_naive),
      {"arithmetic_cpu", cpu::arithmetic},
  };
  return table;
}

const VariantTable<ArithmeticBackwardArgs>& arithmetic_backward_variants() {
  constexpr auto sums = [](const ArithmeticBackwardArgs& a) {
    const GradientAxes axes = gradient_axes(a.shape, a.of_b);
    return axes.kept < axes.rank && has_short_index(a.shape);
  };
  constexpr auto vectors = [](const ArithmeticBackwardArgs& a) {
    const GradientAxes axes = gradient_axes(a.shape, a.of_b);
    return axes.kept == axes.rank && has_vectors(a.shape) &&
           aligned16({a.a, a.b, a.dy, a.gradient});
  };
  static const VariantTable<ArithmeticBackwardArgs> table{
      PELLUCID_KERNEL(arithmetic_backward_v3_split, sums),
      PELLUCID_KERNEL(arithmetic_backward_v2_vector, vectors),
      PELLUCID_KERNEL(arithmetic_backward_v1_naive),
      {"arithmetic_backward_cpu", cpu::arithmetic_backward},
  };
  return table;
}

void arithmetic(Stream& stream, const ArithmeticArgs& args) {
  expect_extents("arithmetic", args.shape);
  run_default(arithmetic_variants(), stream, args);
}

void arithmetic_backward(Stream& stream, const ArithmeticBackwardArgs& args) {
  expect_extents("arithmetic_backward", args.shape);
  run_default(arithmetic_backward_variants(), stream, args);
}

namespace {

// Elements of a and b.
double operand_elements(const BroadcastShape& shape) {
  return static_cast<double>(gradient_axes(shape, false).kept_count() +
                             gradient_axes(shape, true).kept_count());
}

}  // namespace

Cost arithmetic_cost(const ArithmeticArgs& a) {
  const auto count = static_cast<double>(a.shape.count());
  return {.flops = count, .bytes = 4 * (count + operand_elements(a.shape))};
}

// The derivative counts as one; add and sub read no operand.
Cost arithmetic_backward_cost(const ArithmeticBackwardArgs& a) {
  const GradientAxes axes = gradient_axes(a.shape, a.of_b);
  const auto count = static_cast<double>(a.shape.count()),
             elements = static_cast<double>(axes.kept_count());
  const bool sums = axes.summed_count() > 1, reads = a.function > ArithmeticFunction::sub;
  return {.flops = (reads ? 2 : 1) * count + (sums ? count : 0),
          .bytes = 4 * (count + elements + (reads ? operand_elements(a.shape) : 0))};
}

}  // namespace pellucid
