// panels.h: the two panels of an overlay: the image, and the image under its map.
#pragma once

#include <algorithm>
#include <vector>

#include "explain/picture/canvas.h"
#include "explain/picture/picture.h"

namespace pellucid {

inline constexpr Rgb kFrame{96, 96, 100};

// How a value is laid over the image: weak evidence leaves it to be seen, strong evidence still
// lets its texture through.
struct Tint {
  Rgb colour;
  double opacity = 0;
};

// Of values in [0, 1], or of signed ones in [−1, 1].
class Tints {
 public:
  // Made once each.
  static const Tints& of(bool is_signed);

  const Tint& operator()(double value) const {
    const double place = (std::clamp(value, low_, 1.0) - low_) / (1 - low_);
    return table_[static_cast<std::size_t>(static_cast<int>(place * kLevels + 0.5))];
  }
  double low() const { return low_; }

 private:
  explicit Tints(bool is_signed);
  static constexpr int kLevels = 1024;
  double low_;
  std::vector<Tint> table_;
};

// With their top left corners at (left, top) and (right, top), each enlarged `scale` times.
void draw_panels(Canvas& canvas, const Overlay& overlay, const Tints& tint_of, int left, int right,
                 int top, int scale);

}  // namespace pellucid
