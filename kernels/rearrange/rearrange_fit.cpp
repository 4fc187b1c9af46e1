#include "kernels/rearrange/rearrange_fit.h"

#include "kernels/alignment.h"

namespace pellucid {
namespace {

const RearrangeAxis& innermost(const RearrangeShape& shape) { return shape.axes[shape.rank - 1]; }

}  // namespace

int rearrange_pack(const RearrangeArgs& a) {
  constexpr std::int64_t kMostRows = (std::int64_t{1} << 31) - 1;
  const RearrangeShape& s = a.shape;
  const RearrangeAxis& last = innermost(s);
  if (last.stride != 1 || last.step != 1 || s.values_of_y() / last.extent > kMostRows) return 0;
  for (const int width : {4, 2}) {
    bool fits = s.outside == Outside::constant || last.inside();
    for (const int places : {last.start, last.extent, last.from})
      fits = fits && places % width == 0;
    for (int k = 0; k < s.rank - 1; ++k) fits = fits && s.axes[k].stride % width == 0;
    if (fits && aligned16({a.x, a.y})) return width;
  }
  return 1;
}

int rearrange_across(const RearrangeShape& s) {
  constexpr int kLeast = 8;
  const RearrangeAxis& last = innermost(s);
  if (last.extent < kLeast || !last.inside()) return -1;
  for (int k = 0; k < s.rank - 1; ++k) {
    const RearrangeAxis& axis = s.axes[k];
    if (axis.stride == 1 && axis.step == 1 && axis.inside() && axis.extent >= kLeast) return k;
  }
  return -1;
}

int rearrange_run(const RearrangeShape& s) {
  std::int64_t values = 1,
               reach = 1;  // what the axes take of y, and from their first to last place of x
  int found = -1;
  for (int k = s.rank - 1; k >= 0; --k) {
    const RearrangeAxis& axis = s.axes[k];
    if (!axis.whole()) break;
    values *= axis.extent;
    reach += axis.stride * (axis.extent - 1);
    if (values > kRearrangeRun) break;
    if (values == reach && k < s.rank - 1) found = k;
  }
  return found;
}

bool keeps_rows(const RearrangeBackwardArgs& a) {
  const RearrangeAxis& last = innermost(a.shape);
  return last.whole() && last.stride == 1;
}

bool has_many_readers(const RearrangeBackwardArgs& a) {
  constexpr int kMany = 64;
  std::int64_t readers = 1;
  for (int k = 0; k < a.shape.rank; ++k)
    if (a.shape.axes[k].step == 0) readers *= a.shape.axes[k].extent;
  return readers >= kMany;
}

}  // namespace pellucid
