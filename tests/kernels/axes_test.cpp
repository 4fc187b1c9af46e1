#include "kernels/axes.h"

#include <doctest/doctest.h>

#include <vector>

using namespace pellucid;

namespace {

struct Offsets {
  std::int64_t value, parameter;
  bool operator==(const Offsets&) const = default;
};

// Of every value in the order (n …, kept …), which is the order of results, then reduced: by the axes one by
// one.
std::vector<Offsets> by_axes(const std::vector<Axis>& axes) {
  std::int64_t count = 1, kept = 1;
  for (const Axis& axis : axes) count *= axis.extent, kept *= axis.reduced ? 1 : axis.extent;
  std::vector<Offsets> offsets(static_cast<std::size_t>(count), Offsets{-1, -1});
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t rest = i, result = 0, position = 0, parameter = 0;
    std::int64_t result_step = 1, position_step = 1, parameter_step = 1;
    for (std::size_t a = axes.size(); a-- > 0; rest /= axes[a].extent) {
      const std::int64_t at = rest % axes[a].extent;
      (axes[a].reduced ? position : result) += at * (axes[a].reduced ? position_step : result_step);
      (axes[a].reduced ? position_step : result_step) *= axes[a].extent;
      if (!axes[a].has_parameter) continue;
      parameter += at * parameter_step;
      parameter_step *= axes[a].extent;
    }
    offsets[static_cast<std::size_t>(result * (count / kept) + position)] = {i, parameter};
  }
  return offsets;
}

std::vector<Offsets> by_shape(const MergedAxes& merged) {
  const AxesShape& s = merged.shape;
  std::vector<Offsets> offsets;
  for (std::int64_t i = 0; i < s.results(); ++i)
    for (int p = 0; p < s.positions(); ++p) {
      const std::int64_t group = i / s.columns(), column = i % s.columns();
      offsets.push_back({s.base(group) + s.offset(p) + column, merged.parameter.base(s, group) +
                                                                   column * merged.parameter.k[2] +
                                                                   merged.parameter.offset(s, p)});
    }
  return offsets;
}

}  // namespace

TEST_CASE("merged axes: every value, result and parameter where the axes one by one have it") {
  const std::vector<std::int64_t> extents{2, 3, 1, 2, 3, 2};
  int fitting = 0;
  for (int reduced = 0; reduced < 64; ++reduced)
    for (const int parameter : {0, 0b000001, 0b000110, 0b110000, 0b011011, 0b111111}) {
      std::vector<Axis> axes{{2, false}};
      for (std::size_t a = 0; a < extents.size(); ++a)
        axes.push_back({extents[a], (reduced >> a & 1) != 0, (parameter >> a & 1) != 0});
      const auto merged = merge_axes(axes);
      if (!merged) continue;
      ++fitting;
      CAPTURE(reduced);
      CAPTURE(parameter);
      CHECK(by_shape(*merged) == by_axes(axes));
    }
  CHECK(fitting >= 300);
}

TEST_CASE("merged axes: neighbours are one axis, and what alternates too often is nothing") {
  const auto layer = merge_axes(std::vector<Axis>{{8, false}, {7, false}, {7, false}, {96, true}});
  REQUIRE(layer);
  CHECK(layer->shape.n == 8 * 49);
  CHECK(layer->shape.positions() == 96);
  CHECK(layer->shape.columns() == 1);
  const auto instance =
      merge_axes(std::vector<Axis>{{8, false}, {7, true}, {7, true}, {96, false}});
  REQUIRE(instance);
  CHECK(instance->shape.n == 8);
  CHECK(instance->shape.r[2] == 49);
  CHECK(instance->shape.columns() == 96);
  CHECK_FALSE(merge_axes(std::vector<Axis>{
      {2, true}, {2, false}, {2, true}, {2, false}, {2, true}, {2, false}, {2, true}}));
  CHECK_FALSE(merge_axes(std::vector<Axis>{{1 << 16, true}, {1 << 16, true}}));
  CHECK_FALSE(merge_axes(std::vector<Axis>{{1 << 16, true}, {2, false}, {1 << 16, true}}));
}
