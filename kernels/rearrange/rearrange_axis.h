// rearrange_axis.h: what one axis of a rearrangement does: which place of x an index of y reads, and
// which indices of y read a place of x. Plain integers, the same in host and device code (a constexpr
// function has no other body there).
#pragma once

#include <cstdint>

namespace pellucid {

// What is read beyond the ends of x: a value; the axis mirrored at its first and last place, which are
// not repeated; its first or last place; the axis once more. As the modes of ONNX's Pad.
enum class Outside { constant, reflect, edge, wrap };

// Index i, 0 … extent − 1, of this axis of y reads place start + step·i of x, 0 … from − 1 there, or
// what Outside says of it. Places are `stride` values apart.
struct RearrangeAxis {
  std::int64_t stride;
  int from, extent;
  int start = 0, step = 1;

  constexpr int last() const { return start + step * (extent - 1); }
  // Whether every place that is read is there.
  constexpr bool inside() const {
    return start >= 0 && start < from && last() >= 0 && last() < from;
  }
  // Whether all of x is read along it, in order.
  constexpr bool whole() const { return start == 0 && step == 1 && extent == from; }
};

// i modulo m, 0 … m − 1.
constexpr int modulo(int i, int m) { return i % m < 0 ? i % m + m : i % m; }

// The place that index i reads, −1 for the value.
constexpr int place_of(const RearrangeAxis& a, Outside outside, int i) {
  const int at = a.start + a.step * i;
  if (at >= 0 && at < a.from) return at;
  if (outside == Outside::constant) return -1;
  if (outside == Outside::edge || a.from == 1) return at < 0 ? 0 : a.from - 1;
  if (outside == Outside::wrap) return modulo(at, a.from);
  const int period = 2 * (a.from - 1), in_period = modulo(at, period);
  return in_period < a.from ? in_period : period - in_period;
}

// The indices first, first + step, …, `count` of them.
struct IndexRun {
  int first = 0, step = 1, count = 0;
};
// All indices that read one place, in two runs.
struct Readers {
  IndexRun a, b;
  constexpr int count() const { return a.count + b.count; }
  constexpr int at(int t) const {
    return t < a.count ? a.first + a.step * t : b.first + b.step * (t - a.count);
  }
};

// i ≡ residue (mod period), 0 ≤ i < extent.
constexpr IndexRun congruent(int residue, int period, int extent) {
  const int first = modulo(residue, period);
  return {first, period, first < extent ? (extent - 1 - first) / period + 1 : 0};
}
constexpr IndexRun between(int first, int last, int extent) {
  const int low = first < 0 ? 0 : first, high = last < extent ? last : extent - 1;
  return {low, 1, high < low ? 0 : high - low + 1};
}

// Of an axis that reaches beyond x, and not to a constant, the step is 1 or −1 (rearrange() checks it).
constexpr Readers readers_of(const RearrangeAxis& a, Outside outside, int place) {
  if (a.step == 0) return {{0, 1, place_of(a, outside, 0) == place ? a.extent : 0}, {}};
  const int distance = place - a.start, index = distance / a.step;
  if (outside == Outside::constant || a.inside()) {
    const bool read = distance % a.step == 0 && index >= 0 && index < a.extent;
    return {{index, 1, read ? 1 : 0}, {}};
  }
  if (a.from == 1) return {{0, 1, a.extent}, {}};
  if (outside == Outside::wrap) return {congruent(index, a.from, a.extent), {}};
  if (outside == Outside::edge) {
    // Before `index` of an ascending axis lie smaller places, behind it larger ones.
    const bool lower = place == 0, upper = place == a.from - 1;
    const bool before = a.step > 0 ? lower : upper, behind = a.step > 0 ? upper : lower;
    return {between(before ? 0 : index, behind ? a.extent - 1 : index, a.extent), {}};
  }
  const int period = 2 * (a.from - 1);
  const bool turning = place == 0 || place == a.from - 1;
  return {congruent(index, period, a.extent),
          turning ? IndexRun{} : congruent((-place - a.start) / a.step, period, a.extent)};
}

}  // namespace pellucid
