// arithmetic_backward_v3_split.cu: gradient of an operand of y = f(a, b) that is broadcast: a block for a
// part of up to 32 sums.
//
// computes   arithmetic.h;   dy: up to 7 axes, a, b and the gradient: those of dy that they have
// mapping    a block has `width` neighbouring elements of the gradient and 256/width lanes for the summands
//            of each. Where the gradient has dy's last axis, neighbouring threads take neighbouring
//            elements; else they take neighbouring summands, and a block has 1 element, or more where
//            there are fewer than 256 summands. A second launch joins the parts, a thread an element
// idea       neighbouring threads read neighbouring addresses, whichever axis is summed, and long sums have
//            many threads. Where summands are cut into parts depends on the shape without its first kept
//            axis, so an image's bits do not depend on the batch
// limits     at least one axis to sum over; fewer than 2^31 elements of dy
// cost       4 bytes an element of dy, a, b and the gradient, three flops an element of dy
// next       16-byte loads; the gradients of both operands from one reading of dy
#include "kernels/arithmetic/arithmetic_axes.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

namespace {
constexpr int kSumBlock = 256;
constexpr int kSummandsOfLane = 64;  // of a part

struct SumSplit {
  std::uint32_t elements, summands;  // of the gradient; of each
  std::uint32_t part, parts;         // summands of a part; parts of an element
  std::uint32_t groups;              // blocks of a part: ⌈elements / width⌉
  int width;                         // elements of a block, a power of two up to kSumBlock
  bool by_element;                   // neighbouring threads take neighbouring elements
};

// The sum over the lanes of each element, pairs in halves, for its first lane. scratch: a float a thread,
// in the order lane · width + element. Every thread of the block must call.
__device__ __forceinline__ float sum_of_lanes(float value, float* scratch, int at, int width) {
  scratch[at] = value;
  for (int half = kSumBlock / 2; half >= width; half /= 2) {
    __syncthreads();  // the other half's sums must be there
    if (at < half) scratch[at] += scratch[at + half];
  }
  return scratch[at];
}
}  // namespace

// sums: (parts, elements)
template <ArithmeticFunction F, bool kOfB>
__global__ void __launch_bounds__(kSumBlock)
    arithmetic_backward_v3_split_kernel(ArithmeticBackwardArgs a, GradientAxes axes, SumSplit split,
                                        float* sums) {
  __shared__ float scratch[kSumBlock];
  const int thread = static_cast<int>(threadIdx.x), lanes = kSumBlock / split.width;
  const int column = split.by_element ? thread % split.width : thread / lanes;
  const int lane = split.by_element ? thread / split.width : thread % lanes;
  const std::uint32_t element = blockIdx.x % split.groups * split.width + column;
  const std::uint32_t part = blockIdx.x / split.groups;
  float sum = 0;
  if (element < split.elements) {
    const Operands at = operands_at(axes, 0, axes.kept, element);
    const std::uint32_t first = part * split.part, end = min(split.summands, first + split.part);
    for (std::uint32_t s = first + lane; s < end; s += lanes) {
      const Operands off = operands_at(axes, axes.kept, axes.rank, s);
      sum += arithmetic_gradient<F, kOfB>(a.a[at.a + off.a], a.b[at.b + off.b], a.dy[at.y + off.y]);
    }
  }
  sum = sum_of_lanes(sum, scratch, lane * split.width + column, split.width);
  if (lane == 0 && element < split.elements)
    sums[std::int64_t{part} * split.elements + element] = sum;
}

__global__ void arithmetic_backward_v3_join_kernel(const float* sums, float* gradient,
                                                   std::uint32_t elements, std::uint32_t parts) {
  const std::int64_t i = grid_thread();
  if (i >= elements) return;
  float sum = 0;
  for (std::int64_t part = 0; part < parts; ++part) sum += sums[part * elements + i];
  gradient[i] = sum;
}

namespace {
SumSplit split_of(const GradientAxes& axes) {
  SumSplit split{};
  split.elements = static_cast<std::uint32_t>(axes.kept_count());
  split.summands = static_cast<std::uint32_t>(axes.summed_count());
  // The gradient's own last axis, and whether it is dy's.
  const std::int64_t inner = axes.kept > 0 ? axes.extent[axes.kept - 1] : 1;
  split.by_element = axes.kept > 0 && axes.stride_y[axes.kept - 1] == 1;
  split.width = 1;
  if (split.by_element) {
    while (split.width < 32 && split.width < inner) split.width *= 2;
  } else {
    while (kSumBlock / split.width > 32 && kSumBlock / split.width >= 2 * axes.summed_count())
      split.width *= 2;
  }
  split.part = static_cast<std::uint32_t>(kSumBlock / split.width * kSummandsOfLane);
  split.parts = (split.summands + split.part - 1) / split.part;
  split.groups = (split.elements + split.width - 1) / split.width;
  return split;
}
}  // namespace

void arithmetic_backward_v3_split(Stream& stream, const ArithmeticBackwardArgs& a) {
  const GradientAxes axes = gradient_axes(a.shape, a.of_b);
  const SumSplit split = split_of(axes);
  const Buffer partial(
      stream.arena(),
      split.parts > 1 ? sizeof(float) * split.parts * std::size_t{split.elements} : 0);
  auto* sums = split.parts > 1 ? static_cast<float*>(partial.data()) : a.gradient;
  const LaunchConfig config{"arithmetic_backward_v3_split",
                            blocks_for(1LL * split.groups * split.parts, 1), kSumBlock, 0,
                            arithmetic_backward_cost(a)};
  with_arithmetic(a.function, [&](auto function) {
    constexpr ArithmeticFunction F = decltype(function)::value;
    launch(stream, config,
           a.of_b ? arithmetic_backward_v3_split_kernel<F, true>
                  : arithmetic_backward_v3_split_kernel<F, false>,
           a, axes, split, sums);
  });
  if (split.parts == 1) return;
  constexpr int block = 256;
  const double joined = double{1} * split.parts * split.elements;
  launch(stream,
         {"arithmetic_backward_v3_join",
          blocks_for(split.elements, block),
          block,
          0,
          {.flops = joined, .bytes = 4 * (joined + split.elements)}},
         arithmetic_backward_v3_join_kernel, static_cast<const float*>(sums), a.gradient,
         split.elements, split.parts);
}

}  // namespace pellucid::PELLUCID_BACKEND
