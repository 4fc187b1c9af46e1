#include "kernels/winner_sum/winner_sum.h"

#include <limits>

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

std::vector<WinnerSumShape> cases() {
  if (kSmallShapesOnly) return {{2, 1100, 3}, {1, 33, 40}};
  std::vector<WinnerSumShape> shapes{{3, 5000, 21}, {2, 1025, 2}, {1, 40, 1000}, {70000, 2, 3}};
  for (const int extent : {1, 2, 3, 31, 32, 33, 63, 64, 65, 127, 257}) {
    shapes.push_back({2, extent, 5});
    shapes.push_back({2, 7, extent});
  }
  return shapes;
}

// Whole numbers of a small range: full of ties, and sums are exact.
std::vector<float> logits_of(const WinnerSumShape& s) {
  return random_integers(static_cast<std::size_t>(s.values()), 1);
}

std::vector<float> mask_of(const WinnerSumShape& s) {
  auto mask = random_values(static_cast<std::size_t>(s.places), 2);
  for (float& value : mask) value = value > 0 ? value : 0;
  return mask;
}

template <class Check>
void for_cases(const Check& check) {
  for (const WinnerSumShape& s : cases())
    for (const bool masked : {false, true}) {
      CAPTURE(s.n);
      CAPTURE(s.places);
      CAPTURE(s.classes);
      CAPTURE(masked);
      check(s, masked);
    }
}

}  // namespace

TEST_CASE("winner_sum: every variant equals the reference bit for bit, ties included") {
  each_variant(winner_sum_variants(), [](const auto& run) {
    for_cases([&](const WinnerSumShape& s, bool masked) {
      const auto x = logits_of(s), mask = mask_of(s);
      std::vector<float> sums(static_cast<std::size_t>(s.sums()));
      std::vector<std::int32_t> winners(static_cast<std::size_t>(s.rows()));
      winner_sum_reference(s, x.data(), masked ? mask.data() : nullptr, winners.data(),
                           sums.data());
      const Tensor tx = Tensor::from_host(stream(), {s.n, s.places, s.classes}, x),
                   tmask = Tensor::from_host(stream(), {s.places}, mask),
                   winner = Tensor::empty(stream(), {s.n, s.places}, DType::i32),
                   y = Tensor::empty(stream(), {s.n, s.classes});
      if (!run({s, tx.data<float>(), masked ? tmask.data<float>() : nullptr,
                masked ? nullptr : winner.data<std::int32_t>(), y.data<float>()}))
        return;
      CHECK(y.to_host<float>(stream()) == sums);
      if (!masked) CHECK(winner.to_host<std::int32_t>(stream()) == winners);
    });
  });
}

TEST_CASE("winner_sum backward: every variant equals the reference bit for bit") {
  each_variant(winner_sum_backward_variants(), [](const auto& run) {
    for_cases([&](const WinnerSumShape& s, bool masked) {
      const auto x = logits_of(s), mask = mask_of(s),
                 dy = random_values(static_cast<std::size_t>(s.sums()), 3);
      std::vector<float> y(dy.size()), dx(x.size());
      std::vector<std::int32_t> winners(static_cast<std::size_t>(s.rows()));
      winner_sum_reference(s, x.data(), nullptr, winners.data(), y.data());
      winner_sum_backward_reference(s, dy.data(), masked ? mask.data() : nullptr, winners.data(),
                                    dx.data());
      const Tensor tdy = Tensor::from_host(stream(), {s.n, s.classes}, dy),
                   tmask = Tensor::from_host(stream(), {s.places}, mask),
                   winner = Tensor::from_host(stream(), {s.n, s.places}, winners),
                   out = Tensor::empty(stream(), {s.n, s.places, s.classes});
      if (run({s, tdy.data<float>(), masked ? tmask.data<float>() : nullptr,
               masked ? nullptr : winner.data<std::int32_t>(), out.data<float>()}))
        CHECK(out.to_host<float>(stream()) == dx);
    });
  });
}

TEST_CASE("winner_sum: a NaN never wins, and an image's bits are its own") {
  const float nan = std::numeric_limits<float>::quiet_NaN(),
              least = -std::numeric_limits<float>::infinity();
  each_variant(winner_sum_variants(), [&](const auto& run) {
    const std::vector<float> x{nan, 1, 2, nan, nan, nan, least, least, least, 3, nan, 3};
    const Tensor tx = Tensor::from_host(stream(), {1, 4, 3}, x),
                 winner = Tensor::empty(stream(), {1, 4}, DType::i32),
                 y = Tensor::empty(stream(), {1, 3});
    run({{1, 4, 3}, tx.data<float>(), nullptr, winner.data<std::int32_t>(), y.data<float>()});
    CHECK(winner.to_host<std::int32_t>(stream()) == std::vector<std::int32_t>{2, 0, 0, 0});

    const WinnerSumShape one{1, 2100, 6}, three{3, 2100, 6};
    const auto many = random_values(static_cast<std::size_t>(three.values()), 4);
    const Tensor all = Tensor::from_host(stream(), {3, 2100, 6}, many),
                 winners = Tensor::empty(stream(), {3, 2100}, DType::i32),
                 together = Tensor::empty(stream(), {3, 6}), alone = Tensor::empty(stream(), {6});
    run({three, all.data<float>(), nullptr, winners.data<std::int32_t>(), together.data<float>()});
    run({one, all.data<float>() + one.values(), nullptr, winners.data<std::int32_t>(),
         alone.data<float>()});
    const auto sums = together.to_host<float>(stream());
    CHECK(alone.to_host<float>(stream()) ==
          std::vector<float>(sums.begin() + 6, sums.begin() + 12));
    std::vector<double> expected(18);
    std::vector<std::int32_t> chosen(6300);
    const std::vector<double> wide(many.begin(), many.end());
    winner_sum_reference(three, wide.data(), nullptr, chosen.data(), expected.data());
    // Sums of about 350 values below 1.
    CHECK_CLOSE(sums, std::vector<float>(expected.begin(), expected.end()), 1e-5, 2e-6);
  });
}

TEST_CASE("winner_sum: what cannot be is refused") {
  float x = 0, y = 0;
  std::int32_t winner = 0;
  CHECK_THROWS_WITH(winner_sum(stream(), {{1, 0, 1}, &x, nullptr, &winner, &y}),
                    "winner_sum: extents must be at least 1, got n 1, places 0, classes 1");
  CHECK_THROWS_WITH(winner_sum(stream(), {{1, 1, 1}, &x, nullptr, nullptr, &y}),
                    "winner_sum: needs a mask or winners, got neither");
  CHECK_THROWS_WITH(winner_sum_backward(stream(), {{1, 1, 1}, &y, &x, &winner, &x}),
                    "winner_sum_backward: needs a mask or winners, got both");
}
