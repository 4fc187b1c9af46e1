#include "kernels/rearrange/rearrange.h"

#include <algorithm>
#include <cstdlib>

#include "kernels/rearrange/rearrange_fit.h"

namespace pellucid {
namespace {

bool in_range(std::int64_t place) { return std::abs(place) <= kRearrangeMostPlaces; }

void check_axes(const char* function, const RearrangeShape& s) {
  require(s.rank >= 1 && s.rank <= kRearrangeAxes, function, ": expected 1 to ", kRearrangeAxes,
          " axes, got ", s.rank);
  for (int k = 0; k < s.rank; ++k) {
    const RearrangeAxis& a = s.axes[k];
    const std::int64_t last = a.start + std::int64_t{a.step} * (a.extent - 1);
    require(a.from >= 1 && a.extent >= 1, function, ": axis ", k,
            ": extents must be at least 1, got ", a.from, " of x and ", a.extent, " of y");
    require(in_range(a.from) && in_range(a.extent) && in_range(a.start) && in_range(last), function,
            ": axis ", k, ": a place may be 2^30, got extents ", a.from, " and ", a.extent,
            ", places ", a.start, " to ", last);
    require(s.outside == Outside::constant || a.inside() || std::abs(a.step) <= 1, function,
            ": axis ", k, ": beyond x only a constant is read by steps of ", a.step,
            ", other modes by 1, -1 and 0");
  }
}

// Whether `a` and, inside it, `b` are one axis of x and of y.
bool joins(const RearrangeAxis& a, const RearrangeAxis& b, Outside outside) {
  const auto fits = [&](int places) { return in_range(std::int64_t{places} * b.from); };
  return b.whole() && a.stride == b.stride * b.from && (a.step == 1 || a.extent == 1) &&
         (outside == Outside::constant || a.inside()) && fits(a.from) && fits(a.extent) &&
         fits(a.start) && fits(a.start + a.extent);
}

}  // namespace

std::int64_t RearrangeShape::values_of_x() const {
  std::int64_t count = 1;
  for (int k = 0; k < rank; ++k) count *= axes[k].from;
  return count;
}
std::int64_t RearrangeShape::values_of_y() const {
  std::int64_t count = 1;
  for (int k = 0; k < rank; ++k) count *= axes[k].extent;
  return count;
}

RearrangeShape rearrange_shape(std::int64_t n, const Rearrangement& r) {
  const std::size_t rank = r.view.size();
  require(rank >= 1 && rank < kRearrangeAxes, "rearrange: a view has 1 to ", kRearrangeAxes - 1,
          " axes, got ", rank);
  for (const auto* list : {&r.order, &r.start, &r.step, &r.extent})
    require(list->size() == rank, "rearrange: every list has ", rank, " numbers as the view, got ",
            list->size());
  std::vector<std::int64_t> strides(rank, 1);
  std::int64_t values = 1;  // of an image
  for (std::size_t k = rank; k-- > 0; values *= r.view[k]) {
    strides[k] = values;
    require(r.view[k] >= 1 && values <= kRearrangeMostPlaces / r.view[k],
            "rearrange: an image has 1 to 2^30 values, got an extent of ", r.view[k], " times ",
            values);
  }
  require(n >= 1 && n <= kRearrangeMostPlaces, "rearrange: 1 to 2^30 images, got ", n);
  RearrangeShape s{.rank = static_cast<int>(rank) + 1, .outside = r.outside, .value = r.value};
  s.axes[0] = {values, static_cast<int>(n), static_cast<int>(n)};
  std::vector<bool> taken(rank);
  for (std::size_t k = 0; k < rank; ++k) {
    const auto of = static_cast<std::size_t>(r.order[k]);
    require(of < rank && !taken[of], "rearrange: an order is a permutation of the ", rank,
            " axes, got ", r.order[k], of < rank ? " twice" : "");
    taken[of] = true;
    s.axes[k + 1] = {strides[of], r.view[of], r.extent[k], r.start[k], r.step[k]};
  }
  check_axes("rearrange", s);
  return s;
}

RearrangeShape simplified(const RearrangeShape& shape) {
  RearrangeShape s = shape;
  s.rank = 0;
  for (int k = 0; k < shape.rank; ++k) {
    const RearrangeAxis& next = shape.axes[k];
    if (next.from == 1 && next.extent == 1 && next.inside()) continue;
    if (s.rank > 0 && joins(s.axes[s.rank - 1], next, shape.outside)) {
      RearrangeAxis& a = s.axes[s.rank - 1];
      a = {next.stride, a.from * next.from, a.extent * next.from, a.start * next.from, 1};
    } else {
      s.axes[s.rank++] = next;
    }
  }
  if (s.rank == 0) s.axes[s.rank++] = {1, 1, 1};
  return s;
}

std::optional<RearrangeShape> adjoint_of(const RearrangeShape& shape) {
  RearrangeShape s = shape;
  s.outside = Outside::constant;
  s.value = 0;
  std::int64_t stride = 1;
  for (int k = shape.rank - 1; k >= 0; --k) {
    RearrangeAxis& a = s.axes[k];
    const int step = a.extent == 1 ? 1 : a.step;
    if (std::abs(step) != 1 || (shape.outside != Outside::constant && !a.inside())) return {};
    a = {stride, a.extent, a.from, -a.start * step, step};
    stride *= a.from;
  }
  // The axes of dx in the order of its memory.
  std::vector<int> order;
  for (int k = 0; k < shape.rank; ++k) order.push_back(k);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return shape.axes[a].stride > shape.axes[b].stride; });
  RearrangeShape sorted = s;
  for (int k = 0; k < shape.rank; ++k) sorted.axes[k] = s.axes[order[static_cast<std::size_t>(k)]];
  return sorted;
}

const VariantTable<RearrangeArgs>& rearrange_variants() {
  static const VariantTable<RearrangeArgs> table{
      PELLUCID_KERNEL(rearrange_v2_vector,
                      [](const RearrangeArgs& a) { return rearrange_pack(a) > 0; }),
      PELLUCID_KERNEL(rearrange_v4_runs,
                      [](const RearrangeArgs& a) { return rearrange_run(a.shape) >= 0; }),
      PELLUCID_KERNEL(rearrange_v3_tiled,
                      [](const RearrangeArgs& a) { return rearrange_across(a.shape) >= 0; }),
      PELLUCID_KERNEL(rearrange_v1_naive),
      {"rearrange_cpu", cpu::rearrange},
  };
  return table;
}
const VariantTable<RearrangeBackwardArgs>& rearrange_backward_variants() {
  constexpr auto broadcasts = [](const RearrangeBackwardArgs& a) {
    return keeps_rows(a) && has_many_readers(a);
  };
  static const VariantTable<RearrangeBackwardArgs> table{
      PELLUCID_KERNEL(rearrange_backward_v3_split, broadcasts),
      PELLUCID_KERNEL(rearrange_backward_v2_vector, keeps_rows),
      PELLUCID_KERNEL(rearrange_backward_v1_naive),
      {"rearrange_backward_cpu", cpu::rearrange_backward},
  };
  return table;
}

void rearrange(Stream& stream, const RearrangeArgs& args) {
  check_axes("rearrange", args.shape);
  run_default(rearrange_variants(), stream, {args.x, args.y, simplified(args.shape)});
}

void rearrange_backward(Stream& stream, const RearrangeBackwardArgs& args) {
  check_axes("rearrange_backward", args.shape);
  const RearrangeShape shape = simplified(args.shape);
  if (const auto adjoint = adjoint_of(shape)) rearrange(stream, {args.dy, args.dx, *adjoint});
  else run_default(rearrange_backward_variants(), stream, {args.dy, args.dx, shape});
}

// What is read of x is at most as much as is written.
Cost rearrange_cost(const RearrangeArgs& a) {
  std::int64_t read = 1;
  for (int k = 0; k < a.shape.rank; ++k)
    read *= std::min(a.shape.axes[k].from, a.shape.axes[k].extent);
  return {.flops = 0, .bytes = 4.0 * static_cast<double>(read + a.shape.values_of_y())};
}

Cost rearrange_backward_cost(const RearrangeBackwardArgs& a) {
  const auto dy = static_cast<double>(a.shape.values_of_y());
  return {.flops = dy, .bytes = 4 * (dy + static_cast<double>(a.shape.values_of_x()))};
}

}  // namespace pellucid
