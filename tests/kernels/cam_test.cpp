#include "kernels/cam/cam.h"

#include <algorithm>
#include <functional>
#include <map>

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

constexpr GradientCam kMethods[] = {GradientCam::gradcam, GradientCam::gradcam_plus_plus,
                                    GradientCam::hirescam, GradientCam::xgradcam,
                                    GradientCam::layercam};
constexpr GradCamPlusPlusForm kForms[] = {GradCamPlusPlusForm::paper, GradCamPlusPlusForm::mean,
                                          GradCamPlusPlusForm::normalised};

struct Cam {
  std::vector<float> weight, map, peak;
};
using Cams = std::map<GradientCam, Cam>;

// The settings that all methods share.
struct Settings {
  bool relu = true;
  GradCamPlusPlusForm form = GradCamPlusPlusForm::paper;
  float plus_plus_epsilon = 0, xgradcam_epsilon = 0;
};

Cam by_reference(GradientCam method, const std::vector<float>& activation,
                 const std::vector<float>& gradient, const Case& s, const Settings& o) {
  const auto n = static_cast<std::size_t>(s.n);
  Cam cam{std::vector<float>(has_channel_weights(method) ? n * s.k : 0),
          std::vector<float>(n * s.h * s.w), std::vector<float>(n)};
  gradient_cam_reference(
      method, activation.data(), gradient.data(), s.n, s.h, s.w, s.k, o.relu, o.form,
      double{method == GradientCam::xgradcam ? o.xgradcam_epsilon : o.plus_plus_epsilon},
      cam.weight.data(), cam.map.data(), cam.peak.data());
  return cam;
}

// Empty if the variant does not take the arguments.
Cams by_variant(const std::function<bool(const GradientCamArgs&)>& run,
                const std::vector<GradientCam>& methods, const std::vector<float>& activation,
                const std::vector<float>& gradient, const Case& s, const Settings& o) {
  const Tensor a = Tensor::from_host(stream(), {s.n, s.h, s.w, s.k}, activation);
  const Tensor g = Tensor::from_host(stream(), {s.n, s.h, s.w, s.k}, gradient);
  GradientCamArgs args{
      a.data<float>(),     g.data<float>(),   s.n, s.h, s.w, s.k, {}, o.relu, o.form,
      o.plus_plus_epsilon, o.xgradcam_epsilon};
  struct Outputs {
    Tensor weight, map, peak;
  };
  std::map<GradientCam, Outputs> outputs;
  for (const GradientCam method : methods) {
    Outputs out{{}, Tensor::empty(stream(), {s.n, s.h, s.w}), Tensor::empty(stream(), {s.n})};
    if (has_channel_weights(method)) out.weight = Tensor::empty(stream(), {s.n, s.k});
    args[method] = {out.map.data<float>(), out.peak.data<float>(),
                    has_channel_weights(method) ? out.weight.data<float>() : nullptr};
    outputs.emplace(method, out);
  }
  if (!run(args)) return {};
  Cams cams;
  for (const auto& [method, out] : outputs)
    cams[method] = {
        has_channel_weights(method) ? out.weight.to_host<float>(stream()) : std::vector<float>{},
        out.map.to_host<float>(stream()), out.peak.to_host<float>(stream())};
  return cams;
}

// Those that take every method; v3, which takes Grad-CAM alone, is held to the bits of v2.
std::vector<Variant<GradientCamArgs>> variants_of_all() {
  auto variants = variants_on(gradient_cam_variants(), device());
  std::erase_if(variants, [](const auto& variant) {
    return variant.name == std::string_view("gradient_cam_v3_split");
  });
  return variants;
}

std::vector<GradientCam> all_methods() { return {std::begin(kMethods), std::end(kMethods)}; }

}  // namespace

TEST_CASE("gradient_cam: every variant equals the reference") {
  int taken = 0;
  each_variant(gradient_cam_variants(), [&taken](const auto& run) {
    for (const Case& s : cases())
      for (const GradientCam method : kMethods) {
        CAPTURE(s.n);
        CAPTURE(s.h);
        CAPTURE(s.w);
        CAPTURE(s.k);
        CAPTURE(static_cast<int>(method));
        const auto count = static_cast<std::size_t>(s.n) * s.h * s.w * s.k;
        const auto activation = random_values(count, 1, 0, 1),
                   gradient = random_values(count, 2, 0.1, 1);
        for (const GradCamPlusPlusForm form : kForms) {
          if (form != GradCamPlusPlusForm::paper && method != GradientCam::gradcam_plus_plus)
            continue;
          const Settings settings{true, form, 1e-6f, 1e-7f};
          const Cams actual = by_variant(run, {method}, activation, gradient, s, settings);
          if (actual.empty()) continue;
          ++taken;
          const Cam expected = by_reference(method, activation, gradient, s, settings);
          const Cam& cam = actual.at(method);
          // All terms are positive, so each addition is off by at most 2^-24 of its sum: H·W of them
          // in a sum over places, K in one over channels, and a few products and quotients. An α
          // has the error of S, a weight those of its α and two sums.
          const double pooled = 6e-8 * (3 * s.h * s.w + 12), summed = pooled + 6e-8 * (s.k + 2);
          CHECK_CLOSE(cam.weight, expected.weight, 0, pooled);
          CHECK_CLOSE(cam.map, expected.map, 0, summed);
          CHECK_CLOSE(cam.peak, expected.peak, 0, summed);
        }
      }
  });
  CHECK(taken > 0);
}

TEST_CASE("gradient_cam: Grad-CAM split over blocks has the bits of Grad-CAM in one") {
  const auto variants = variants_on(gradient_cam_variants(), device());
  const auto named = [&](std::string_view name) {
    return std::find_if(variants.begin(), variants.end(),
                        [name](const auto& variant) { return variant.name == name; });
  };
  const auto split = named("gradient_cam_v3_split"), fused = named("gradient_cam_v2_fused");
  if (split == variants.end()) return;  // the cpu
  for (const Case& s : cases())
    for (const bool relu : {true, false}) {
      CAPTURE(s.h);
      CAPTURE(s.k);
      const auto count = static_cast<std::size_t>(s.n) * s.h * s.w * s.k;
      const auto activation = random_values(count, 21), gradient = random_values(count, 22);
      const auto by = [&](const auto& variant) {
        const auto run = [&](const GradientCamArgs& args) {
          if (variant.takes(args)) variant.on(device())(stream(), args);
          return variant.takes(args);
        };
        return by_variant(run, {GradientCam::gradcam}, activation, gradient, s, {relu});
      };
      const Cams one = by(*fused), many = by(*split);
      CHECK_EQ(many.empty(), s.k > 1024);
      if (many.empty()) continue;
      const Cam &a = one.at(GradientCam::gradcam), &b = many.at(GradientCam::gradcam);
      CHECK_SAME_BITS(b.weight, a.weight);
      CHECK_SAME_BITS(b.map, a.map);
      CHECK_SAME_BITS(b.peak, a.peak);
    }
}

TEST_CASE("gradient_cam: of signed values, where terms cancel") {
  each_variant(variants_of_all(), [](const auto& run) {
    const Case s{2, 9, 7, 40};
    const auto count = static_cast<std::size_t>(s.n) * s.h * s.w * s.k;
    // Activations as after a ReLU, half of them 0; gradients of both signs, small, as a network's.
    auto activation = random_values(count, 7, -1, 1);
    for (float& value : activation) value = std::max(value, 0.0f);
    const auto gradient = random_values(count, 8, -0.01, 0.01);
    for (const GradCamPlusPlusForm form : kForms)
      for (const float epsilon : {0.0f, 1e-6f}) {
        const Settings settings{false, form, epsilon, epsilon};
        const Cams actual = by_variant(run, all_methods(), activation, gradient, s, settings);
        REQUIRE(!actual.empty());
        for (const GradientCam method : kMethods) {
          CAPTURE(static_cast<int>(method));
          CAPTURE(static_cast<int>(form));
          const Cam expected = by_reference(method, activation, gradient, s, settings);
          const Cam& cam = actual.at(method);
          const auto scale = [](const std::vector<float>& values) {
            float largest = 0;
            for (const float value : values) largest = std::max(largest, std::abs(value));
            return double{largest};
          };
          // 63 terms a weight and 40 a place, each rounded once: 1e-5 of the largest. |S·G| ≤ 0.63,
          // so that no α comes near a pole.
          CHECK_CLOSE(cam.weight, expected.weight, 1e-5 * scale(expected.weight), 0);
          CHECK_CLOSE(cam.map, expected.map, 1e-5 * scale(expected.map), 0);
          CHECK_CLOSE(cam.peak, expected.peak, 1e-5 * scale(expected.map), 0);
        }
      }
  });
}

TEST_CASE("gradient_cam: what is a sum of integers is exact, with and without ReLU") {
  each_variant(variants_of_all(), [](const auto& run) {
    // A power of two of places, so that Grad-CAM's mean is exact too.
    for (const Case& s : {Case{2, 4, 4, 33}, Case{3, 1, 1, 65}, Case{1, 8, 16, 3}})
      for (const bool relu : {true, false}) {
        CAPTURE(s.k);
        CAPTURE(relu);
        const auto count = static_cast<std::size_t>(s.n) * s.h * s.w * s.k;
        const auto activation = random_integers(count, 3), gradient = random_integers(count, 4);
        const Settings settings{relu};
        const Cams actual = by_variant(run, all_methods(), activation, gradient, s, settings);
        REQUIRE(!actual.empty());
        for (const GradientCam method : kMethods) {
          CAPTURE(static_cast<int>(method));
          const Cam expected = by_reference(method, activation, gradient, s, settings);
          const Cam& cam = actual.at(method);
          // XGrad-CAM's weight is one quotient of two integers, rounded once.
          if (method != GradientCam::gradcam_plus_plus)
            CHECK_SAME_BITS(cam.weight, expected.weight);
          if (method == GradientCam::gradcam_plus_plus || method == GradientCam::xgradcam) continue;
          CHECK_SAME_BITS(cam.map, expected.map);
          CHECK_SAME_BITS(cam.peak, expected.peak);
        }
      }
  });
}

TEST_CASE("gradient_cam: a map that is negative everywhere") {
  each_variant(variants_of_all(), [](const auto& run) {
    const std::vector<float> activation{1, 2, 3, 4}, gradient{-1, -1, -1, -1};
    const Case s{1, 2, 2, 1};
    const Cams clipped = by_variant(run, all_methods(), activation, gradient, s, {true});
    const Cams whole = by_variant(run, all_methods(), activation, gradient, s, {false});
    for (const GradientCam method : kMethods) {
      CAPTURE(static_cast<int>(method));
      CHECK_EQ(clipped.at(method).map, std::vector<float>{0, 0, 0, 0});
      CHECK_EQ(clipped.at(method).peak, std::vector<float>{0});
      const bool positive_only =
          method == GradientCam::gradcam_plus_plus || method == GradientCam::layercam;
      CHECK_EQ(whole.at(method).map,
               positive_only ? std::vector<float>{0, 0, 0, 0} : std::vector<float>{-1, -2, -3, -4});
      CHECK_EQ(whole.at(method).peak, std::vector<float>{positive_only ? 0.0f : -1.0f});
    }
  });
}

TEST_CASE("gradient_cam: a channel that is off, and gradients whose squares underflow") {
  each_variant(variants_of_all(), [](const auto& run) {
    // Two channels: the first 0 everywhere, the second (1, 3) with gradients of 1e-25.
    const std::vector<float> activation{0, 1, 0, 3}, gradient{2, 1e-25f, 2, 1e-25f};
    const Cams cams = by_variant(run, all_methods(), activation, gradient, {1, 1, 2, 2}, {});
    // α = 1/2 for both channels: Σ A is 0, or Σ A · G next to nothing.
    CHECK_CLOSE(cams.at(GradientCam::gradcam_plus_plus).weight, (std::vector<float>{2, 1e-25f}), 0,
                1e-6);
    CHECK_CLOSE(cams.at(GradientCam::xgradcam).weight, (std::vector<float>{0, 1e-25f}), 0, 1e-6);
    CHECK_CLOSE(cams.at(GradientCam::xgradcam).map, (std::vector<float>{1e-25f, 3e-25f}), 0, 1e-6);
  });
}

TEST_CASE("gradient_cam: an image's bits depend neither on the batch nor on the other methods") {
  each_variant(variants_of_all(), [](const auto& run) {
    const Case one{1, 7, 6, 70}, all{3, 7, 6, 70};
    const std::size_t size = 7 * 6 * 70;
    const auto activation = random_values(3 * size, 5), gradient = random_values(3 * size, 6);
    const Settings settings{false};
    const Cams together = by_variant(run, all_methods(), activation, gradient, all, settings);
    const auto third = [&](const std::vector<float>& v) {
      return std::vector<float>(v.end() - static_cast<std::ptrdiff_t>(v.size() / 3), v.end());
    };
    for (const GradientCam method : kMethods) {
      CAPTURE(static_cast<int>(method));
      const Cam alone =
          by_variant(run, {method}, third(activation), third(gradient), one, settings).at(method);
      CHECK_SAME_BITS(alone.weight, third(together.at(method).weight));
      CHECK_SAME_BITS(alone.map, third(together.at(method).map));
      CHECK_SAME_BITS(alone.peak, third(together.at(method).peak));
    }
  });
}

TEST_CASE("gradient_cam: all methods are one launch while their weights fit into shared memory") {
  if (device() == DeviceKind::cpu) return;
  const auto launches_of = [](int k) {
    const std::vector<float> ones(static_cast<std::size_t>(2 * 1 * 3 * k), 1.0f);
    stream().launches().set_detail(LaunchLog::Detail::times);
    by_variant([](const GradientCamArgs& a) { return gradient_cam(stream(), a), true; },
               all_methods(), ones, ones, {2, 1, 3, k}, {});
    stream().launches().set_detail(LaunchLog::Detail::off);
    return stream().launches().take();
  };
  const auto fused = launches_of(2730);
  REQUIRE_EQ(fused.size(), 1);
  CHECK_EQ(fused[0].name, "gradient_cam_v2_fused");
  CHECK_EQ(fused[0].grid.count(), 2);
  CHECK_EQ(launches_of(2731).front().name, "gradient_cam_v1_unfused_weights");
}

// Golden: a network whose Grad-CAM can be followed by hand. Image 0 … 15 (4×4); convolution 3×3
// with two filters of ones and biases −50, −75; ReLU; a linear layer 8 → 4, inputs flattened
// channel, row, column, every row [1 1 1 1 1 −1 −1 −1]; ReLU; target output 0.
TEST_CASE("gradient_cam: the toy network's maps at both layers") {
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
  each_variant(gradient_cam_variants(), [&](const auto& run) {
    const Case s{1, 2, 2, 2};
    const auto grad_cam = [&](const auto& activation, const auto& gradient, bool relu) {
      return by_variant(run, {GradientCam::gradcam}, activation, gradient, s, {relu})
          .at(GradientCam::gradcam);
    };
    const Cam relu1 = grad_cam(rectified, rectified_gradient, true);
    CHECK_CLOSE(relu1.map, (std::vector<float>{0, 4, 28, 32.5f}), 1e-5, 0);
    CHECK_CLOSE(relu1.weight, (std::vector<float>{1, -0.5f}), 1e-5, 0);
    CHECK_CLOSE(relu1.peak, (std::vector<float>{32.5f}), 1e-5, 0);
    // Before the ReLU; signed values, which are all positive here.
    const Cam conv1 = grad_cam(conv, conv_gradient, false);
    CHECK_CLOSE(conv1.map, (std::vector<float>{11.25f, 13.5f, 20.25f, 22.5f}), 1e-5, 0);
    CHECK_CLOSE(conv1.weight, (std::vector<float>{0.75f, -0.5f}), 1e-5, 0);
  });
}

TEST_CASE("gradient_cam: arguments out of range are errors") {
  float out = 0;
  GradientCamArgs a{nullptr, nullptr, 1, 2, 0, 3, {}};
  CHECK_THROWS_WITH_AS(gradient_cam(stream(), a),
                       "gradient_cam: every extent must be at least 1, got (1, 2, 0, 3)", Error);
  a.h = a.w = 65536;
  CHECK_THROWS_AS(gradient_cam(stream(), a), Error);
  a.h = a.w = 2;
  CHECK_THROWS_WITH_AS(gradient_cam(stream(), a), "gradient_cam: no map is asked for", Error);
  a[GradientCam::gradcam] = {&out, &out, nullptr};
  CHECK_THROWS_WITH_AS(gradient_cam(stream(), a),
                       "gradient_cam: method 0 has a map but nowhere to put its peak or weights",
                       Error);
  a.xgradcam_epsilon = -1;
  CHECK_THROWS_WITH_AS(gradient_cam(stream(), a),
                       "gradient_cam: epsilon must be at least 0, got -1", Error);
}
