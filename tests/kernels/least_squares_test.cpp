#include "kernels/least_squares/least_squares.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

constexpr double kRounding = 0x1p-53;

std::vector<double> to_double(const std::vector<float>& values) {
  return {values.begin(), values.end()};
}

double greatest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double greatest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(a[i] - b[i]);
    if (!(difference <= greatest)) greatest = difference;  // keeps a NaN
  }
  return greatest;
}

struct GramCase {
  int features, columns;
  std::int64_t rows;
};

std::vector<GramCase> gram_cases() {
  if (kSmallShapesOnly) return {{33, 2, 140}};
  std::vector<GramCase> cases;
  for (const int features : {1, 2, 31, 32, 33, 63, 64, 65, 127})
    for (const int columns : {1, 3})
      for (const std::int64_t rows : {1, 2, 33, 1000}) cases.push_back({features, columns, rows});
  cases.push_back({5, 40, 129});    // more targets than a panel holds
  cases.push_back({257, 1, 1025});  // long parts
  return cases;
}

std::vector<std::uint32_t> random_rows(const GramCase& c, std::uint64_t stream_number) {
  const int words = (c.features + 31) / 32;
  std::vector<std::uint32_t> bits;
  for (std::int64_t n = 0; n < c.rows; ++n)
    for (int w = 0; w < words; ++w) {
      const int used = std::min(32, c.features - 32 * w);
      const std::uint32_t mask = used == 32 ? ~0u : (1u << used) - 1;
      const auto at = static_cast<std::uint64_t>(n * words + w);
      bits.push_back(random_bits({3, stream_number}, at) & mask);
    }
  return bits;
}

struct Sums {
  std::vector<double> gram, rhs, totals;
};

Sums reference_sums(const GramCase& c, const std::vector<std::uint32_t>& bits,
                    const std::vector<double>& w, const std::vector<double>& y) {
  const auto m = static_cast<std::size_t>(c.features), d = static_cast<std::size_t>(c.columns);
  Sums sums{std::vector<double>(m * m), std::vector<double>(m * d), std::vector<double>(1 + 2 * d)};
  weighted_gram_reference({bits.data(), w.data(), y.data(), sums.gram.data(), sums.rhs.data(),
                           sums.totals.data(), c.features, c.columns, c.rows});
  return sums;
}

// Nothing if the variant does not take the case.
template <class Run>
Sums device_sums(const Run& run, const GramCase& c, const std::vector<std::uint32_t>& bits,
                 const std::vector<double>& w, const std::vector<double>& y) {
  const int words = (c.features + 31) / 32;
  const Tensor db = Tensor::from_host(stream(), {c.rows, words}, bits);
  const Tensor dw = Tensor::from_host(stream(), {c.rows}, w);
  const Tensor dy = Tensor::from_host(stream(), {c.rows, c.columns}, y);
  const Tensor gram = Tensor::empty(stream(), {c.features, c.features}, DType::f64);
  const Tensor rhs = Tensor::empty(stream(), {c.features, c.columns}, DType::f64);
  const Tensor totals = Tensor::empty(stream(), {1 + 2 * c.columns}, DType::f64);
  if (!run({db.data<std::uint32_t>(), dw.data<double>(), dy.data<double>(), gram.data<double>(),
            rhs.data<double>(), totals.data<double>(), c.features, c.columns, c.rows}))
    return {};
  return {gram.to_host<double>(stream()), rhs.to_host<double>(stream()),
          totals.to_host<double>(stream())};
}

struct Solved {
  std::vector<double> x;
  std::int32_t failed = -1;
};

template <class Run>
Solved device_solve(const Run& run, const std::vector<double>& a, const std::vector<double>& b,
                    int n, int columns) {
  const Tensor da = Tensor::from_host(stream(), {n, n}, a);
  const Tensor db = Tensor::from_host(stream(), {n, columns}, b);
  const Tensor failed = Tensor::from_host(stream(), {1}, std::vector<std::int32_t>{77});
  if (!run({da.data<double>(), db.data<double>(), failed.data<std::int32_t>(), n, columns}))
    return {};
  return {db.to_host<double>(stream()), failed.to_host<std::int32_t>(stream())[0]};
}

std::vector<double> product(const std::vector<double>& a, const std::vector<double>& x, int n,
                            int columns) {
  std::vector<double> b(x.size());
  const auto size = static_cast<std::size_t>(n), d = static_cast<std::size_t>(columns);
  for (std::size_t i = 0; i < size; ++i)
    for (std::size_t j = 0; j < size; ++j)
      for (std::size_t c = 0; c < d; ++c) b[i * d + c] += a[i * size + j] * x[j * d + c];
  return b;
}

std::vector<int> solve_sizes() {
  if (kSmallShapesOnly) return {33};
  return {1, 2, 3, 31, 32, 33, 63, 64, 65, 120, 127, 257};
}

// XᵀX of random rows: what the solver meets.
std::vector<double> random_gram(int n, std::int64_t rows, double alpha) {
  const GramCase c{n, 1, rows};
  const std::vector<double> w = to_double(random_values(static_cast<std::size_t>(rows), 5, 0, 1));
  std::vector<double> gram = reference_sums(c, random_rows(c, 6), w, w).gram;
  for (std::size_t i = 0; i < gram.size(); i += static_cast<std::size_t>(n) + 1) gram[i] += alpha;
  return gram;
}

}  // namespace

TEST_CASE("weighted_gram: every variant equals the reference bit for bit on integers") {
  each_variant(weighted_gram_variants(), [](const auto& run) {
    for (const GramCase& c : gram_cases()) {
      CAPTURE(c.features);
      CAPTURE(c.columns);
      CAPTURE(c.rows);
      const auto rows = static_cast<std::size_t>(c.rows);
      const auto bits = random_rows(c, 1);
      const auto w = to_double(random_integers(rows, 2));
      const auto y = to_double(random_integers(rows * static_cast<std::size_t>(c.columns), 3));
      const Sums expected = reference_sums(c, bits, w, y);
      const Sums sums = device_sums(run, c, bits, w, y);
      CHECK_SAME_BITS(sums.gram, expected.gram);
      CHECK_SAME_BITS(sums.rhs, expected.rhs);
      CHECK_SAME_BITS(sums.totals, expected.totals);
    }
  });
}

TEST_CASE("weighted_gram: real weights and targets stay within the rounding of N additions") {
  const GramCase c = kSmallShapesOnly ? GramCase{33, 2, 140} : GramCase{65, 3, 1000};
  const auto rows = static_cast<std::size_t>(c.rows);
  const auto bits = random_rows(c, 7);
  const auto w = to_double(random_values(rows, 8, 0.0003f, 1));
  const auto y = to_double(random_values(rows * static_cast<std::size_t>(c.columns), 9));
  const Sums expected = reference_sums(c, bits, w, y);
  // |y| ≤ 1, so the terms' magnitudes sum to at most Σw; either side rounds each of N additions and
  // up to two products a term.
  const double bound = 2 * (static_cast<double>(c.rows) + 2) * kRounding * expected.totals[0];
  each_variant(weighted_gram_variants(), [&](const auto& run) {
    const Sums sums = device_sums(run, c, bits, w, y);
    CHECK(greatest_difference(sums.gram, expected.gram) <= bound);
    CHECK(greatest_difference(sums.rhs, expected.rhs) <= bound);
    CHECK(greatest_difference(sums.totals, expected.totals) <= bound);
    const auto m = static_cast<std::size_t>(c.features);
    for (std::size_t i = 0; i < m; ++i)
      for (std::size_t j = 0; j < i; ++j) REQUIRE(sums.gram[i * m + j] == sums.gram[j * m + i]);
    // The same bits every time.
    CHECK_SAME_BITS(device_sums(run, c, bits, w, y).gram, sums.gram);
  });
}

TEST_CASE("cholesky_solve: integer factors are recovered bit for bit") {
  each_variant(cholesky_solve_variants(), [](const auto& run) {
    for (const int n : solve_sizes())
      for (const int columns : {1, 3}) {
        CAPTURE(n);
        CAPTURE(columns);
        // L has small integers and powers of two on its diagonal: every step is exact.
        const auto size = static_cast<std::size_t>(n);
        std::vector<double> l(size * size), a(size * size);
        for (std::size_t i = 0; i < size; ++i)
          for (std::size_t j = 0; j <= i; ++j)
            l[i * size + j] = i == j ? 1 << random_below({1, 20}, i, 3)
                                     : static_cast<int>(random_below({1, 21}, i * size + j, 5)) - 2;
        for (std::size_t i = 0; i < size; ++i)
          for (std::size_t j = 0; j < size; ++j)
            for (std::size_t p = 0; p <= std::min(i, j); ++p)
              a[i * size + j] += l[i * size + p] * l[j * size + p];
        const auto x = to_double(random_integers(size * static_cast<std::size_t>(columns), 22));
        const Solved solved = device_solve(run, a, product(a, x, n, columns), n, columns);
        if (solved.failed < 0) continue;
        CHECK(solved.failed == 0);
        CHECK_SAME_BITS(solved.x, x);
      }
  });
}

TEST_CASE("cholesky_solve: the residual of a real system is a rounding of its own terms") {
  each_variant(cholesky_solve_variants(), [](const auto& run) {
    for (const int n : solve_sizes()) {
      CAPTURE(n);
      const int columns = 3;
      const std::vector<double> a = random_gram(n, 3 * n + 8, 1);
      const auto b = to_double(random_values(static_cast<std::size_t>(n * columns), 24));
      const Solved solved = device_solve(run, a, b, n, columns);
      if (solved.failed < 0) continue;
      CHECK(solved.failed == 0);
      // Higham, Accuracy and Stability, theorem 10.4: (A + E) x = b, |E| ≤ γ(3n+1) |L||Lᵀ|, and
      // |L||Lᵀ| ≤ n max|a| elementwise, so a row of E x is at most (3n+1)·u·n·max|a|·Σ|x|.
      double largest = 0, sum_x = 0;
      for (const double value : a) largest = std::max(largest, std::abs(value));
      for (const double value : solved.x) sum_x += std::abs(value);
      const double bound = (3 * n + 1) * 2 * kRounding * n * largest * sum_x;
      CHECK(greatest_difference(product(a, solved.x, n, columns), b) <= bound);

      std::vector<double> reference_a = a, expected = b;
      std::int32_t failed = 0;
      cholesky_solve_reference({reference_a.data(), expected.data(), &failed, n, columns});
      // ‖A⁻¹‖ ≤ 1, since the ridge adds 1 to every eigenvalue.
      CHECK(greatest_difference(solved.x, expected) <= 2 * bound * std::sqrt(n));
    }
  });
}

TEST_CASE("cholesky_solve: what is not positive definite is flagged and solved by zeros") {
  const int n = kSmallShapesOnly ? 5 : 40;
  const auto size = static_cast<std::size_t>(n);
  const std::vector<double> b(size * 2, 3.0);
  const auto check = [&](const std::vector<double>& a, std::int32_t column) {
    each_variant(cholesky_solve_variants(), [&](const auto& run) {
      const Solved solved = device_solve(run, a, b, n, 2);
      CHECK(solved.failed == column + 1);
      CHECK_SAME_BITS(solved.x, std::vector<double>(size * 2));
    });
    std::vector<double> copy = a, x = b;
    std::int32_t failed = 0;
    cholesky_solve_reference({copy.data(), x.data(), &failed, n, 2});
    CHECK(failed == column + 1);
    CHECK_SAME_BITS(x, std::vector<double>(size * 2));
  };
  SUBCASE("all features the same") { check(std::vector<double>(size * size, 0.3), 1); }
  SUBCASE("the last feature is a copy of the first") {
    std::vector<double> a = random_gram(n, 200, 0.1);
    for (std::size_t j = 0; j < size; ++j) a[(size - 1) * size + j] = a[j];
    for (std::size_t i = 0; i < size; ++i) a[i * size + size - 1] = a[i * size];
    check(a, n - 1);
  }
  SUBCASE("a negative diagonal") {
    std::vector<double> a = random_gram(n, 200, 0.1);
    a[0] = -1;
    check(a, 0);
  }
  SUBCASE("nothing at all") { check(std::vector<double>(size * size), 0); }
  SUBCASE("a NaN") {
    std::vector<double> a = random_gram(n, 200, 0.1);
    a[2 * size + 2] = std::numeric_limits<double>::quiet_NaN();
    check(a, 2);
  }
}

TEST_CASE("least squares: sizes out of range are errors") {
  double value = 0;
  std::uint32_t bits = 0;
  std::int32_t failed = 0;
  CHECK_THROWS_WITH_AS(
      weighted_gram(stream(), {&bits, &value, &value, &value, &value, &value, 1025, 1, 1}),
      "weighted_gram: 1 to 1024 features, got 1025", Error);
  CHECK_THROWS_WITH_AS(
      weighted_gram(stream(), {&bits, &value, &value, &value, &value, &value, 1, 1, 0}),
      "weighted_gram: rows and columns must be at least 1, got 0 and 1", Error);
  CHECK_THROWS_WITH_AS(cholesky_solve(stream(), {&value, &value, &failed, 0, 1}),
                       "cholesky_solve: n must be 1 to 1024, got 0", Error);
  CHECK_THROWS_WITH_AS(cholesky_solve(stream(), {&value, &value, &failed, 1, 0}),
                       "cholesky_solve: columns must be at least 1, got 0", Error);
}
