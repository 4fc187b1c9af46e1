#include "kernels/transpose/transpose.h"

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE("transpose: every variant moves every value") {
  struct Case {
    int n, rows, cols;
  };
  const std::vector<Case> cases =
      kSmallShapesOnly
          ? std::vector<Case>{{2, 35, 33}, {2, 130, 14}}
          : std::vector<Case>{{1, 1, 1},    {3, 1, 5},    {2, 7, 1},   {1, 31, 33}, {2, 32, 32},
                              {1, 65, 127}, {3, 196, 14}, {1, 2, 257}, {2, 300, 17}};
  each_variant(transpose_variants(), [&](const auto& run) {
    for (const Case& c : cases) {
      CAPTURE(c.rows);
      CAPTURE(c.cols);
      const auto x = random_values(std::size_t(c.n) * c.rows * c.cols, 1);
      std::vector<float> expected(x.size());
      transpose_reference({x.data(), expected.data(), c.n, c.rows, c.cols});
      const Tensor dx = Tensor::from_host(stream(), {c.n, c.rows, c.cols}, x);
      const Tensor y = Tensor::empty(stream(), {c.n, c.cols, c.rows});
      if (!run({dx.data<float>(), y.data<float>(), c.n, c.rows, c.cols})) {
        CHECK(c.cols > 32);  // which v3 does not take
        continue;
      }
      CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
    }
  });
}

TEST_CASE("transpose: more matrices than a grid has blocks are an error") {
  CHECK_THROWS_WITH_AS(transpose(stream(), {nullptr, nullptr, 65536, 2, 2}),
                       doctest::Contains("got 65536 of 2 × 2"), Error);
  CHECK_THROWS_AS(transpose(stream(), {nullptr, nullptr, 1, 0, 2}), Error);
}
