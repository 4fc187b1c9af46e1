#include "kernels/transpose/transpose.h"

namespace pellucid {

void transpose_reference(const TransposeArgs& a) {
  for (std::int64_t n = 0; n < a.n; ++n)
    for (std::int64_t r = 0; r < a.rows; ++r)
      for (std::int64_t c = 0; c < a.cols; ++c)
        a.y[(n * a.cols + c) * a.rows + r] = a.x[(n * a.rows + r) * a.cols + c];
}

}  // namespace pellucid
