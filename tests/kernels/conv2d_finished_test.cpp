// The cpu's convolution with what follows it: against passes of its own, and the wide way against the narrow one, which
// the sharing of masks takes, bit for bit.
#include "kernels/conv2d/conv2d_finished_cpu.h"

#include "kernels/activation/activation.h"
#include "kernels/conv2d/conv2d_tile_cpu.h"
#include "kernels/conv2d/relu_pool/conv2d_relu_pool.h"
#include "kernels/elementwise/elementwise.h"
#include "tests/kernels/conv2d_cases.h"

#ifdef _OPENMP
#include <omp.h>
#endif

using namespace pellucid;
using namespace pellucid::test;

namespace {

// One of each class of ImageNet's networks, smaller.
std::vector<Conv2dShape> finished_cases() {
  auto cases = conv2d_cases();
  const Conv2dShape more[] = {
      {2, 23, 21, 3, 64, 7, 7, 2, 2, 3, 3},            // a stem
      {3, 7, 7, 70, 130, 3, 3, 1, 1, 1, 1},            // several parts of taps, places over images
      {2, 14, 14, 48, 24, 1, 1},                       // a projection
      {1, 9, 8, 40, 66, 1, 1, 2, 2},                   // a strided matrix product
      {2, 13, 13, 330, 20, 1, 1},                      // parts of taps inside a run
      {1, 10, 11, 48, 80, 3, 3, 2, 2, 1, 1, 1, 1, 2},  // wide groups
      {1, 12, 12, 20, 36, 3, 3, 1, 1, 2, 2, 2, 2},     // dilation
      {2, 9, 9, 5, 40, 3, 3, 1, 1, 0, 1, 1, 1, 1, 2, 0},  // few channels, padding of one side
  };
  cases.insert(cases.end(), std::begin(more), std::end(more));
  return cases;
}

struct Arrays {
  explicit Arrays(const Conv2dShape& shape, bool integers = false) : count(shape) {
    const auto draw = [&](std::size_t n, std::uint64_t seed) {
      return integers ? random_integers(n, seed) : random_values(n, seed);
    };
    x = draw(count.x, 1), w = draw(count.w, 2), bias = draw(count.k, 3), addend = draw(count.y, 4);
    panels.resize(cpu::packed_conv2d_floats(shape));
    cpu::pack_conv2d(shape, w.data(), panels.data());
  }
  std::vector<float> finished(const Conv2dShape& shape, Finish finish, int pool = 1) const {
    std::vector<float> y(std::size_t(shape.n) * (shape.p() / pool) * (shape.q() / pool) * shape.k);
    cpu::conv2d_finished(stream(),
                         {shape, x.data(), panels.data(), bias.data(), y.data(), finish, pool});
    return y;
  }

  Conv2dCounts count;
  std::vector<float> x, w, bias, addend, panels;
};

}  // namespace

TEST_CASE("conv2d finished: integers equal the reference bit for bit") {
  if (device() != DeviceKind::cpu) return;
  for (const Conv2dShape& shape : finished_cases()) {
    CAPTURE(to_string(shape));
    const Arrays a(shape, true);
    std::vector<float> expected(a.count.y);
    conv2d_fprop_reference(shape, a.x.data(), a.w.data(), a.bias.data(), expected.data());
    CHECK_SAME_BITS(a.finished(shape, {}), expected);
  }
}

TEST_CASE("conv2d finished: real values equal the reference within rounding") {
  if (device() != DeviceKind::cpu) return;
  for (const Conv2dShape& shape : finished_cases()) {
    CAPTURE(to_string(shape));
    const Arrays a(shape);
    std::vector<float> expected(a.count.y);
    conv2d_fprop_reference(shape, a.x.data(), a.w.data(), a.bias.data(), expected.data());
    CHECK_CLOSE(a.finished(shape, {}), expected, conv2d_tolerance(shape.taps() + 1), 0);
  }
}

TEST_CASE("conv2d finished: the wide way has the bits of the narrow one") {
  if (device() != DeviceKind::cpu) return;
  for (const Conv2dShape& shape : finished_cases()) {
    if (!cpu::conv2d_is_wide(shape)) continue;
    CAPTURE(to_string(shape));
    const Arrays a(shape);
    for (const Finish& finish : {Finish{}, {.addend = a.addend.data(), .relu = true}}) {
      std::vector<float> narrow(a.count.y);
      cpu::convolve_narrow(
          stream(), {shape, a.x.data(), a.panels.data(), a.bias.data(), narrow.data(), finish});
      CHECK_SAME_BITS(a.finished(shape, finish), narrow);
    }
  }
}

TEST_CASE("conv2d finished: what follows has the bits of passes of its own") {
  if (device() != DeviceKind::cpu) return;
  const Activation swish{ActivationFunction::swish, 1},
      clip{ActivationFunction::clip, -0.5f, 0.25f};
  for (const Conv2dShape& shape : finished_cases()) {
    CAPTURE(to_string(shape));
    const Arrays a(shape);
    const auto plain = a.finished(shape, {});
    const auto count = static_cast<std::int64_t>(plain.size());
    for (const bool adds : {false, true}) {
      CAPTURE(adds);
      std::vector<float> sum = plain;
      if (adds)
        add(stream(), {.x = plain.data(), .z = a.addend.data(), .y = sum.data(), .count = count});
      const float* const addend = adds ? a.addend.data() : nullptr;
      std::vector<float> expected(plain.size());
      relu(stream(), {sum.data(), expected.data(), count});
      CHECK_SAME_BITS(a.finished(shape, {.addend = addend, .relu = true}), expected);
      for (const Activation& f : {swish, clip}) {
        activation(stream(), {f, sum.data(), expected.data(), count});
        const Finish finish{.addend = addend,
                            .function = cpu::finishing_activation(f.function),
                            .alpha = f.alpha,
                            .beta = f.beta};
        CHECK_SAME_BITS(a.finished(shape, finish), expected);
        if (f.function != ActivationFunction::clip) continue;
        CHECK_SAME_BITS(
            a.finished(shape, {.addend = addend, .clips = true, .alpha = f.alpha, .beta = f.beta}),
            expected);
      }
    }
  }
}

TEST_CASE("conv2d finished: pooling behind it has the bits of the pooling operator") {
  if (device() != DeviceKind::cpu) return;
  for (const Conv2dShape& shape : finished_cases())
    for (const int pool : {2, 3}) {
      if (!cpu::conv2d_is_wide(shape) || shape.groups > 1 || shape.p() < pool || shape.q() < pool)
        continue;
      CAPTURE(to_string(shape));
      CAPTURE(pool);
      const Arrays a(shape);
      const auto y = a.finished(shape, {.relu = true}, pool);
      std::vector<float> expected(y.size());
      conv2d_relu_pool_reference(
          {shape, a.x.data(), {}, a.w.data(), a.bias.data(), expected.data(), pool});
      CHECK_CLOSE(y, expected, conv2d_tolerance(shape.taps() + 1), 0);
      const auto before = a.finished(shape, {.relu = true});
      for (std::size_t e = 0; e < y.size(); ++e) {
        const std::size_t k = e % shape.k, j = e / shape.k % (shape.q() / pool);
        const std::size_t i = e / shape.k / (shape.q() / pool), n = i / (shape.p() / pool);
        float most = 0;
        for (int at = 0; at < pool * pool; ++at)
          most = std::max(
              most,
              before[((n * shape.p() + i % (shape.p() / pool) * pool + at / pool) * shape.q() +
                      j * pool + at % pool) *
                         shape.k +
                     k]);
        REQUIRE(y[e] == most);
      }
    }
}

TEST_CASE("conv2d finished: batch and threads change no bit") {
  if (device() != DeviceKind::cpu) return;
  for (const Conv2dShape& one : {Conv2dShape{1, 14, 14, 40, 150, 3, 3, 1, 1, 1, 1},
                                 {1, 15, 15, 300, 90, 1, 1},
                                 {1, 25, 25, 3, 33, 7, 7, 2, 2, 3, 3},
                                 {1, 20, 20, 40, 40, 3, 3, 1, 1, 1, 1, 1, 1, 40}}) {
    CAPTURE(to_string(one));
    Conv2dShape batch = one;
    batch.n = 16;
    const Arrays all(batch);
    const auto expected = all.finished(batch, {.relu = true});
    const std::size_t floats = expected.size() / 16;
    for (const int images : {1, 3}) {
      Conv2dShape some = one;
      some.n = images;
      const auto part = all.finished(some, {.relu = true});
      CHECK_SAME_BITS(part,
                      std::vector<float>(expected.begin(), expected.begin() + images * floats));
    }
#ifdef _OPENMP
    const int before = omp_get_max_threads();
    for (const int threads : {1, 2, 3}) {
      omp_set_num_threads(threads);
      CHECK_SAME_BITS(all.finished(batch, {.relu = true}), expected);
      const auto single = all.finished(one, {.relu = true});
      CHECK_SAME_BITS(single, std::vector<float>(expected.begin(), expected.begin() + floats));
    }
    omp_set_num_threads(before);
#endif
  }
}

TEST_CASE("conv2d finished: a tile has the same bits in registers of either width") {
  if (device() != DeviceKind::cpu) return;
  for (const int columns : {1, 16, 17, 31, 40, 64})
    for (int places = 1; places <= cpu::kTile; ++places)
      for (const bool finishes : {false, true}) {
        const int length = 7, taps = 3 * length;
        const auto x = random_values(100, 1), panels = random_values(64 * taps, 2);
        const auto bias = random_values(64, 3), addend = random_values(64 * cpu::kTile, 4);
        std::vector<const float*> inputs(3 * cpu::kTile);
        for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = &x[i * 5 % 90];
        std::vector<float> out[2];
        for (const int wide : {0, 1}) {
          out[wide] = random_values(static_cast<std::size_t>(cpu::kTile) * columns, 5);
          cpu::multiply_tile(
              {inputs.data(), length, finishes ? 9 : 0, taps, panels.data(), taps * cpu::kPanel,
               places, columns, out[wide].data(), columns, finishes ? bias.data() : nullptr,
               finishes ? addend.data() : nullptr, finishes},
              wide ? cpu::Registers::sixteen_wide : cpu::Registers::eight_wide);
        }
        CAPTURE(columns);
        CAPTURE(places);
        CHECK_SAME_BITS(out[0], out[1]);
      }
}
