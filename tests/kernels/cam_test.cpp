#include "kernels/cam/cam.h"

#include <algorithm>

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct Case {
  int n, h, w, k;
};

std::vector<Case> cases() {
  if (kSmallShapesOnly) return {{2, 5, 7, 1060}};  // two slices of channels, one with groups
  return {{1, 1, 1, 1},    {2, 1, 3, 2},    {2, 3, 31, 3},   {1, 14, 14, 31}, {3, 7, 9, 32},
          {2, 28, 28, 33}, {1, 33, 32, 63}, {5, 6, 6, 64},   {1, 5, 5, 65},   {1, 65, 63, 2},
          {2, 3, 5, 127},  {1, 4, 3, 257},  {1, 2, 2, 1025}, {2, 1, 3, 4096}};
}

struct Cam {
  std::vector<float> weight, map, peak;
};

Cam outputs(const Case& s) {
  const auto n = static_cast<std::size_t>(s.n);
  return {std::vector<float>(n * s.k), std::vector<float>(n * s.h * s.w), std::vector<float>(n)};
}

Cam by_reference(const std::vector<float>& activation, const std::vector<float>& gradient,
                 const Case& s, bool relu) {
  Cam cam = outputs(s);
  grad_cam_reference(activation.data(), gradient.data(), cam.weight.data(), cam.map.data(),
                     cam.peak.data(), s.n, s.h, s.w, s.k, relu);
  return cam;
}

template <class Run>
Cam by_variant(const Run& run, const std::vector<float>& activation,
               const std::vector<float>& gradient, const Case& s, bool relu) {
  const Tensor a = Tensor::from_host(stream(), {s.n, s.h, s.w, s.k}, activation);
  const Tensor g = Tensor::from_host(stream(), {s.n, s.h, s.w, s.k}, gradient);
  const Tensor weight = Tensor::empty(stream(), {s.n, s.k});
  const Tensor map = Tensor::empty(stream(), {s.n, s.h, s.w}),
               peak = Tensor::empty(stream(), {s.n});
  run({a.data<float>(), g.data<float>(), weight.data<float>(), map.data<float>(),
       peak.data<float>(), s.n, s.h, s.w, s.k, relu});
  return {weight.to_host<float>(stream()), map.to_host<float>(stream()),
          peak.to_host<float>(stream())};
}

}  // namespace

TEST_CASE("grad_cam: every variant equals the reference") {
  each_variant(grad_cam_variants(), [](const auto& run) {
    for (const Case& s : cases()) {
      CAPTURE(s.n);
      CAPTURE(s.h);
      CAPTURE(s.w);
      CAPTURE(s.k);
      const auto count = static_cast<std::size_t>(s.n) * s.h * s.w * s.k;
      const auto activation = random_values(count, 1, 0, 1),
                 gradient = random_values(count, 2, 0, 1);
      const Cam expected = by_reference(activation, gradient, s, true);
      const Cam actual = by_variant(run, activation, gradient, s, true);
      // All terms are positive, so each addition is off by at most 2^-24 of its sum: H·W of them in
      // a weight, K in a place, and a few products and quotients.
      const double pooled = 6e-8 * (s.h * s.w + 2), summed = pooled + 6e-8 * (s.k + 2);
      CHECK_CLOSE(actual.weight, expected.weight, 0, pooled);
      CHECK_CLOSE(actual.map, expected.map, 0, summed);
      CHECK_CLOSE(actual.peak, expected.peak, 0, summed);
    }
  });
}

TEST_CASE(
    "grad_cam: signed integers on a power of two of places are exact, with and without ReLU") {
  each_variant(grad_cam_variants(), [](const auto& run) {
    for (const Case& s : {Case{2, 4, 4, 33}, Case{3, 1, 1, 65}, Case{1, 8, 16, 3}})
      for (const bool relu : {true, false}) {
        CAPTURE(s.k);
        CAPTURE(relu);
        const auto count = static_cast<std::size_t>(s.n) * s.h * s.w * s.k;
        const auto activation = random_integers(count, 3), gradient = random_integers(count, 4);
        const Cam expected = by_reference(activation, gradient, s, relu);
        const Cam actual = by_variant(run, activation, gradient, s, relu);
        CHECK_SAME_BITS(actual.weight, expected.weight);
        CHECK_SAME_BITS(actual.map, expected.map);
        CHECK_SAME_BITS(actual.peak, expected.peak);
      }
  });
}

TEST_CASE("grad_cam: a map that is negative everywhere") {
  each_variant(grad_cam_variants(), [](const auto& run) {
    const std::vector<float> activation{1, 2, 3, 4}, gradient{-1, -1, -1, -1};
    const Cam clipped = by_variant(run, activation, gradient, {1, 2, 2, 1}, true);
    CHECK_EQ(clipped.map, std::vector<float>{0, 0, 0, 0});
    CHECK_EQ(clipped.peak, std::vector<float>{0});
    const Cam whole = by_variant(run, activation, gradient, {1, 2, 2, 1}, false);
    CHECK_EQ(whole.map, std::vector<float>{-1, -2, -3, -4});
    CHECK_EQ(whole.peak, std::vector<float>{-1});
  });
}

TEST_CASE("grad_cam: an image's bits do not depend on the batch") {
  each_variant(grad_cam_variants(), [](const auto& run) {
    const Case one{1, 7, 6, 70}, all{3, 7, 6, 70};
    const std::size_t size = 7 * 6 * 70;
    const auto activation = random_values(3 * size, 5), gradient = random_values(3 * size, 6);
    const Cam together = by_variant(run, activation, gradient, all, false);
    const auto third = [&](const std::vector<float>& v) {
      return std::vector<float>(v.end() - static_cast<std::ptrdiff_t>(v.size() / 3), v.end());
    };
    const Cam alone = by_variant(run, third(activation), third(gradient), one, false);
    CHECK_SAME_BITS(alone.weight, third(together.weight));
    CHECK_SAME_BITS(alone.map, third(together.map));
    CHECK_SAME_BITS(alone.peak, third(together.peak));
  });
}

TEST_CASE("grad_cam_v2_fused is one launch") {
  if (device() == DeviceKind::cpu) return;
  const std::vector<float> ones(2 * 3 * 3 * 5, 1.0f);
  stream().launches().enable(true);
  by_variant([](const GradCamArgs& a) { grad_cam(stream(), a); }, ones, ones, {2, 3, 3, 5}, true);
  stream().launches().enable(false);
  const auto launches = stream().launches().take();
  REQUIRE_EQ(launches.size(), 1);
  CHECK_EQ(launches[0].name, "grad_cam_v2_fused");
  CHECK_EQ(launches[0].grid.count(), 2);
}

// Golden: a network whose Grad-CAM can be followed by hand. Image 0 … 15 (4×4); convolution 3×3
// with two filters of ones and biases −50, −75; ReLU; a linear layer 8 → 4, inputs flattened
// channel, row, column, every row [1 1 1 1 1 −1 −1 −1]; ReLU; target output 0.
TEST_CASE("grad_cam: the toy network's maps at both layers") {
  const float bias[2] = {-50, -75}, fc[8] = {1, 1, 1, 1, 1, -1, -1, -1};
  std::vector<float> conv(8), rectified(8), conv_gradient(8),
      rectified_gradient(8);  // (2, 2, 2) HWC
  float score = 0;
  for (int place = 0; place < 4; ++place)
    for (int filter = 0; filter < 2; ++filter) {
      float sum = bias[filter];
      for (int r = 0; r < 3; ++r)
        for (int c = 0; c < 3; ++c) sum += static_cast<float>(4 * (place / 2 + r) + place % 2 + c);
      const auto i = static_cast<std::size_t>(2 * place + filter);
      conv[i] = sum;
      rectified[i] = std::max(sum, 0.0f);
      rectified_gradient[i] = fc[4 * filter + place];  // the output's ReLU is open: its input is 54
      conv_gradient[i] = sum > 0 ? rectified_gradient[i] : 0;
      score += fc[4 * filter + place] * rectified[i];
    }
  CHECK_EQ(score, 54);
  each_variant(grad_cam_variants(), [&](const auto& run) {
    const Case s{1, 2, 2, 2};
    const Cam relu1 = by_variant(run, rectified, rectified_gradient, s, true);
    CHECK_CLOSE(relu1.map, (std::vector<float>{0, 4, 28, 32.5f}), 1e-5, 0);
    CHECK_CLOSE(relu1.weight, (std::vector<float>{1, -0.5f}), 1e-5, 0);
    CHECK_CLOSE(relu1.peak, (std::vector<float>{32.5f}), 1e-5, 0);
    // Before the ReLU; signed values, which are all positive here.
    const Cam conv1 = by_variant(run, conv, conv_gradient, s, false);
    CHECK_CLOSE(conv1.map, (std::vector<float>{11.25f, 13.5f, 20.25f, 22.5f}), 1e-5, 0);
    CHECK_CLOSE(conv1.weight, (std::vector<float>{0.75f, -0.5f}), 1e-5, 0);
  });
}

TEST_CASE("grad_cam: extents out of range are errors") {
  GradCamArgs a{nullptr, nullptr, nullptr, nullptr, nullptr, 1, 2, 0, 3};
  CHECK_THROWS_WITH_AS(grad_cam(stream(), a),
                       "grad_cam: every extent must be at least 1, got (1, 2, 0, 3)", Error);
  a.w = 2, a.k = 4097;
  CHECK_THROWS_WITH_AS(grad_cam(stream(), a), "grad_cam: a layer may have 4096 channels, got 4097",
                       Error);
  a.h = a.w = 65536, a.k = 1;
  CHECK_THROWS_AS(grad_cam(stream(), a), Error);
}
