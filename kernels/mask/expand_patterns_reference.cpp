#include "kernels/mask/expand_patterns.h"

namespace pellucid {

void expand_patterns_reference(const ExpandPatternsArgs& a) {
  float* y = a.y;
  for (int n = a.first_mask; n < a.first_mask + a.n; ++n)
    for (int i = 0; i < a.h / a.pool; ++i)
      for (int j = 0; j < a.w / a.pool; ++j)
        for (int c = 0; c < a.c; ++c, ++y)
          for (int o = 0; o < a.pool * a.pool; ++o) {
            const PatternPlace& place =
                a.patterns.places[(i * a.pool + o / a.pool) * a.w + j * a.pool + o % a.pool];
            const std::int64_t row =
                place.first + a.patterns.pattern_of_mask[place.patterns_at + n];
            const float value = a.x[row * a.c + c];
            if (o == 0 || value > *y || value != value) *y = value;
          }
}

}  // namespace pellucid
