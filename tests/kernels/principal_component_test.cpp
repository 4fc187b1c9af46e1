#include "kernels/principal_component/principal_component.h"

#include <algorithm>
#include <cmath>

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct Case {
  int n, p, k;
};

struct Result {
  std::vector<double> covariance;
  std::vector<float> axis, projection, share, residual;
};

Result expected_of(const std::vector<float>& x, const Case& c) {
  Result r;
  const auto n = std::size_t(c.n), p = std::size_t(c.p), k = std::size_t(c.k);
  r.covariance.resize(n * k * k);
  r.axis.resize(n * k);
  r.projection.resize(n * p);
  r.share.resize(n);
  r.residual.resize(n);
  principal_component_reference({x.data(), r.covariance.data(), nullptr, r.axis.data(),
                                 r.projection.data(), r.share.data(), r.residual.data(), c.n, c.p,
                                 c.k});
  return r;
}

// check(result) for every variant.
template <class Check>
void for_variants(const std::vector<float>& x, const Case& c, const Check& check) {
  each_variant(principal_component_variants(), [&](const auto& run) {
    const Tensor dx = Tensor::from_host(stream(), {c.n, c.p, c.k}, x),
                 covariance = Tensor::empty(stream(), {c.n, c.k, c.k}, DType::f64),
                 work = Tensor::empty(stream(), {c.n, 3, c.k}, DType::f64),
                 axis = Tensor::empty(stream(), {c.n, c.k}),
                 projection = Tensor::empty(stream(), {c.n, c.p}),
                 share = Tensor::empty(stream(), {c.n}), residual = Tensor::empty(stream(), {c.n});
    REQUIRE(run({dx.data<float>(), covariance.data<double>(), work.data<double>(),
                 axis.data<float>(), projection.data<float>(), share.data<float>(),
                 residual.data<float>(), c.n, c.p, c.k}));
    check(Result{covariance.to_host<double>(stream()), axis.to_host<float>(stream()),
                 projection.to_host<float>(stream()), share.to_host<float>(stream()),
                 residual.to_host<float>(stream())});
  });
}

// Observations along one direction of the space of variables, with less of drawn noise.
std::vector<float> stretched(const Case& c) {
  std::vector<float> x = random_values(std::size_t(c.n) * c.p * c.k, 3, -0.3f, 0.3f);
  const std::vector<float> direction = random_values(std::size_t(c.k), 4),
                           length = random_values(std::size_t(c.n) * c.p, 5, 0, 2);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] += length[i / std::size_t(c.k)] * direction[i % std::size_t(c.k)] + 5;
  return x;
}

}  // namespace

TEST_CASE("principal_component: every variant equals Jacobi's rotations") {
  const std::vector<Case> cases =
      kSmallShapesOnly ? std::vector<Case>{{2, 9, 33}}
                       : std::vector<Case>{{1, 3, 1},   {3, 5, 2},    {1, 63, 3},   {2, 65, 14},
                                           {2, 64, 31}, {1, 257, 32}, {1, 127, 33}, {2, 33, 65}};
  for (const Case& c : cases) {
    CAPTURE(c.p);
    CAPTURE(c.k);
    const std::vector<float> x = stretched(c);
    const Result expected = expected_of(x, c);
    for_variants(x, c, [&](const Result& r) {
      // The angle is at most 1e-7 / (1 − λ₂/λ₁), here below 1e-6; projections are below 16 and sums of
      // K products.
      CHECK_CLOSE(r.axis, expected.axis, 2e-6, 0);
      CHECK_CLOSE(r.projection, expected.projection, 2e-5, 0);
      CHECK_CLOSE(r.share, expected.share, 1e-6, 0);
      CHECK(*std::max_element(r.residual.begin(), r.residual.end()) <= 1e-7f);
    });
  }
}

TEST_CASE("principal_component: sums of integers are exact") {
  for (const Case& c : {Case{2, 16, 5}, Case{1, 32, 40}}) {
    const std::vector<float> x = random_integers(std::size_t(c.n) * c.p * c.k, 6);
    const Result expected = expected_of(x, c);
    for_variants(x, c, [&](const Result& r) {
      CHECK_SAME_BITS(r.covariance, expected.covariance);  // a mean over 2^m rows is exact too
    });
  }
}

TEST_CASE("principal_component: the projection's largest value is positive") {
  const Case c{2, 4, 3};
  std::vector<float> x = {0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 9, -9};
  for (std::size_t i = 0; i < 12; ++i) x.push_back(-x[i]);
  for_variants(x, c, [&](const Result& r) {
    const float a = 1 / std::sqrt(3.0f);
    CHECK_CLOSE(r.axis, (std::vector<float>{a, a, -a, -a, -a, a}), 1e-6, 0);
    for (const std::size_t last : {3, 7}) CHECK(r.projection[last] == doctest::Approx(6.75 / a));
    CHECK_CLOSE(r.share, (std::vector<float>{1, 1}), 1e-7, 0);
  });
}

TEST_CASE("principal_component: equal rows have no direction") {
  const Case c{1, 7, 3};
  std::vector<float> x;
  for (int p = 0; p < c.p; ++p) x.insert(x.end(), {0.1f, -3.3f, 1e20f});
  for_variants(x, c, [&](const Result& r) {
    CHECK_EQ(r.axis, std::vector<float>(3));
    CHECK_EQ(r.projection, std::vector<float>(7));
    CHECK_EQ(r.share, std::vector<float>(1));
    CHECK_EQ(r.residual, std::vector<float>(1));
  });
}

TEST_CASE("principal_component: two equal eigenvalues: some axis of their plane") {
  const Case c{1, 4, 2};
  const std::vector<float> x = {1, 0, -1, 0, 0, 1, 0, -1};
  for_variants(x, c, [&](const Result& r) {
    CHECK(r.axis[0] * r.axis[0] + r.axis[1] * r.axis[1] == doctest::Approx(1));
    CHECK(r.share[0] == doctest::Approx(0.5));
    CHECK(r.residual[0] <= 1e-7f);
  });
}

TEST_CASE("principal_component: more variables than a block has threads many times over") {
  if (kSmallShapesOnly) return;
  const Case c{1, 3, 1101};
  std::vector<float> x;
  for (const float place : {-1.0f, 2.0f, -1.0f})
    for (int k = 0; k < c.k; ++k) x.push_back(place * static_cast<float>(k % 3));
  const float length = std::sqrt(367.0f * (1 + 4));
  for_variants(x, c, [&](const Result& r) {
    std::vector<float> axis;
    for (int k = 0; k < c.k; ++k) axis.push_back(static_cast<float>(k % 3) / length);
    CHECK_CLOSE(r.axis, axis, 1e-6, 1e-7);
    CHECK_CLOSE(r.projection, (std::vector<float>{-length, 2 * length, -length}), 1e-3, 0);
    CHECK_CLOSE(r.share, (std::vector<float>{1}), 1e-6, 0);
  });
}

TEST_CASE("principal_component: arguments out of range") {
  CHECK_THROWS_WITH_AS(principal_component(stream(), {nullptr, nullptr, nullptr, nullptr, nullptr,
                                                      nullptr, nullptr, 1, 4, 4097}),
                       "principal_component: at most 4096 variables, got 4097", Error);
  CHECK_THROWS_AS(principal_component(stream(), {nullptr, nullptr, nullptr, nullptr, nullptr,
                                                 nullptr, nullptr, 1, 0, 2}),
                  Error);
}
