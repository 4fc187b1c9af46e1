#include "kernels/linear/matmul.h"

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct Case {
  int batch, m, n, k, b_count;
};

std::vector<Case> cases() {
  if (kSmallShapesOnly) return {{3, 5, 7, 9, 3}};
  return {{1, 1, 1, 1, 1},     {3, 1, 2, 3, 3},     {6, 2, 3, 1, 2},    {2, 31, 32, 33, 2},
          {2, 63, 64, 65, 1},  {1, 65, 130, 17, 1}, {4, 4, 8, 4, 2},    {1, 127, 3, 257, 1},
          {70001, 1, 2, 3, 7}, {2, 3, 600, 5, 2},   {3, 64, 64, 64, 3}, {2, 130, 66, 2, 2}};
}

}  // namespace

TEST_CASE("matmul: every variant equals the reference bit for bit on integers") {
  each_variant(matmul_variants(), [](const auto& run) {
    for (const auto& [batch, m, n, k, b_count] : cases())
      for (const bool transpose_a : {false, true})
        for (const bool transpose_b : {false, true}) {
          // Over 65,535 blocks, which take the emulator long.
          if (batch > 65535 && (transpose_a || transpose_b)) continue;
          CAPTURE(batch);
          CAPTURE(m);
          CAPTURE(n);
          CAPTURE(k);
          CAPTURE(transpose_a);
          CAPTURE(transpose_b);
          const auto a = random_integers(std::size_t(batch) * m * k, 1),
                     b = random_integers(std::size_t(b_count) * n * k, 2);
          std::vector<float> expected(std::size_t(batch) * m * n);
          matmul_reference(batch, m, n, k, a.data(), b.data(), expected.data(), b_count,
                           transpose_a, transpose_b);
          const Tensor ta = Tensor::from_host(stream(), {batch, m, k}, a),
                       tb = Tensor::from_host(stream(), {b_count, k, n}, b),
                       tc = Tensor::empty(stream(), {batch, m, n});
          if (run({batch, m, n, k, ta.data<float>(), tb.data<float>(), tc.data<float>(), b_count,
                   transpose_a, transpose_b}))
            CHECK_SAME_BITS(tc.to_host<float>(stream()), expected);
        }
  });
}

TEST_CASE("matmul: a row's bits do not depend on the rows and products beside it") {
  const int m = 7, n = 70, k = 129;
  const auto a = random_values(std::size_t(2) * m * k, 3), b = random_values(std::size_t(k) * n, 4);
  each_variant(matmul_variants(), [&](const auto& run) {
    const Tensor ta = Tensor::from_host(stream(), {2, m, k}, a),
                 tb = Tensor::from_host(stream(), {k, n}, b),
                 all = Tensor::empty(stream(), {2, m, n}), one = Tensor::empty(stream(), {1, n});
    for (const bool transpose_b : {false, true}) {
      if (!run({2, m, n, k, ta.data<float>(), tb.data<float>(), all.data<float>(), 1, false,
                transpose_b}))
        continue;
      run({1, 1, n, k, ta.data<float>() + (m + 3) * k, tb.data<float>(), one.data<float>(), 1,
           false, transpose_b});
      const auto together = all.to_host<float>(stream());
      CHECK_SAME_BITS(
          std::vector<float>(together.begin() + (m + 3) * n, together.begin() + (m + 4) * n),
          one.to_host<float>(stream()));
    }
  });
}
