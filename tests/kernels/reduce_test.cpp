#include "kernels/reduce/reduce.h"

#include <limits>

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct Case {
  int rows;
  std::int64_t cols;
};

std::vector<Case> cases() {
  if (kSmallShapesOnly) return {{2, kReducePart + 35}};
  return {{1, 1},    {3, 2},    {2, 3},    {31, 31},         {33, 32},
          {5, 33},   {64, 63},  {63, 64},  {2, 65},          {127, 127},
          {3, 257},  {2, 1024}, {2, 1025}, {2, kReducePart}, {3, kReducePart + 1},
          {1, 99999}};
}

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

}  // namespace

TEST_CASE("row_sum: every variant equals the reference bit for bit on integers") {
  auto with_many_rows = cases();
  if (!kSmallShapesOnly) with_many_rows.push_back({262145, 3});  // over 65,535 blocks of v2
  each_variant(row_sum_variants(), [&](const auto& run) {
    for (const auto [rows, cols] : with_many_rows) {
      CAPTURE(rows);
      CAPTURE(cols);
      const auto x = random_integers(static_cast<std::size_t>(rows * cols), 1);
      std::vector<float> expected(static_cast<std::size_t>(rows));
      row_sum_reference(x.data(), expected.data(), rows, cols);
      const Tensor dx = Tensor::from_host(stream(), {rows, cols}, x);
      const Tensor y = Tensor::empty(stream(), {rows});
      if (run({dx.data<float>(), y.data<float>(), rows, cols}))
        CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
    }
  });
}

TEST_CASE("row_sum: real values stay within the rounding of a chain of cols additions") {
  const std::int64_t cols = kSmallShapesOnly ? 1100 : 20001;
  const auto x = random_values(static_cast<std::size_t>(2 * cols), 2, 0, 1);
  std::vector<float> expected(2);
  row_sum_reference(x.data(), expected.data(), 2, cols);
  each_variant(row_sum_variants(), [&](const auto& run) {
    const Tensor dx = Tensor::from_host(stream(), {2, cols}, x);
    const Tensor y = Tensor::empty(stream(), {2});
    REQUIRE(run({dx.data<float>(), y.data<float>(), 2, cols}));
    // Positive terms: every addition is off by at most 2^-24 of the sum.
    CHECK_CLOSE(y.to_host<float>(stream()), expected, 0, 6e-8 * static_cast<double>(cols));
  });
}

TEST_CASE("row_sum: a row's bits do not depend on the number of rows; a long row loses little") {
  for (const std::int64_t cols : {std::int64_t{999}, 3 * kReducePart + 77}) {
    const int rows = 5;
    const auto x = random_values(static_cast<std::size_t>(rows * cols), 3, 0.05f, 0.15f);
    const Tensor dx = Tensor::from_host(stream(), {rows, cols}, x);
    const Tensor y = Tensor::empty(stream(), {rows});
    row_sum(stream(), {dx.data<float>(), y.data<float>(), rows, cols});
    const auto together = y.to_host<float>(stream());
    std::vector<float> alone, expected(rows);
    for (int r = 0; r < rows; ++r) {
      row_sum(stream(), {dx.data<float>() + r * cols, y.data<float>(), 1, cols});
      alone.push_back(y.to_host<float>(stream())[0]);
    }
    CHECK_SAME_BITS(together, alone);
    row_sum_reference(x.data(), expected.data(), rows, cols);
    // The default's longest chain is 1024 / 16 additions and a few levels of joining; cpu's is
    // 1024.
    CHECK_CLOSE(together, expected, 0, 1100 * 6e-8);
  }
}

TEST_CASE("row_max: every variant finds the maximum and its first position") {
  each_variant(row_max_variants(), [](const auto& run) {
    for (const auto [rows, cols] : cases()) {
      CAPTURE(rows);
      CAPTURE(cols);
      const auto x = random_integers(static_cast<std::size_t>(rows * cols), 4);  // full of ties
      std::vector<float> expected(static_cast<std::size_t>(rows));
      std::vector<std::int32_t> expected_index(expected.size());
      row_max_reference(x.data(), expected.data(), expected_index.data(), rows, cols);
      const Tensor dx = Tensor::from_host(stream(), {rows, cols}, x);
      const Tensor y = Tensor::empty(stream(), {rows});
      const Tensor index = Tensor::empty(stream(), {rows}, DType::i32);
      const auto at = index.data<std::int32_t>();
      if (!run({dx.data<float>(), y.data<float>(), at, rows, cols})) continue;
      CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
      CHECK_SAME_BITS(index.to_host<std::int32_t>(stream()), expected_index);
      const Tensor only_index = Tensor::zeros(stream(), {rows}, DType::i32);
      run({dx.data<float>(), nullptr, only_index.data<std::int32_t>(), rows, cols});
      CHECK_SAME_BITS(only_index.to_host<std::int32_t>(stream()), expected_index);
      const Tensor only_value = Tensor::zeros(stream(), {rows});
      run({dx.data<float>(), only_value.data<float>(), nullptr, rows, cols});
      CHECK_SAME_BITS(only_value.to_host<float>(stream()), expected);
    }
  });
}

TEST_CASE("row_max: infinities and NaN") {
  // Long enough that the split variant runs, with the peculiar values at the front and at the end.
  const std::int64_t cols = kReducePart + 100;
  const auto filled = [&](float front, float rest, float back) {
    std::vector<float> row(static_cast<std::size_t>(cols), rest);
    row.front() = front, row.back() = back;
    return row;
  };
  std::vector<float> x;
  for (const auto& row :
       {filled(kNan, 1, 2), filled(kNan, kNan, -3), filled(kNan, kNan, kNan),
        filled(-kInfinity, -kInfinity, -kInfinity), filled(0, -1, kInfinity), filled(-5, -4, -4)})
    x.insert(x.end(), row.begin(), row.end());
  const auto last = static_cast<std::int32_t>(cols - 1);
  const Tensor dx = Tensor::from_host(stream(), {6, cols}, x);
  each_variant(row_max_variants(), [&](const auto& run) {
    const Tensor y = Tensor::empty(stream(), {6});
    const Tensor index = Tensor::empty(stream(), {6}, DType::i32);
    REQUIRE(run({dx.data<float>(), y.data<float>(), index.data<std::int32_t>(), 6, cols}));
    CHECK_EQ(y.to_host<float>(stream()),
             std::vector<float>{2, -3, -kInfinity, -kInfinity, kInfinity, -4});
    CHECK_EQ(index.to_host<std::int32_t>(stream()),
             std::vector<std::int32_t>{last, last, 0, 0, last, 1});
  });
}

TEST_CASE("reduce: empty rows are errors") {
  float value = 0;
  CHECK_THROWS_WITH_AS(row_sum(stream(), {&value, &value, 0, 4}),
                       "row_sum: rows and cols must be at least 1, got 0 and 4", Error);
  CHECK_THROWS_WITH_AS(row_max(stream(), {&value, &value, nullptr, 1, 0}),
                       "row_max: rows and cols must be at least 1, got 1 and 0", Error);
  CHECK_THROWS_WITH_AS(row_max(stream(), {&value, nullptr, nullptr, 1, 1}),
                       "row_max: both outputs are null", Error);
  CHECK_THROWS_AS(row_max(stream(), {&value, &value, nullptr, 1, std::int64_t{1} << 31}), Error);
}
