// reduction.h: what a reduction keeps while it walks over values, for kernels and cpu alike (a constexpr
// function has no other body there).
//
// A Reducer has a State (trivial, as shared memory wants it), that of no values, how a value at a
// position joins it, how two States are joined, and the result.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "kernels/reduce/reduce_axes.h"

namespace pellucid {

template <Reduction kFunction>
struct Reducer {  // sums
  struct State {
    float sum;
  };
  static constexpr State none() { return {0}; }
  static constexpr void add(State& s, float x, int) {
    if constexpr (kFunction == Reduction::l1) s.sum += std::fabs(x);
    else if constexpr (kFunction == Reduction::l2 || kFunction == Reduction::sum_square)
      s.sum += x * x;
    else s.sum += x;
  }
  static constexpr State join(State a, State b) { return {a.sum + b.sum}; }
  static constexpr float result(State s, int positions) {
    if constexpr (kFunction == Reduction::mean) return s.sum / static_cast<float>(positions);
    else if constexpr (kFunction == Reduction::l2) return std::sqrt(s.sum);
    else if constexpr (kFunction == Reduction::log_sum) return std::log(s.sum);
    else return s.sum;
  }
};

template <>
struct Reducer<Reduction::prod> {
  struct State {
    float product;
  };
  static constexpr State none() { return {1}; }
  static constexpr void add(State& s, float x, int) { s.product *= x; }
  static constexpr State join(State a, State b) { return {a.product * b.product}; }
  static constexpr float result(State s, int) { return s.product; }
};

// kSign = −1: the minimum, as the maximum of −x.
template <int kSign>
struct BestReducer {
  struct State {
    float value;
    std::int32_t index;
  };
  static constexpr State none() { return {-std::numeric_limits<float>::infinity(), 0}; }
  static constexpr void add(State& s, float x, int position) {
    const float value = kSign * x;
    if (value > s.value) s = {value, position};
  }
  static constexpr State join(State a, State b) {
    const bool second = b.value > a.value || (b.value == a.value && b.index < a.index);
    return second ? b : a;
  }
  static constexpr float result(State s, int) { return kSign * s.value; }
};
template <>
struct Reducer<Reduction::max> : BestReducer<1> {};
template <>
struct Reducer<Reduction::min> : BestReducer<-1> {};

// The running pair of softmax (kernels/softmax): a larger maximum rescales the sum.
template <>
struct Reducer<Reduction::log_sum_exp> {
  static constexpr float kNothing = -std::numeric_limits<float>::infinity();
  struct State {
    float largest, sum;
  };
  static constexpr State none() { return {kNothing, 0}; }
  // exp(x − largest), where ∞ − ∞ is 0.
  static constexpr float part(float x, float largest) {
    return x == largest ? 1.0f : std::exp(x - largest);
  }
  static constexpr void add(State& s, float x, int) {
    s = join(s, {x, x == kNothing ? 0.0f : 1.0f});
  }
  static constexpr State join(State a, State b) {
    const float largest = a.largest > b.largest ? a.largest : b.largest;
    return {largest, a.sum * part(a.largest, largest) + b.sum * part(b.largest, largest)};
  }
  static constexpr float result(State s, int) {
    return s.sum == 0 ? kNothing : s.largest + std::log(s.sum);
  }
};

// dx at one position but for prod of a zero, which needs the others. winner: of max and min, the position
// of y.
template <Reduction kFunction>
constexpr float reduction_derivative(float x, float y, float dy, int position, int winner,
                                     int positions) {
  switch (kFunction) {
    case Reduction::mean:
      return dy / static_cast<float>(positions);
    case Reduction::sum:
      return dy;
    case Reduction::max:
    case Reduction::min:
      return position == winner ? dy : 0.0f;
    case Reduction::prod:
      return dy * (y / x);
    case Reduction::l1:
      return x > 0 ? dy : x < 0 ? -dy : 0.0f;
    case Reduction::l2:
      return y == 0 ? 0.0f : dy * (x / y);
    case Reduction::sum_square:
      return dy * (2 * x);
    case Reduction::log_sum:
      return dy / std::exp(y);
    case Reduction::log_sum_exp:
      return x == y ? dy : dy * std::exp(x - y);
  }
  return 0;
}

constexpr bool reads_x(Reduction f) {
  return f == Reduction::prod || f == Reduction::l1 || f == Reduction::l2 ||
         f == Reduction::sum_square || f == Reduction::log_sum_exp;
}
constexpr bool reads_y(Reduction f) {
  return f == Reduction::prod || f == Reduction::l2 || f == Reduction::log_sum ||
         f == Reduction::log_sum_exp;
}
constexpr bool has_winner(Reduction f) { return f == Reduction::max || f == Reduction::min; }

// use(std::integral_constant<Reduction, f>) for the function that is asked for.
template <class Use>
void with_reduction(Reduction function, const Use& use) {
  const auto call = [&]<Reduction kFunction>() {
    if (function == kFunction) use(std::integral_constant<Reduction, kFunction>());
  };
  call.template operator()<Reduction::mean>();
  call.template operator()<Reduction::sum>();
  call.template operator()<Reduction::max>();
  call.template operator()<Reduction::min>();
  call.template operator()<Reduction::prod>();
  call.template operator()<Reduction::l1>();
  call.template operator()<Reduction::l2>();
  call.template operator()<Reduction::sum_square>();
  call.template operator()<Reduction::log_sum>();
  call.template operator()<Reduction::log_sum_exp>();
}

}  // namespace pellucid
