#include "kernels/conv2d/patterns/conv2d_patterns.h"

#include "kernels/conv2d/relu_pool/conv2d_relu_pool.h"
#include "tests/kernels/conv2d_cases.h"
#include "tests/kernels/each_variant.h"
#include "tests/kernels/masked_cases.h"
#include "tests/kernels/pattern_cases.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

constexpr int kMasks = 9, kInputRows = 12;

// Rows at several places and masks, more than a block of any variant takes.
std::vector<PatternRow> some_rows(int places, int count) {
  std::vector<PatternRow> rows;
  for (int t = 0; t < count; ++t) rows.push_back({7 * t % places, t % kMasks});
  return rows;
}

// A convolution's operands, with masks over an image and rows of a layer before as inputs.
struct Case {
  Conv2dShape shape;
  int pool;
  MaskedCase masked;
  PatternCase input;
  std::vector<float> x, w, bias;
  std::vector<PatternRow> rows;
  Tensor device_x, device_w, device_bias, device_rows;

  Case(const Conv2dShape& of, int pool_side, bool integers, int count)
      : shape(of),
        pool(pool_side),
        masked(1, kMasks, of.h, of.w, of.c, 40, integers),
        input(of.h * of.w, kMasks, kInputRows) {
    shape.n = 1;
    const auto values = [&](std::size_t size, std::uint64_t stream) {
      return integers ? random_integers(size, stream) : random_values(size, stream);
    };
    const Conv2dCounts counts(shape);
    x = values(std::size_t(kInputRows) * shape.c, 1);
    w = values(counts.w, 2);
    bias = values(counts.k, 3);
    rows = some_rows(shape.p() / pool * (shape.q() / pool), count);
    device_x = upload(x);
    device_w = upload(w);
    device_bias = upload(bias);
    device_rows = upload_pairs(rows);
  }

  std::size_t outputs() const { return rows.size() * shape.k; }
  int count() const { return static_cast<int>(rows.size()); }

  Conv2dPatternsArgs on_host(bool of_masks, float* y) const {
    return {shape,
            of_masks ? nullptr : x.data(),
            input.on_host,
            of_masks ? masked.on_host : MaskedImage{},
            rows.data(),
            count(),
            w.data(),
            bias.data(),
            y,
            pool};
  }
  Conv2dPatternsArgs on_device(bool of_masks, const Tensor& y) const {
    return {shape,
            of_masks ? nullptr : device_x.data<float>(),
            input.on_device,
            of_masks ? masked.on_device : MaskedImage{},
            reinterpret_cast<const PatternRow*>(device_rows.data<std::int32_t>()),
            count(),
            device_w.data<float>(),
            device_bias.data<float>(),
            y.data<float>(),
            pool};
  }
};

// Calls f(expected, result) for each variant and either input.
template <class F>
void for_results(const Case& k, const F& f) {
  for (const bool of_masks : {true, false}) {
    CAPTURE(of_masks);
    std::vector<float> expected(k.outputs());
    conv2d_patterns_reference(k.on_host(of_masks, expected.data()));
    each_variant(conv2d_patterns_variants(), [&](const auto& run) {
      const Tensor y = result(k.outputs());
      if (run(k.on_device(of_masks, y))) f(expected, y.to_host<float>(stream()));
    });
  }
}

bool pools(const Conv2dShape& shape, int pool) { return shape.p() >= pool && shape.q() >= pool; }

}  // namespace

TEST_CASE("conv2d_patterns: integers equal the reference bit for bit") {
  for (const Conv2dShape& shape : conv2d_cases_of_one_group())
    for (const int pool : {1, 2, 3}) {
      if (!pools(shape, pool)) continue;
      CAPTURE(to_string(shape));
      CAPTURE(pool);
      for_results(Case(shape, pool, true, 41),
                  [](const auto& expected, const auto& y) { CHECK_SAME_BITS(y, expected); });
    }
}

TEST_CASE("conv2d_patterns: real values equal the reference within rounding") {
  for (const Conv2dShape& shape : conv2d_cases_of_one_group()) {
    if (!pools(shape, 2)) continue;
    CAPTURE(to_string(shape));
    for_results(Case(shape, 2, false, 41), [&](const auto& expected, const auto& y) {
      CHECK_CLOSE(y, expected, conv2d_tolerance(shape.taps() + 1), 0);
    });
  }
}

TEST_CASE("conv2d_patterns: a row is what conv2d_relu_pool gives there") {
  for (const Conv2dShape& one : conv2d_cases_of_one_group()) {
    if (!pools(one, 2)) continue;
    CAPTURE(to_string(one));
    const Case k(one, 2, device() != DeviceKind::cpu, 41);
    Conv2dReluPoolArgs all{
        k.shape, nullptr, k.masked.on_device, k.device_w.data<float>(), k.device_bias.data<float>(),
        nullptr, 2};
    all.shape.n = kMasks;
    const int places = all.pooled_p() * all.pooled_q();
    const Tensor maps = result(std::size_t(kMasks) * places * one.k), y = result(k.outputs());
    all.y = maps.data<float>();
    conv2d_relu_pool(stream(), all);
    conv2d_patterns(stream(), k.on_device(true, y));
    const auto map = maps.to_host<float>(stream());
    std::vector<float> expected;
    for (const PatternRow& row : k.rows) {
      const auto from = map.begin() + (std::ptrdiff_t{row.mask} * places + row.place) * one.k;
      expected.insert(expected.end(), from, from + one.k);
    }
    CHECK_SAME_BITS(y.to_host<float>(stream()), expected);  // on the cpu of real values too
  }
}

TEST_CASE("conv2d_patterns: a row does not depend on the others") {
  const Conv2dShape shape{1, 9, 11, 6, 18, 3, 3, 1, 1, 1, 1};
  const Case many(shape, 2, false, kSmallShapesOnly ? 34 : 70), few(shape, 2, false, 33);
  std::vector<std::vector<float>> all, first;
  for_results(many, [&](const auto&, const auto& y) { all.push_back(y); });
  for_results(few, [&](const auto&, const auto& y) { first.push_back(y); });
  REQUIRE(all.size() == first.size());
  for (std::size_t v = 0; v < all.size(); ++v) {
    all[v].resize(first[v].size());
    CHECK_SAME_BITS(first[v], all[v]);
  }
}

TEST_CASE("conv2d_patterns: a NaN stays to be seen") {
  Case k({1, 6, 6, 1, 3, 3, 3}, 2, true, 5);
  std::vector<float> nan(k.x.size(), std::nanf(""));
  k.device_x = upload(nan);
  each_variant(conv2d_patterns_variants(), [&](const auto& run) {
    const Tensor y = result(k.outputs());
    if (!run(k.on_device(false, y))) return;
    for (const float value : y.to_host<float>(stream())) CHECK(std::isnan(value));
  });
}

TEST_CASE("conv2d_patterns: arguments outside their range are refused") {
  Conv2dPatternsArgs a{};
  const float x = 0;
  a.shape = {1, 6, 6, 1, 3, 3, 3};
  a.x = &x;
  a.count = 1;
  const auto refused = [](const Conv2dPatternsArgs& args, const char* why) {
    CHECK_THROWS_WITH_AS(conv2d_patterns(stream(), args), doctest::Contains(why), Error);
  };
  auto with = [&](auto change) {
    Conv2dPatternsArgs changed = a;
    change(changed);
    return changed;
  };
  refused(with([](auto& b) { b.pool = 5; }), "a pooling window of 5 does not fit the 4x4");
  refused(with([](auto& b) { b.shape.n = 2; }), "rows of one image, got n=2");
  refused(with([](auto& b) { b.count = 0; }), "and 0 rows");
  refused(with([](auto& b) { b.x = nullptr; }), "either x or masks");
}
