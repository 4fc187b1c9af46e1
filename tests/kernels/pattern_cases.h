// pattern_cases.h: patterns of masks on the device, for the operators that read them.
#pragma once

#include <vector>

#include "kernels/mask_patterns.h"
#include "runtime/tensor.h"
#include "tests/support/device.h"
#include "tests/support/random_values.h"

namespace pellucid::test {

// (count, 2) integers.
template <class Pair>
Tensor upload_pairs(const std::vector<Pair>& pairs) {
  static_assert(sizeof(Pair) == 2 * sizeof(std::int32_t));
  const auto* values = reinterpret_cast<const std::int32_t*>(pairs.data());
  return Tensor::from_host(stream(), {static_cast<std::int64_t>(pairs.size()), 2},
                           std::span(values, 2 * pairs.size()));
}

// `rows` rows that `places` places show under `masks` masks, drawn at random.
class PatternCase {
 public:
  PatternCase(int places, int masks, int rows) {
    constexpr int kViews = 3;
    const RandomKey key{17, 0};
    std::uint64_t index = 0;
    const auto below = [&](int limit) {
      return static_cast<std::int32_t>(
          random_below(key, index++, static_cast<std::uint32_t>(limit)));
    };
    const int patterns = (rows + 1) / 2;
    for (int i = 0; i < kViews * masks; ++i) pattern_of_mask_.push_back(below(patterns));
    for (int i = 0; i < places; ++i)
      places_.push_back({below(rows - patterns + 1), masks * below(kViews)});
    tensors_ = {upload_pairs(places_),
                Tensor::from_host(stream(), {kViews * masks}, pattern_of_mask_)};
    on_host = {places_.data(), pattern_of_mask_.data()};
    on_device = {reinterpret_cast<const PatternPlace*>(tensors_[0].data<std::int32_t>()),
                 tensors_[1].data<std::int32_t>()};
  }
  PatternCase(const PatternCase&) = delete;
  PatternCase& operator=(const PatternCase&) = delete;

  MaskPatterns on_device, on_host;

 private:
  std::vector<PatternPlace> places_;
  std::vector<std::int32_t> pattern_of_mask_;
  std::vector<Tensor> tensors_;
};

}  // namespace pellucid::test
