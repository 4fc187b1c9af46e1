// axes.h: an array some of whose axes are reduced, as kernels see it. Neighbouring axes that are treated
// alike are one axis, so that at most three reduced ones are left, each followed by kept ones:
//
//   x (n, r0, k0, r1, k1, r2, k2), row-major, with r reduced, n and k kept; any extent may be 1
//
// A group is everything of one (n, k0, k1), a column one value of k2 in it, and a position one
// (r0, r1, r2): a reduction gives one result, (n, k0, k1, k2), of all positions of a column. So the mean of
// each channel of a picture is n = N, r2 = H·W, k2 = C; of each pixel n = N·H·W, r2 = C.
//
// Plain integers, the same in host and device code (a constexpr function has no other body there).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace pellucid {

struct AxesShape {
  std::int64_t n = 1;
  int r[3] = {1, 1, 1}, k[3] = {1, 1, 1};

  constexpr std::int64_t groups() const { return n * k[0] * k[1]; }
  constexpr int columns() const { return k[2]; }
  constexpr int positions() const { return r[0] * r[1] * r[2]; }
  constexpr std::int64_t results() const { return groups() * k[2]; }
  constexpr std::int64_t elements() const { return results() * positions(); }

  // Steps in memory of r1 and k0, of which the others are made.
  constexpr std::int64_t inner() const { return std::int64_t{r[2]} * k[2]; }
  constexpr std::int64_t middle() const { return inner() * k[1] * r[1]; }

  // Of a group's first element.
  constexpr std::int64_t base(std::int64_t group) const {
    const std::int64_t outer = group / k[1], i1 = group % k[1];
    const std::int64_t i0 = outer % k[0], in = outer / k[0];
    return (in * r[0] * k[0] + i0) * middle() + i1 * inner();
  }
  // From there to a position, in column 0.
  constexpr std::int64_t offset(int position) const {
    if (r[0] == 1 && r[1] == 1) return std::int64_t{position} * k[2];
    const int rest = position / r[2];
    return offset(rest / r[1], rest % r[1], position % r[2]);
  }
  constexpr std::int64_t offset(int j0, int j1, int j2) const {
    return (std::int64_t{j0} * k[0]) * middle() + (std::int64_t{j1} * k[1]) * inner() +
           std::int64_t{j2} * k[2];
  }
};

// Whether a group is worth several blocks on a GPU: a function of its own shape, so that the choice changes no
// bits with the batch.
constexpr bool has_long_groups(const AxesShape& s) {
  const int width = s.columns() < 32 ? s.columns() : 32;
  return s.positions() > 32768 / width;
}

// Where a parameter of fewer axes than x lies: the step of each axis, 0 where it has none.
struct AxesSteps {
  int r[3] = {}, k[3] = {};

  constexpr std::int64_t base(const AxesShape& s, std::int64_t group) const {
    return (group / s.k[1]) % s.k[0] * k[0] + group % s.k[1] * k[1];
  }
  constexpr std::int64_t offset(const AxesShape& s, int position) const {
    if (s.r[0] == 1 && s.r[1] == 1) return std::int64_t{position} * r[2];
    const int rest = position / s.r[2];
    return offset(rest / s.r[1], rest % s.r[1], position % s.r[2]);
  }
  constexpr std::int64_t offset(int j0, int j1, int j2) const {
    return std::int64_t{j0} * r[0] + std::int64_t{j1} * r[1] + std::int64_t{j2} * r[2];
  }
};

struct Axis {
  std::int64_t extent;
  bool reduced;
  bool has_parameter = false;  // whether a parameter varies along it
};

struct MergedAxes {
  AxesShape shape;
  AxesSteps parameter;
};

// So that a thread may step past the last position.
constexpr int kMostPositions = 1 << 30;

// Nothing if the axes alternate more often than a shape holds, if the reduced axes together have more than
// kMostPositions, or a kept one or the parameter 2^31 or more. At most 7 axes of extents ≥ 1.
std::optional<MergedAxes> merge_axes(std::span<const Axis> axes);

// Throws Error, beginning with `name`, for an extent < 1 or more than kMostPositions.
void check_axes(const char* name, const AxesShape& shape);

}  // namespace pellucid
