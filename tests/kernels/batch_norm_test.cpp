#include "kernels/batch_norm/batch_norm.h"

#include <cmath>
#include <limits>

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/gradcheck.h"
#include "tests/support/random_values.h"

// Of the OpenMP that the kernels are linked with, if they are.
extern "C" [[gnu::weak]] void omp_set_num_threads(int);

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct Case {
  std::int64_t rows;
  int channels;
};

// Parts are of 8192 / width rows: some shapes have one, some end in a whole one.
std::vector<Case> cases() {
  if (kSmallShapesOnly) return {{259, 33}};
  return {{1, 1},    {2, 1},    {3, 2},    {1, 33},    {31, 3},   {32, 31},  {33, 32},  {63, 33},
          {64, 63},  {65, 64},  {127, 65}, {257, 127}, {5, 257},  {512, 16}, {513, 16}, {514, 14},
          {8192, 1}, {8193, 1}, {4097, 2}, {20000, 3}, {1030, 5}, {600, 64}};
}

// As many channels as make over 65,535 groups of them.
constexpr Case kManyChannels{2, 65536 * 32 + 1};

std::size_t count_of(const Case& at) { return static_cast<std::size_t>(at.rows * at.channels); }

Tensor upload(const std::vector<float>& values) {
  return Tensor::from_host(stream(), {static_cast<std::int64_t>(values.size())}, values);
}

// Integers whose mean over any even number of rows from an even row on is an integer, and the same
// one: each odd row mirrors the row before it, and a last one without a partner is the mean. Sums,
// means and squares are then exact in whatever parts they are made.
std::vector<float> balanced_integers(const Case& at) {
  auto x = random_integers(count_of(at), 1);
  const auto mean = random_integers(static_cast<std::size_t>(at.channels), 2);
  for (std::int64_t r = 0; r < at.rows; ++r)
    for (int c = 0; c < at.channels; ++c) {
      const std::size_t i = static_cast<std::size_t>(r * at.channels + c);
      const float middle = mean[static_cast<std::size_t>(c)];
      if (r % 2 == 1) x[i] = 2 * middle - x[i - static_cast<std::size_t>(at.channels)];
      else if (r + 1 == at.rows) x[i] = middle;
    }
  return x;
}

// mean, variance and scale, one after the other.
struct Statistics {
  Tensor mean, variance, scale;
  explicit Statistics(int channels)
      : mean(Tensor::empty(stream(), {channels})),
        variance(Tensor::empty(stream(), {channels})),
        scale(Tensor::empty(stream(), {channels})) {}
  BatchNormStatisticsArgs args(const Tensor& x, const float* gamma, float epsilon,
                               const Case& at) const {
    return {x.data<float>(), mean.data<float>(),  variance.data<float>(),
            gamma,           scale.data<float>(), epsilon,
            at.rows,         at.channels};
  }
};

}  // namespace

TEST_CASE("batch_norm_statistics: every variant equals the reference bit for bit on integers") {
  auto with_many = cases();
  if (!kSmallShapesOnly) with_many.push_back(kManyChannels);
  constexpr float kEpsilon = 0.001f;
  each_variant(batch_norm_statistics_variants(), [&](const auto& run) {
    for (const Case& at : with_many) {
      CAPTURE(at.rows);
      CAPTURE(at.channels);
      const auto channels = static_cast<std::size_t>(at.channels);
      const auto x = balanced_integers(at);
      const auto gamma = random_values(channels, 3);
      std::vector<float> mean(channels), variance(channels), scale(channels);
      batch_norm_statistics_reference<float>(x.data(), mean.data(), variance.data(), nullptr,
                                             nullptr, kEpsilon, at.rows, at.channels);
      const Tensor dx = upload(x), dgamma = upload(gamma);
      const Statistics s(at.channels);
      REQUIRE(run(s.args(dx, dgamma.data<float>(), kEpsilon, at)));
      CHECK_SAME_BITS(s.mean.to_host<float>(stream()), mean);
      CHECK_SAME_BITS(s.variance.to_host<float>(stream()), variance);
      for (std::size_t c = 0; c < channels; ++c)
        scale[c] = gamma[c] * (1.0f / std::sqrt(variance[c] + kEpsilon));
      CHECK_SAME_BITS(s.scale.to_host<float>(stream()), scale);
    }
  });
}

TEST_CASE("batch_norm_statistics: without gamma the scale is the inverse deviation; or no scale") {
  const Case at{kSmallShapesOnly ? 40 : 700, 6};
  const auto x = balanced_integers(at);
  const Tensor dx = upload(x);
  each_variant(batch_norm_statistics_variants(), [&](const auto& run) {
    const Statistics s(at.channels), none(at.channels);
    REQUIRE(run(s.args(dx, nullptr, 0.5f, at)));
    auto expected = s.variance.to_host<float>(stream());
    for (float& value : expected) value = 1.0f / std::sqrt(value + 0.5f);
    CHECK_SAME_BITS(s.scale.to_host<float>(stream()), expected);
    auto args = none.args(dx, nullptr, 0.5f, at);
    args.scale = nullptr;
    REQUIRE(run(args));
    CHECK_SAME_BITS(none.variance.to_host<float>(stream()), s.variance.to_host<float>(stream()));
  });
}

TEST_CASE("batch_norm_statistics: a mean of thousands of deviations costs the variance nothing") {
  const Case at{kSmallShapesOnly ? 1100 : 20001, 5};
  const std::vector<float> means{0, 3000, -3000, 100000, 1};
  auto x = random_values(count_of(at), 4);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += means[i % means.size()];
  x[4] = 1000;  // the first row of the last channel: what the kernels subtract is far from the mean
  std::vector<float> mean(5), variance(5);
  batch_norm_statistics_reference<float>(x.data(), mean.data(), variance.data(), nullptr, nullptr,
                                         0, at.rows, at.channels);
  // The mean of squares less the square of the mean, which would not do.
  float sum = 0, squares = 0;
  for (std::size_t i = 1; i < x.size(); i += 5) sum += x[i], squares += x[i] * x[i];
  const auto rows = static_cast<float>(at.rows);
  CHECK(std::abs(squares / rows - sum / rows * (sum / rows) - variance[1]) > 0.1f * variance[1]);

  const Tensor dx = upload(x);
  const auto check = [&](const auto& run, double chain) {
    const Statistics s(at.channels);
    run(s.args(dx, nullptr, 0, at));
    // Deviations are exact where x is within twice x[0]. A chain of n additions of squares loses at
    // most n·2^-24 of their sum; one of deviations n·2^-24 of the sum of their sizes, at most 2
    // each, or the 1000 of the last channel.
    CHECK_CLOSE(s.variance.to_host<float>(stream()), variance, 0, 6e-8 * chain);
    auto found = s.mean.to_host<float>(stream());
    CHECK_CLOSE((std::vector<float>(found.begin(), found.begin() + 4)),
                (std::vector<float>(mean.begin(), mean.begin() + 4)), 2 * 6e-8 * chain, 6e-8);
    CHECK_CLOSE((std::vector<float>{found[4]}), (std::vector<float>{mean[4]}), 1000 * 6e-8 * chain,
                6e-8);
  };
  each_variant(batch_norm_statistics_variants(),
               [&](const auto& run) { check(run, static_cast<double>(at.rows) + 3); });
  // The default's longest chain is a thread's 32 values, 5 levels of lanes and at most a part a
  // lane; cpu's is the 128 rows of a part.
  check([](const BatchNormStatisticsArgs& args) { batch_norm_statistics(stream(), args); },
        device() == DeviceKind::cpu ? 130 : 60);
}

TEST_CASE("channel_affine: every device and variant rounds as fma(x − center, scale, shift)") {
  auto with_many = cases();
  if (!kSmallShapesOnly) {
    with_many.push_back(kManyChannels);
    with_many.push_back({65536 * 32 + 1, 8});  // over 65,535 blocks of v1
  }
  each_variant(channel_affine_variants(), [&](const auto& run) {
    for (const Case& at : with_many) {
      CAPTURE(at.rows);
      CAPTURE(at.channels);
      const auto channels = static_cast<std::size_t>(at.channels);
      const auto x = random_values(count_of(at), 5);
      const auto center = random_values(channels, 6), scale = random_values(channels, 7),
                 shift = random_values(channels, 8);
      const Tensor dx = upload(x), dcenter = upload(center), dscale = upload(scale),
                   dshift = upload(shift), y = Tensor::empty(stream(), dx.shape());
      for (const int given : {7, 0, 1, 2, 4}) {
        if (given != 7 && count_of(at) > 100000) continue;
        CAPTURE(given);
        const bool centred = given & 1, scaled = given & 2, shifted = given & 4;
        std::vector<float> expected(x.size());
        for (std::size_t i = 0; i < x.size(); ++i) {
          const std::size_t c = i % channels;
          expected[i] = std::fma(x[i] - (centred ? center[c] : 0), scaled ? scale[c] : 1,
                                 shifted ? shift[c] : 0);
        }
        ChannelAffineArgs args{dx.data<float>(),
                               y.data<float>(),
                               centred ? dcenter.data<float>() : nullptr,
                               scaled ? dscale.data<float>() : nullptr,
                               shifted ? dshift.data<float>() : nullptr,
                               at.rows,
                               at.channels};
        REQUIRE(run(args));
        CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
        if (given != 4) continue;  // the last: in place
        args.y = dx.data<float>();
        REQUIRE(run(args));
        CHECK_SAME_BITS(dx.to_host<float>(stream()), expected);
      }
    }
  });
}

TEST_CASE("channel_affine: the reference on integers, and arrays that are not aligned") {
  const auto x = random_integers(9 * 4 + 1, 9), center = random_integers(4, 10),
             scale = random_integers(4, 11), shift = random_integers(4, 12);
  const Tensor dx = upload(x), dcenter = upload(center), dscale = upload(scale),
               dshift = upload(shift), y = Tensor::empty(stream(), {9, 4});
  channel_affine(stream(), {dx.data<float>() + 1, y.data<float>(), dcenter.data<float>(),
                            dscale.data<float>(), dshift.data<float>(), 9, 4});
  std::vector<float> expected(9 * 4);
  channel_affine_reference(x.data() + 1, expected.data(), center.data(), scale.data(), shift.data(),
                           9, 4);
  CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
}

TEST_CASE("batch_norm_backward: sums of integers are exact, dx rounds as the header says") {
  auto with_many = cases();
  if (!kSmallShapesOnly) with_many.push_back(kManyChannels);
  each_variant(batch_norm_backward_variants(), [&](const auto& run) {
    for (const Case& at : with_many) {
      CAPTURE(at.rows);
      CAPTURE(at.channels);
      const auto channels = static_cast<std::size_t>(at.channels);
      const auto x = random_integers(count_of(at), 13), dy = random_integers(count_of(at), 14);
      const auto mean = random_integers(channels, 15), gamma = random_values(channels, 16);
      const std::vector<float> variance(channels, 3);  // and epsilon 1: a deviation of 2
      std::vector<float> dx(x.size()), dgamma(channels), dbeta(channels);
      batch_norm_backward_reference<float>(x.data(), dy.data(), mean.data(), variance.data(),
                                           gamma.data(), nullptr, dgamma.data(), dbeta.data(), 1,
                                           at.rows, at.channels);
      const auto m = static_cast<float>(at.rows);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const std::size_t c = i % channels;
        const float normalised = (x[i] - mean[c]) * 0.5f;
        dx[i] = gamma[c] * 0.5f * std::fma(-normalised, dgamma[c] / m, dy[i] - dbeta[c] / m);
      }
      const Tensor device_x = upload(x), device_dy = upload(dy), device_mean = upload(mean),
                   device_variance = upload(variance), device_gamma = upload(gamma),
                   device_dx = Tensor::empty(stream(), device_x.shape()),
                   device_dgamma = Tensor::empty(stream(), {at.channels}),
                   device_dbeta = Tensor::empty(stream(), {at.channels});
      BatchNormBackwardArgs args{.x = device_x.data<float>(),
                                 .dy = device_dy.data<float>(),
                                 .mean = device_mean.data<float>(),
                                 .variance = device_variance.data<float>(),
                                 .gamma = device_gamma.data<float>(),
                                 .dx = device_dx.data<float>(),
                                 .dgamma = device_dgamma.data<float>(),
                                 .dbeta = device_dbeta.data<float>(),
                                 .epsilon = 1,
                                 .rows = at.rows,
                                 .channels = at.channels};
      REQUIRE(run(args));
      CHECK_SAME_BITS(device_dbeta.to_host<float>(stream()), dbeta);
      CHECK_SAME_BITS(device_dgamma.to_host<float>(stream()), dgamma);
      CHECK_SAME_BITS(device_dx.to_host<float>(stream()), dx);
      if (count_of(at) > 100000) continue;
      args.dx = nullptr;  // only the parameters' gradients
      const Tensor again = Tensor::empty(stream(), {at.channels});
      args.dgamma = again.data<float>();
      REQUIRE(run(args));
      CHECK_SAME_BITS(again.to_host<float>(stream()), dgamma);
      args.dx = device_dy.data<float>();  // in place
      REQUIRE(run(args));
      CHECK_SAME_BITS(device_dy.to_host<float>(stream()), dx);
    }
  });
}

TEST_CASE("batch_norm_backward: real values, and no gamma") {
  const Case at{65, 7};
  const auto x = random_values(count_of(at), 17, 4, 6), dy = random_values(count_of(at), 18);
  std::vector<float> mean(7), variance(7), dx(x.size()), dgamma(7), dbeta(7);
  batch_norm_statistics_reference<float>(x.data(), mean.data(), variance.data(), nullptr, nullptr,
                                         0, at.rows, at.channels);
  batch_norm_backward_reference<float>(x.data(), dy.data(), mean.data(), variance.data(), nullptr,
                                       dx.data(), dgamma.data(), dbeta.data(), 1e-3, at.rows,
                                       at.channels);
  const Tensor device_x = upload(x), device_dy = upload(dy), device_mean = upload(mean),
               device_variance = upload(variance);
  each_variant(batch_norm_backward_variants(), [&](const auto& run) {
    const Tensor device_dx = Tensor::empty(stream(), device_x.shape()),
                 device_dgamma = Tensor::empty(stream(), {7}),
                 device_dbeta = Tensor::empty(stream(), {7});
    REQUIRE(run({device_x.data<float>(), device_dy.data<float>(), device_mean.data<float>(),
                 device_variance.data<float>(), nullptr, device_dx.data<float>(),
                 device_dgamma.data<float>(), device_dbeta.data<float>(), 1e-3f, at.rows,
                 at.channels}));
    // 65 terms of at most 2: a chain is off by at most 65·2^-24 of 130. An element of dx has a 65th
    // of that, and a few roundings of numbers up to 4, by the inverse deviation of at most 2.
    CHECK_CLOSE(device_dbeta.to_host<float>(stream()), dbeta, 6e-4, 0);
    CHECK_CLOSE(device_dgamma.to_host<float>(stream()), dgamma, 6e-4, 0);
    CHECK_CLOSE(device_dx.to_host<float>(stream()), dx, 4e-5, 0);
  });
}

TEST_CASE("batch_norm reference: gradients equal finite differences through the statistics") {
  const Case at{6, 3};
  constexpr double kEpsilon = 0.01;
  const auto x = random_values<double>(18, 19, -2, 2), seed = random_values<double>(18, 20),
             gamma = random_values<double>(3, 21, 0.5f, 2), beta = random_values<double>(3, 22);
  std::vector<double> mean(3), variance(3), scale(3);
  const auto objective = [&](const std::vector<double>& x_at, const std::vector<double>& gamma_at,
                             const std::vector<double>& beta_at) {
    std::vector<double> y(18);
    batch_norm_statistics_reference(x_at.data(), mean.data(), variance.data(), gamma_at.data(),
                                    scale.data(), kEpsilon, at.rows, at.channels);
    channel_affine_reference(x_at.data(), y.data(), mean.data(), scale.data(), beta_at.data(),
                             at.rows, at.channels);
    double sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i) sum += y[i] * seed[i];
    return sum;
  };
  using Doubles = std::vector<double>;
  const auto of_x =
      finite_differences(x, [&](const Doubles& v) { return objective(v, gamma, beta); });
  const auto of_gamma =
      finite_differences(gamma, [&](const Doubles& v) { return objective(x, v, beta); });
  const auto of_beta =
      finite_differences(beta, [&](const Doubles& v) { return objective(x, gamma, v); });
  objective(x, gamma, beta);
  Doubles dx(18), dgamma(3), dbeta(3);
  batch_norm_backward_reference(x.data(), seed.data(), mean.data(), variance.data(), gamma.data(),
                                dx.data(), dgamma.data(), dbeta.data(), kEpsilon, at.rows,
                                at.channels);
  CHECK(largest_difference(dx, of_x) < 1e-8);
  CHECK(largest_difference(dgamma, of_gamma) < 1e-8);
  CHECK(largest_difference(dbeta, of_beta) < 1e-8);
}

TEST_CASE("batch_norm: the bits depend neither on the run nor on the number of threads") {
  const Case at{kSmallShapesOnly ? 600 : 9001, 11};
  const Tensor x = upload(random_values(count_of(at), 23)),
               dy = upload(random_values(count_of(at), 24));
  const auto results = [&](int threads) {
    if (omp_set_num_threads) omp_set_num_threads(threads);
    const Statistics s(at.channels);
    batch_norm_statistics(stream(), s.args(x, nullptr, 0.001f, at));
    const Tensor dx = Tensor::empty(stream(), x.shape()),
                 dgamma = Tensor::empty(stream(), {at.channels}),
                 dbeta = Tensor::empty(stream(), {at.channels});
    batch_norm_backward(stream(),
                        {x.data<float>(), dy.data<float>(), s.mean.data<float>(),
                         s.variance.data<float>(), nullptr, dx.data<float>(), dgamma.data<float>(),
                         dbeta.data<float>(), 0.001f, at.rows, at.channels});
    std::vector<float> all;
    for (const Tensor& part : {s.mean, s.variance, s.scale, dx, dgamma, dbeta}) {
      const auto values = part.to_host<float>(stream());
      all.insert(all.end(), values.begin(), values.end());
    }
    return all;
  };
  const auto one = results(1);
  CHECK_SAME_BITS(results(3), one);
  CHECK_SAME_BITS(results(2), one);
}

TEST_CASE("batch_norm: empty arrays and an epsilon below 0 are errors") {
  CHECK_THROWS_WITH_AS(batch_norm_statistics(stream(), {}),
                       "batch_norm_statistics: rows and channels must be at least 1, got 0 and 0",
                       Error);
  ChannelAffineArgs affine{};
  affine.rows = 2, affine.channels = -1;
  CHECK_THROWS_WITH_AS(channel_affine(stream(), affine),
                       "channel_affine: rows and channels must be at least 1, got 2 and -1", Error);
  BatchNormBackwardArgs gradient{};
  gradient.channels = 3;
  CHECK_THROWS_WITH_AS(batch_norm_backward(stream(), gradient),
                       "batch_norm_backward: rows and channels must be at least 1, got 0 and 3",
                       Error);
  gradient.rows = 2, gradient.epsilon = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH_AS(batch_norm_backward(stream(), gradient),
                       "batch_norm_backward: epsilon must be at least 0 and finite, got inf",
                       Error);
  BatchNormStatisticsArgs statistics{};
  statistics.rows = 2, statistics.channels = 3, statistics.epsilon = -0.5f;
  CHECK_THROWS_WITH_AS(batch_norm_statistics(stream(), statistics),
                       "batch_norm_statistics: epsilon must be at least 0 and finite, got -0.5",
                       Error);
}
