// matmul.h: a batch of matrix products, either factor as it lies in memory or transposed.
//
//   c[i] = op(a[i]) · op(b[i mod b_count]),   i = 0 … batch − 1
//   op(a): (m, k), which lies as (m, k) or, transpose_a, as (k, m)
//   op(b): (k, n), which lies as (k, n) or, transpose_b, as (n, k)
//
// fp32, row-major, c: (batch, m, n). The derivatives are the same operator: da = dc · bᵀ, db = aᵀ · dc.
// Sums are over k upwards in an order that depends on m, n and k alone.
#pragma once

#include "kernels/variant.h"

namespace pellucid {

struct MatmulArgs {
  int batch, m, n, k;
  const float* a;  // (batch, m, k) or (batch, k, m)
  const float* b;  // (b_count, k, n) or (b_count, n, k)
  float* c;        // (batch, m, n)
  int b_count;     // the matrices of b, of which a shorter b is read again and again
  bool transpose_a = false, transpose_b = false;
};

// Throws Error for an extent < 1.
void matmul(Stream& stream, const MatmulArgs& args);

const VariantTable<MatmulArgs>& matmul_variants();

// The specification and the tests' oracle: plain loops, accumulating in double. T: float or double.
template <class T>
void matmul_reference(int batch, int m, int n, int k, const T* a, const T* b, T* c, int b_count,
                      bool transpose_a, bool transpose_b);

Cost matmul_cost(const MatmulArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(matmul_v1_naive, MatmulArgs)
PELLUCID_DECLARE_KERNEL(matmul_v2_tiled, MatmulArgs)
namespace pellucid::cpu {
void matmul(Stream& stream, const MatmulArgs& args);
}  // namespace pellucid::cpu
