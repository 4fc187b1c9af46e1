// The functions on channels: batch normalisation and concatenation.
#include <algorithm>
#include <cmath>

#include "kernels/batch_norm/batch_norm.h"
#include "tests/nn/autograd/check_gradient.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

constexpr float kEpsilon = 0.01f;

// y of x (rows, gamma.size()).
Doubles batch_norm_of(const Doubles& x, const Doubles& gamma, const Doubles& beta) {
  const auto channels = static_cast<int>(gamma.size());
  const auto rows = static_cast<std::int64_t>(x.size() / gamma.size());
  Doubles mean(gamma.size()), variance(gamma.size()), scale(gamma.size()), y(x.size());
  batch_norm_statistics_reference(x.data(), mean.data(), variance.data(), gamma.data(),
                                  scale.data(), double{kEpsilon}, rows, channels);
  channel_affine_reference(x.data(), y.data(), mean.data(), scale.data(), beta.data(), rows,
                           channels);
  return y;
}

}  // namespace

TEST_CASE("batch_norm: the derivative goes through the statistics") {
  const auto gamma = random_values(3, 31, 0.5f, 2), beta = random_values(3, 32);
  for (const Shape& shape : {Shape{2, 3, 4, 3}, Shape{7, 3}}) {
    CAPTURE(shape.to_string());
    check_gradient(
        shape,
        [&](const Variable& x) {
          return batch_norm(stream(), x, constant({3}, gamma), constant({3}, beta), kEpsilon);
        },
        [&](const Doubles& x) { return batch_norm_of(x, widened(gamma), widened(beta)); });
  }
  const auto x = random_values(24 * 3, 33, -2, 2);
  check_gradient(
      {3},
      [&](const Variable& g) {
        return batch_norm(stream(), constant({24, 3}, x), g, constant({3}, beta), kEpsilon);
      },
      [&](const Doubles& g) { return batch_norm_of(widened(x), g, widened(beta)); });
  check_gradient(
      {3},
      [&](const Variable& b) {
        return batch_norm(stream(), constant({24, 3}, x), constant({3}, gamma), b, kEpsilon);
      },
      [&](const Doubles& b) { return batch_norm_of(widened(x), widened(gamma), b); });
}

TEST_CASE("batch_norm: hands out the statistics of the batch") {
  const std::vector<float> x{1, 10, 3, 10, 5, 40, 7, 20};  // (2, 2, 1, 2)
  BatchStatistics used;
  const Variable y = batch_norm(stream(), constant({2, 2, 1, 2}, x), constant({2}, {1, 1}),
                                constant({2}, {0, 0}), 0, &used);
  CHECK_SAME_BITS(used.mean.to_host<float>(stream()), (std::vector<float>{4, 20}));
  CHECK_SAME_BITS(used.variance.to_host<float>(stream()), (std::vector<float>{5, 150}));
  CHECK(y.value().to_host<float>(stream())[6] == doctest::Approx(3 / std::sqrt(5.0)));
}

TEST_CASE("channel_affine: given statistics are constants") {
  const auto scale = random_values(3, 34), shift = random_values(3, 35),
             center = random_values(3, 36);
  const Tensor dscale = Tensor::from_host(stream(), {3}, scale);
  const Tensor dshift = Tensor::from_host(stream(), {3}, shift);
  const Tensor dcenter = Tensor::from_host(stream(), {3}, center);
  const auto reference = [&](const float* plus, const float* from) {
    return [&scale, plus, from](Doubles x) {
      for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = (x[i] - (from ? from[i % 3] : 0)) * scale[i % 3] + (plus ? plus[i % 3] : 0);
      return x;
    };
  };
  check_gradient(
      {2, 2, 4, 3},
      [&](const Variable& x) { return channel_affine(stream(), x, dscale, dshift, dcenter); },
      reference(shift.data(), center.data()));
  check_gradient(
      {5, 3}, [&](const Variable& x) { return channel_affine(stream(), x, dscale, dshift); },
      reference(shift.data(), nullptr));
  check_gradient(
      {5, 3}, [&](const Variable& x) { return channel_affine(stream(), x, dscale); },
      reference(nullptr, nullptr));
}

TEST_CASE("concat: every input gets its channels' gradient") {
  for (const Shape& shape : {Shape{2, 3, 2, 3}, Shape{5, 4}}) {
    CAPTURE(shape.to_string());
    const auto channels = static_cast<std::size_t>(shape[shape.rank() - 1]);
    const auto rows = static_cast<std::size_t>(shape.count()) / channels;
    const auto other = random_values(2 * rows, 37);
    const Shape other_shape =
        shape.rank() == 2 ? Shape{shape[0], 2} : Shape{shape[0], shape[1], shape[2], 2};
    check_gradient(
        shape,
        [&](const Variable& x) {
          return concat(stream(), {relu(stream(), x), constant(other_shape, other), x});
        },
        [&](const Doubles& x) {
          Doubles y;
          for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t c = 0; c < channels; ++c)
              y.push_back(std::max(x[r * channels + c], 0.0));
            for (std::size_t c = 0; c < 2; ++c) y.push_back(other[2 * r + c]);
            for (std::size_t c = 0; c < channels; ++c) y.push_back(x[r * channels + c]);
          }
          return y;
        });
  }
}

TEST_CASE("concat and batch_norm: a gradient that nobody wants is not computed") {
  const auto launches = [](bool wanted) {
    Variable x(Tensor::zeros(stream(), {4, 2}), wanted);
    const Variable z(Tensor::zeros(stream(), {4, 3}), true);
    const Variable y = concat(stream(), std::vector<Variable>{x, z});
    stream().launches().set_detail(LaunchLog::Detail::times);
    backward(stream(), y);
    stream().launches().set_detail(LaunchLog::Detail::off);
    CHECK(x.gradient().defined() == wanted);
    CHECK(z.gradient().shape() == z.shape());
    return stream().launches().take().size();
  };
  CHECK(launches(true) > launches(false));

  const Variable x(Tensor::zeros(stream(), {4, 2})), gamma(Tensor::zeros(stream(), {2}), true);
  const Variable beta(Tensor::zeros(stream(), {2}), true);
  backward(stream(), batch_norm(stream(), x, gamma, beta, kEpsilon));
  CHECK_FALSE(x.gradient().defined());
  CHECK_SAME_BITS(beta.gradient().to_host<float>(stream()), (std::vector<float>{4, 4}));
}

TEST_CASE("functions on channels: shapes that do not fit are named") {
  const Variable x = constant({2, 3}, std::vector<float>(6));
  const Variable z = constant({3, 3}, std::vector<float>(9));
  const Variable two = constant({2}, {1, 1}), three = constant({3}, {1, 1, 1});
  CHECK_THROWS_WITH_AS(concat(stream(), {}), "concat: nothing to join", Error);
  CHECK_THROWS_WITH_AS(concat(stream(), {three}),
                       "concat: expected x (N, channels) or (N, H, W, channels), got the shape (3)",
                       Error);
  CHECK_THROWS_WITH_AS(concat(stream(), {x, z}),
                       "concat: the shapes (2, 3) and (3, 3) differ in more than the channels",
                       Error);
  CHECK_THROWS_WITH_AS(batch_norm(stream(), x, two, three, kEpsilon),
                       "batch_norm: x (2, 3) and gamma (2) do not fit", Error);
  CHECK_THROWS_WITH_AS(batch_norm(stream(), x, three, two, kEpsilon),
                       "batch_norm: x (2, 3) and beta (2) do not fit", Error);
  CHECK_THROWS_WITH_AS(batch_norm(stream(), three, three, three, kEpsilon),
                       "batch_norm: expected x (N, …, channels), got the shape (3)", Error);
  CHECK_THROWS_WITH_AS(batch_norm(stream(), x, three, three, -1),
                       "batch_norm_statistics: epsilon must be at least 0 and finite, got -1",
                       Error);
  CHECK_THROWS_WITH_AS(channel_affine(stream(), x, two.value()),
                       "channel_affine: x (2, 3) and scale (2) do not fit", Error);
  CHECK_THROWS_WITH_AS(channel_affine(stream(), x, three.value(), two.value()),
                       "channel_affine: x (2, 3) and shift (2) do not fit", Error);
  CHECK_THROWS_WITH_AS(channel_affine(stream(), x, {}), "channel_affine: the scale is undefined",
                       Error);
}
