#include "kernels/linear/matmul.h"

namespace pellucid {

template <class T>
void matmul_reference(int batch, int m, int n, int k, const T* a, const T* b, T* c, int b_count,
                      bool transpose_a, bool transpose_b) {
  const std::int64_t of_a = std::int64_t{m} * k, of_b = std::int64_t{k} * n;
  for (int i = 0; i < batch; ++i) {
    const T *left = a + i * of_a, *right = b + i % b_count * of_b;
    for (std::int64_t row = 0; row < m; ++row)
      for (std::int64_t column = 0; column < n; ++column) {
        double sum = 0;
        for (std::int64_t j = 0; j < k; ++j)
          sum += double{left[transpose_a ? j * m + row : row * k + j]} *
                 right[transpose_b ? column * k + j : j * n + column];
        *c++ = static_cast<T>(sum);
      }
  }
}

template void matmul_reference(int, int, int, int, const float*, const float*, float*, int, bool,
                               bool);
template void matmul_reference(int, int, int, int, const double*, const double*, double*, int, bool,
                               bool);

}  // namespace pellucid
