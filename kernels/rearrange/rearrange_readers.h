// rearrange_readers.h: the values of y that read one of x, in the order of y's memory: for the kernels
// and the cpu, which so add alike. The same in host and device code. Its loops have constant lengths, so that a
// thread holds it in registers.
#pragma once

#include "kernels/rearrange/rearrange.h"

namespace pellucid {

// for (RearrangeReaders r(shape, axes, at); r.any(); r.next()) sum += dy[r.index()];
class RearrangeReaders {
 public:
  // Of value `at` of x, along the outer `axes` axes of y; index() is that of the first value along the others.
  constexpr RearrangeReaders(const RearrangeShape& shape, int axes, std::int64_t at) : axes_(axes) {
    std::int64_t stride = 1;
    for (int k = kRearrangeAxes - 1; k >= 0; --k) {
      if (k >= shape.rank) continue;
      const RearrangeAxis& a = shape.axes[k];
      if (k < axes) {
        of_[k] = readers_of(a, shape.outside, static_cast<int>(at / a.stride % a.from));
        stride_[k] = stride;
        turn_[k] = 0;
        any_ = any_ && of_[k].count() > 0;
        if (any_) index_ += stride * of_[k].at(0);
      }
      stride *= a.extent;
    }
  }
  constexpr bool any() const { return any_; }
  constexpr std::int64_t index() const { return index_; }
  // How many there are, and reader t of them.
  constexpr std::int64_t count() const {
    std::int64_t count = 1;
    for (int k = 0; k < kRearrangeAxes; ++k)
      if (k < axes_) count *= of_[k].count();
    return count;
  }
  constexpr std::int64_t index(std::int64_t t) const {
    std::int64_t index = 0;
    for (int k = kRearrangeAxes - 1; k >= 0; --k) {
      if (k >= axes_) continue;
      const int turns = of_[k].count();
      index += stride_[k] * of_[k].at(static_cast<int>(t % turns));
      t /= turns;
    }
    return index;
  }
  constexpr void next() {
    for (int k = kRearrangeAxes - 1; k >= 0; --k) {
      if (k >= axes_) continue;
      const int before = of_[k].at(turn_[k]), turn = turn_[k] + 1;
      turn_[k] = turn < of_[k].count() ? turn : 0;
      index_ += stride_[k] * (of_[k].at(turn_[k]) - before);
      if (turn_[k] > 0) return;
    }
    any_ = false;
  }

 private:
  Readers of_[kRearrangeAxes] = {};
  std::int64_t stride_[kRearrangeAxes] = {}, index_ = 0;
  int turn_[kRearrangeAxes] = {};
  int axes_;
  bool any_ = true;
};

}  // namespace pellucid
