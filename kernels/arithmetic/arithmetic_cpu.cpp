// cpu: y is cut into runs along its last axis, on which each operand steps by 1 or stays; a run is a loop a
// vector wide, its place on the other axes is found once. Sums run along the last axis too: either in 16
// lanes, or, where the operand has that axis, in a row of sums; long ones in parts of a length that the
// shape decides.
#include <algorithm>
#include <vector>

#include "kernels/arithmetic/arithmetic_functions.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

[[maybe_unused]] constexpr std::int64_t kParallel =
    65536;                           // elements from which on cores share the work
constexpr std::int64_t kRun = 8192;  // elements of a run, at most
constexpr int kLanes = 16;           // of a sum

struct Offsets {
  std::int64_t y = 0, a = 0, b = 0;
};

// The elements of the axes first … last − 1 from element i on, the last axis fastest.
class Walk {
 public:
  Walk(const GradientAxes& axes, int first, int last, std::int64_t i)
      : axes_(axes), first_(first), last_(last) {
    for (int axis = last - 1; axis >= first; --axis) {
      const auto k = static_cast<std::size_t>(axis);
      index_[k] = i % axes.extent[k];
      i /= axes.extent[k];
      move(k, index_[k]);
    }
  }
  const Offsets& operator*() const { return at_; }
  void next() {
    for (int axis = last_ - 1; axis >= first_; --axis) {
      const auto k = static_cast<std::size_t>(axis);
      move(k, 1);
      if (++index_[k] < axes_.extent[k]) return;
      move(k, -index_[k]);
      index_[k] = 0;
    }
  }

 private:
  void move(std::size_t axis, std::int64_t steps) {
    at_.y += steps * axes_.stride_y[axis];
    at_.a += steps * axes_.stride_a[axis];
    at_.b += steps * axes_.stride_b[axis];
  }

  const GradientAxes& axes_;
  int first_, last_;
  BroadcastShape::Axes index_{};
  Offsets at_;
};

// y[i] = f(a[i], b[i]) of a run; an operand that stays is its first element.
template <class F>
void run_of(const F& f, std::int64_t step_a, std::int64_t step_b, const float* a, const float* b,
            float* y, std::int64_t count) {
  if (step_a == 0) {
    const float first = *a;
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) y[i] = f(first, b[i], i);
  } else if (step_b == 0) {
    const float first = *b;
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) y[i] = f(a[i], first, i);
  } else {
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) y[i] = f(a[i], b[i], i);
  }
}

// Calls visit(offsets, count) for runs of all elements, in parallel: pieces of long last axes, or several
// short ones one after the other. axes: in y's order.
template <class Visit>
void for_runs(const GradientAxes& axes, const Visit& visit) {
  const int last = axes.rank - 1;
  const auto k = static_cast<std::size_t>(last);
  const std::int64_t inner = axes.extent[k], rows = axes.kept_count() / inner;
  const std::int64_t pieces = (inner + kRun - 1) / kRun;
  const std::int64_t batch = std::max<std::int64_t>(1, kRun / inner);  // rows of a task
  const std::int64_t tasks = (rows + batch - 1) / batch * pieces;
#pragma omp parallel for if (rows * inner >= kParallel)
  for (std::int64_t task = 0; task < tasks; ++task) {
    const std::int64_t row = task / pieces * batch, first = task % pieces * kRun;
    Walk walk(axes, 0, last, row);
    for (std::int64_t end = std::min(rows, row + batch), r = row; r < end; ++r, walk.next()) {
      const Offsets& at = *walk;
      visit(Offsets{at.y + first, at.a + first * axes.stride_a[k], at.b + first * axes.stride_b[k]},
            std::min(kRun, inner - first));
    }
  }
}

// All axes of y in their order.
GradientAxes axes_of(const BroadcastShape& shape) {
  BroadcastShape all = shape;
  all.stride_a.fill(1);  // whatever is kept keeps its order
  GradientAxes axes = gradient_axes(all, false);
  axes.stride_a = shape.stride_a;
  axes.stride_b = shape.stride_b;
  return axes;
}

// Whether a run is of squares, which need no logarithm: the variance that a network is normalised by.
template <ArithmeticFunction F>
bool is_square(std::int64_t step_b, const float* b) {
  return F == ArithmeticFunction::pow && step_b == 0 && *b == 2;
}

template <ArithmeticFunction F>
void values(const ArithmeticArgs& args) {
  const GradientAxes axes = axes_of(args.shape);
  const auto last = static_cast<std::size_t>(axes.rank) - 1;
  const std::int64_t step_a = axes.stride_a[last], step_b = axes.stride_b[last];
  for_runs(axes, [&](const Offsets& at, std::int64_t count) {
    const auto run = [&](const auto& f) {
      run_of(f, step_a, step_b, args.a + at.a, args.b + at.b, args.y + at.y, count);
    };
    if (is_square<F>(step_b, args.b + at.b))
      run([](float a, float, std::int64_t) { return a * a; });
    else run([](float a, float b, std::int64_t) { return arithmetic_value<F>(a, b); });
  });
}

// The gradient of an operand that is not broadcast.
template <ArithmeticFunction F, bool kOfB>
void gradients(const ArithmeticBackwardArgs& args) {
  const GradientAxes axes = axes_of(args.shape);
  const auto last = static_cast<std::size_t>(axes.rank) - 1;
  const std::int64_t step_a = axes.stride_a[last], step_b = axes.stride_b[last];
  for_runs(axes, [&](const Offsets& at, std::int64_t count) {
    const float* dy = args.dy + at.y;
    const auto run = [&](const auto& f) {
      run_of(f, step_a, step_b, args.a + at.a, args.b + at.b, args.gradient + at.y, count);
    };
    if (!kOfB && is_square<F>(step_b, args.b + at.b))
      run([dy](float a, float, std::int64_t i) { return dy[i] * (2.0f * a); });
    else
      run([dy](float a, float b, std::int64_t i) {
        return arithmetic_gradient<F, kOfB>(a, b, dy[i]);
      });
  });
}

// The sum of a run along an axis on which the operand is broadcast.
template <ArithmeticFunction F, bool kOfB>
float sum_of_run(const ArithmeticBackwardArgs& args, const Offsets& at, std::int64_t step_other,
                 std::int64_t count) {
  const float *a = args.a + at.a, *b = args.b + at.b, *dy = args.dy + at.y;
  const std::int64_t step_a = kOfB ? step_other : 0, step_b = kOfB ? 0 : step_other;
  float lane[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
#pragma omp simd
    for (int l = 0; l < kLanes; ++l)
      lane[l] += arithmetic_gradient<F, kOfB>(a[(i + l) * step_a], b[(i + l) * step_b], dy[i + l]);
  for (int l = 0; i < count; ++i, ++l)
    lane[l] += arithmetic_gradient<F, kOfB>(a[i * step_a], b[i * step_b], dy[i]);
  for (int half = kLanes / 2; half >= 1; half /= 2)
    for (int l = 0; l < half; ++l) lane[l] += lane[l + half];
  return lane[0];
}

// The summed axis that runs last is y's last: each sum is made of runs.
template <ArithmeticFunction F, bool kOfB>
void sums_along_runs(const ArithmeticBackwardArgs& args, const GradientAxes& axes) {
  const auto last = static_cast<std::size_t>(axes.rank) - 1;
  const std::int64_t inner = axes.extent[last], runs = axes.summed_count() / inner;
  const std::int64_t count = axes.kept_count(), pieces = (inner + kRun - 1) / kRun;
  // A part is a run, or a piece of a long one.
  const std::int64_t parts = runs * pieces;
  std::vector<float> sums(static_cast<std::size_t>(count * parts));
  const std::int64_t step_other = (kOfB ? axes.stride_a : axes.stride_b)[last];
#pragma omp parallel for if (count * parts * std::min(inner, kRun) >= kParallel)
  for (std::int64_t part = 0; part < count * parts; ++part) {
    const Offsets kept = *Walk(axes, 0, axes.kept, part / parts);
    const Offsets run = *Walk(axes, axes.kept, axes.rank - 1, part % parts / pieces);
    const std::int64_t first = part % pieces * kRun;
    const Offsets at{kept.y + run.y + first, kept.a + run.a + (kOfB ? first * step_other : 0),
                     kept.b + run.b + (kOfB ? 0 : first * step_other)};
    sums[static_cast<std::size_t>(part)] =
        sum_of_run<F, kOfB>(args, at, step_other, std::min(kRun, inner - first));
  }
  for (std::int64_t i = 0; i < count; ++i) {
    float sum = 0;
    for (std::int64_t part = 0; part < parts; ++part)
      sum += sums[static_cast<std::size_t>(i * parts + part)];
    args.gradient[i] = sum;
  }
}

// The operand has y's last axis: rows of sums, to which rows of y are added.
template <ArithmeticFunction F, bool kOfB>
void sums_of_rows(const ArithmeticBackwardArgs& args, const GradientAxes& axes) {
  const auto row = static_cast<std::size_t>(axes.kept) - 1;  // the kept axis that is y's last
  const std::int64_t inner = axes.extent[row], outer = axes.kept_count() / inner;
  const std::int64_t summands = axes.summed_count();
  const std::int64_t rows = std::max<std::int64_t>(1, 4 * kRun / inner);  // of a part
  const std::int64_t parts = (summands + rows - 1) / rows;
  std::vector<float> sums(static_cast<std::size_t>(outer * parts * inner));
  const std::int64_t step_a = axes.stride_a[row], step_b = axes.stride_b[row];
#pragma omp parallel for if (outer * summands * inner >= kParallel)
  for (std::int64_t part = 0; part < outer * parts; ++part) {
    const Offsets kept = *Walk(axes, 0, axes.kept - 1, part / parts);
    float* sum = sums.data() + part * inner;
    const std::int64_t first = part % parts * rows, end = std::min(first + rows, summands);
    Walk walk(axes, axes.kept, axes.rank, first);
    for (std::int64_t s = first; s < end; ++s, walk.next()) {
      const Offsets& off = *walk;
      const float* dy = args.dy + kept.y + off.y;
      run_of(
          [dy, sum](float a, float b, std::int64_t i) {
            return sum[i] + arithmetic_gradient<F, kOfB>(a, b, dy[i]);
          },
          step_a, step_b, args.a + kept.a + off.a, args.b + kept.b + off.b, sum, inner);
    }
  }
  for (std::int64_t o = 0; o < outer; ++o)
    for (std::int64_t c = 0; c < inner; ++c) {
      float sum = 0;
      for (std::int64_t part = 0; part < parts; ++part)
        sum += sums[static_cast<std::size_t>((o * parts + part) * inner + c)];
      args.gradient[o * inner + c] = sum;
    }
}

}  // namespace

void arithmetic(Stream& stream, const ArithmeticArgs& a) {
  const LaunchScope scope(stream, {"arithmetic_cpu", {}, {}, 0, arithmetic_cost(a)});
  with_arithmetic(a.function, [&a](auto function) { values<decltype(function)::value>(a); });
}

void arithmetic_backward(Stream& stream, const ArithmeticBackwardArgs& a) {
  const LaunchScope scope(stream,
                          {"arithmetic_backward_cpu", {}, {}, 0, arithmetic_backward_cost(a)});
  const GradientAxes axes = gradient_axes(a.shape, a.of_b);
  const auto of = [&]<bool kOfB>(auto function) {
    constexpr ArithmeticFunction F = decltype(function)::value;
    const auto last = static_cast<std::size_t>(a.shape.rank) - 1;
    if (axes.kept == axes.rank) gradients<F, kOfB>(a);
    else if ((kOfB ? a.shape.stride_b : a.shape.stride_a)[last] > 0) sums_of_rows<F, kOfB>(a, axes);
    else sums_along_runs<F, kOfB>(a, axes);
  };
  with_arithmetic(a.function, [&](auto function) {
    if (a.of_b) of.template operator()<true>(function);
    else of.template operator()<false>(function);
  });
}

}  // namespace pellucid::cpu
