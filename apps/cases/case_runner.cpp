#include "apps/cases/case_runner.h"

#include "runtime/random.h"

namespace pellucid {

Tensor CaseRunner::reals(Shape shape, DType type) {
  const RandomKey key{1, inputs_++};
  const auto fill = [&]<class T>(T) {
    std::vector<T> values(static_cast<std::size_t>(shape.count()));
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = T{2} * static_cast<T>(random_uniform(key, i)) - T{1};
    return Tensor::from_host(stream_, shape, values);
  };
  return type == DType::f64 ? fill(double{}) : fill(float{});
}

Tensor CaseRunner::whole_numbers(Shape shape, int below, DType type) {
  const RandomKey key{1, inputs_++};
  const auto fill = [&]<class T>(T) {
    std::vector<T> values(static_cast<std::size_t>(shape.count()));
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<T>(random_below(key, i, static_cast<std::uint32_t>(below)));
    return Tensor::from_host(stream_, shape, values);
  };
  return type == DType::u32 ? fill(std::uint32_t{}) : fill(std::int32_t{});
}

Tensor CaseRunner::empty(Shape shape, DType type) { return Tensor::empty(stream_, shape, type); }

}  // namespace pellucid
