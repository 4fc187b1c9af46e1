#include "kernels/weighted_sum/weighted_sum.h"

#include <cmath>
#include <string_view>

#include "kernels/linear/linear.h"
#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// Millions of emulated threads: seconds as they are, minutes under a sanitizer.
#if defined(__SANITIZE_ADDRESS__)
const bool kManyBlocks = false;
#else
const bool kManyBlocks = !kSmallShapesOnly;
#endif

using Values = std::vector<float>;

struct Case {
  int n, i, k;
};

std::vector<Case> cases() {
  if (kSmallShapesOnly) return {{2, 37, 5}};
  return {{1, 1, 1},    {1, 784, 128}, {1, 65, 3},   {2, 63, 31},   {3, 257, 33}, {4, 64, 64},
          {5, 127, 14}, {1, 1024, 2},  {7, 31, 257}, {33, 32, 127}, {2, 2, 130},  {1, 2809, 14}};
}

// One of the two sums: its operands, how a variant runs on them, its reference.
struct Pictures {
  using Args = WeightedSumArgs;
  static const VariantTable<Args>& variants() { return weighted_sum_variants(); }
  static constexpr auto reference = weighted_sum_reference;
  static std::size_t x(const Case& c) { return std::size_t(c.k) * c.i; }
};
struct Channels {
  using Args = WeightedChannelsArgs;
  static const VariantTable<Args>& variants() { return weighted_channels_variants(); }
  static constexpr auto reference = weighted_channels_reference;
  static std::size_t x(const Case& c) { return std::size_t(c.n) * c.i * c.k; }
};

std::size_t w_count(const Case& c) { return std::size_t(c.n) * c.k; }
std::size_t y_count(const Case& c) { return std::size_t(c.n) * c.i; }

Tensor upload(const Values& values, std::size_t skew = 0) {
  const Tensor tensor = Tensor::empty(stream(), {std::int64_t(values.size() + skew)});
  stream().copy_to_device(tensor.data<float>() + skew, values.data(), 4 * values.size());
  return tensor;
}

template <class Sum>
Values expected_of(const Case& c, const Values& x, const Values& w) {
  Values y(y_count(c));
  Sum::reference({x.data(), w.data(), y.data(), c.n, c.i, c.k});
  return y;
}

// `skew` moves all operands that many floats away from an aligned address.
template <class Run>
Values result_of(const Run& run, const Case& c, const Values& x, const Values& w,
                 std::size_t skew = 0) {
  const Tensor on_x = upload(x, skew), on_w = upload(w, skew),
               y = upload(Values(y_count(c), -7.0f), skew);
  REQUIRE(run({on_x.data<float>() + skew, on_w.data<float>() + skew, y.data<float>() + skew, c.n,
               c.i, c.k}));
  Values out = y.to_host<float>(stream());
  out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(skew));
  return out;
}

Values absolute(Values values) {
  for (float& value : values) value = std::abs(value);
  return values;
}

}  // namespace

TEST_CASE_TEMPLATE("weighted sums: integers, every variant equals the reference bit for bit", Sum,
                   Pictures, Channels) {
  for (const Case& c : cases()) {
    CAPTURE(c.n);
    CAPTURE(c.i);
    CAPTURE(c.k);
    const Values x = random_integers(Sum::x(c), 1), w = random_integers(w_count(c), 2);
    const Values expected = expected_of<Sum>(c, x, w);
    each_variant(Sum::variants(), [&](const auto& run) {
      for (const std::size_t skew : {0, 1, 2}) {
        CAPTURE(skew);
        CHECK_SAME_BITS(result_of(run, c, x, w, skew), expected);
      }
    });
  }
}

TEST_CASE_TEMPLATE("weighted sums: real values, every variant is within the rounding of a sum", Sum,
                   Pictures, Channels) {
  for (const Case& c : cases()) {
    CAPTURE(c.n);
    CAPTURE(c.i);
    CAPTURE(c.k);
    const Values x = random_values(Sum::x(c), 3), w = random_values(w_count(c), 4);
    const Values expected = expected_of<Sum>(c, x, w),
                 magnitude = expected_of<Sum>(c, absolute(x), absolute(w));
    each_variant(Sum::variants(), [&](const auto& run) {
      const Values actual = result_of(run, c, x, w);
      // As of any sum of k products in fp32 (Higham, Accuracy and Stability, §3.1).
      for (std::size_t at = 0; at < actual.size(); ++at) {
        CAPTURE(at);
        REQUIRE(std::abs(double{actual[at]} - expected[at]) <= (c.k + 2) * 0x1p-24 * magnitude[at]);
      }
      CHECK_SAME_BITS(result_of(run, c, x, w, 1), actual);
    });
  }
}

// The maps of the methods that use them were sums of linear's until they had operators of their own.
TEST_CASE("weighted sums: the bits are those of a fully connected layer, variant by variant") {
  const std::pair<std::string_view, std::string_view> same_sums[] = {
      {"weighted_sum_v2_vector", "linear_wgrad_v2_tiled"},
      {"weighted_sum_onednn", "linear_wgrad_onednn"},
      {"weighted_sum_cpu", "linear_wgrad_cpu"}};
  const std::pair<std::string_view, std::string_view> same_channels[] = {
      {"weighted_channels_v2_warp", "linear_v3_warp"},
      {"weighted_channels_onednn", "linear_onednn"},
      {"weighted_channels_cpu", "linear_cpu"}};
  for (const Case& c : cases()) {
    CAPTURE(c.n);
    CAPTURE(c.i);
    CAPTURE(c.k);
    const Values w = random_values(w_count(c), 6);
    const Tensor on_w = upload(w), layer = Tensor::empty(stream(), {c.n, c.i});
    const auto named = [](const auto& table, std::string_view name) {
      auto found = variants_on(table, device());
      std::erase_if(found, [&](const auto& variant) { return variant.name != name; });
      return found;
    };
    int compared = 0;
    for (const auto& [mine, theirs] : same_sums)
      for (const auto& variant : named(linear_wgrad_variants(), theirs)) {
        CAPTURE(mine);
        const Values x = random_values(Pictures::x(c), 5);
        const Tensor on_x = upload(x);
        variant.on(device())(stream(), {{c.k, c.i, c.n},
                                        on_x.data<float>(),
                                        on_w.data<float>(),
                                        layer.data<float>(),
                                        nullptr});
        each_variant(named(weighted_sum_variants(), mine), [&](const auto& run) {
          CHECK_SAME_BITS(result_of(run, c, x, w), layer.to_host<float>(stream()));
        });
        ++compared;
      }
    for (const auto& [mine, theirs] : same_channels)
      for (const auto& variant : named(linear_variants(), theirs)) {
        CAPTURE(mine);
        const Values x = random_values(Channels::x(c), 7);
        const Tensor on_x = upload(x);
        for (std::int64_t n = 0; n < c.n; ++n)
          variant.on(device())(stream(), {{c.i, c.k, 1},
                                          on_x.data<float>() + n * c.i * c.k,
                                          on_w.data<float>() + n * c.k,
                                          nullptr,
                                          layer.data<float>() + n * c.i});
        each_variant(named(weighted_channels_variants(), mine), [&](const auto& run) {
          CHECK_SAME_BITS(result_of(run, c, x, w), layer.to_host<float>(stream()));
        });
        ++compared;
      }
    CHECK(compared >= 2);
  }
}

TEST_CASE_TEMPLATE("weighted sums: more than 65,535 blocks", Sum, Pictures, Channels) {
  if (!kManyBlocks || device() == DeviceKind::cpu) return;
  // A block takes 256 values of one sum at most, or one picture's places.
  const Case c = std::is_same_v<Sum, Pictures> ? Case{1, 256 * 65537 - 3, 1} : Case{65537, 1, 1};
  Values x(Sum::x(c)), w(w_count(c));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = float(i % 17) - 8;
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = float(i % 13) - 5;
  const Values expected = expected_of<Sum>(c, x, w);
  each_variant(Sum::variants(),
               [&](const auto& run) { CHECK_SAME_BITS(result_of(run, c, x, w), expected); });
}

TEST_CASE("weighted sums: an extent below 1 is refused with its value") {
  CHECK_THROWS_WITH_AS(weighted_sum(stream(), {nullptr, nullptr, nullptr, 0, 2, 3}),
                       "weighted_sum: every extent must be at least 1, got n=0 i=2 k=3", Error);
  CHECK_THROWS_WITH_AS(weighted_channels(stream(), {nullptr, nullptr, nullptr, 1, 2, -3}),
                       "weighted_channels: every extent must be at least 1, got n=1 i=2 k=-3",
                       Error);
}
