// cpu: the positions of a group in parts, all parts in parallel. Where columns are neighbours in memory a
// part adds position after position to one state a column, which is vector code; of one column it keeps
// sixteen states. Parts are joined in their order, so bits depend on the shape of a group alone.
#include <algorithm>
#include <vector>

#include "kernels/reduce/reduction.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

constexpr int kAxesPart = 1024;  // positions
// Values below which threads cost more than they save; unused in a build without OpenMP.
[[maybe_unused]] constexpr std::int64_t kFewValues = 64 * 1024;

// The maximum where nobody asks for its position: vector code, as an index is not.
template <int kSign>
struct PlainBest {
  struct State {
    float value;
  };
  static constexpr State none() { return {-std::numeric_limits<float>::infinity()}; }
  static constexpr void add(State& s, float x, int) {
    s.value = kSign * x > s.value ? kSign * x : s.value;
  }
  static constexpr State join(State a, State b) { return b.value > a.value ? b : a; }
  static constexpr float result(State s, int) { return kSign * s.value; }
};

// visit(x of the run's first position, position, length) for the runs of positions that lie k2 apart.
template <class Visit>
void for_runs(const AxesShape& s, const float* x, int first, int last, const Visit& visit) {
  int run = first / s.r[2], begin = first % s.r[2];
  for (int p = first; p < last; ++run, begin = 0) {  // one division a run
    const int length = std::min(last - p, s.r[2] - begin);
    visit(x + s.offset(run / s.r[1], run % s.r[1], begin), p, length);
    p += length;
  }
}

template <class R>
typename R::State one_column(const AxesShape& s, const float* x, int first, int last) {
  constexpr int kStates = 16;
  typename R::State states[kStates];
  std::fill(states, states + kStates, R::none());
  for_runs(s, x, first, last, [&](const float* run, int p, int length) {
    int i = 0;
    for (; i + kStates <= length; i += kStates)
      for (int k = 0; k < kStates; ++k) R::add(states[k], run[i + k], p + i + k);
    for (int k = 0; i < length; ++i, ++k) R::add(states[k], run[i], p + i);
  });
  for (int k = 1; k < kStates; ++k) states[0] = R::join(states[0], states[k]);
  return states[0];
}

template <class R>
void reduce_with(const ReduceAxesArgs& a) {
  using State = typename R::State;
  const AxesShape& s = a.shape;
  const int columns = s.columns(), positions = s.positions();
  const int parts = (positions + kAxesPart - 1) / kAxesPart;
  std::vector<State> partial(
      static_cast<std::size_t>(s.results()) * static_cast<std::size_t>(parts), R::none());
#pragma omp parallel for if (s.elements() >= kFewValues)
  for (std::int64_t piece = 0; piece < s.groups() * parts; ++piece) {
    const int first = static_cast<int>(piece % parts) * kAxesPart;
    const int last = std::min(positions, first + kAxesPart);
    const float* x = a.x + s.base(piece / parts);
    State* states = partial.data() + piece * columns;
    if (columns == 1) {
      *states = one_column<R>(s, x, first, last);
      continue;
    }
    for_runs(s, x, first, last, [&](const float* run, int p, int length) {
      for (int i = 0; i < length; ++i, run += columns) {
#pragma omp simd
        for (int c = 0; c < columns; ++c) R::add(states[c], run[c], p + i);
      }
    });
  }
#pragma omp parallel for if (s.elements() >= kFewValues)
  for (std::int64_t g = 0; g < s.groups(); ++g)
    for (int c = 0; c < columns; ++c) {
      const State* states = partial.data() + g * parts * columns + c;
      State state = states[0];
      for (int p = 1; p < parts; ++p) state = R::join(state, states[std::int64_t{p} * columns]);
      a.y[g * columns + c] = R::result(state, positions);
      if constexpr (requires { state.index; })
        if (a.index) a.index[g * columns + c] = state.index;
    }
}

template <Reduction kFunction>
void derive(const ReduceAxesBackwardArgs& a) {
  const AxesShape& s = a.shape;
  const int columns = s.columns(), positions = s.positions();
  const int parts = (positions + kAxesPart - 1) / kAxesPart;
#pragma omp parallel for if (s.elements() >= kFewValues)
  for (std::int64_t piece = 0; piece < s.groups() * parts; ++piece) {
    const std::int64_t g = piece / parts, base = s.base(g);
    const int first = static_cast<int>(piece % parts) * kAxesPart;
    const float *dy = a.dy + g * columns, *y = reads_y(kFunction) ? a.y + g * columns : dy;
    const std::int32_t* winner = has_winner(kFunction) ? a.index + g * columns : nullptr;
    for (int p = first; p < std::min(positions, first + kAxesPart); ++p) {
      const std::int64_t at = base + s.offset(p);
      const float* x = reads_x(kFunction) ? a.x + at : nullptr;
      for (int c = 0; c < columns; ++c) {
        float dx = reduction_derivative<kFunction>(x ? x[c] : 0.0f, y[c], dy[c], p,
                                                   winner ? winner[c] : 0, positions);
        if (kFunction == Reduction::prod && x[c] == 0) {
          dx = dy[c];
          for (int q = 0; q < positions; ++q)
            if (q != p) dx *= a.x[base + s.offset(q) + c];
        }
        a.dx[at + c] = dx;
      }
    }
  }
}

}  // namespace

void reduce_axes(Stream& stream, const ReduceAxesArgs& a) {
  const LaunchScope scope(stream, {"reduce_axes_cpu", {}, {}, 0, reduce_axes_cost(a)});
  if (!a.index && a.function == Reduction::max) return reduce_with<PlainBest<1>>(a);
  if (!a.index && a.function == Reduction::min) return reduce_with<PlainBest<-1>>(a);
  with_reduction(a.function, [&](auto function) { reduce_with<Reducer<function()>>(a); });
}

void reduce_axes_backward(Stream& stream, const ReduceAxesBackwardArgs& a) {
  const LaunchScope scope(stream,
                          {"reduce_axes_backward_cpu", {}, {}, 0, reduce_axes_backward_cost(a)});
  with_reduction(a.function, [&](auto function) { derive<function()>(a); });
}

}  // namespace pellucid::cpu
