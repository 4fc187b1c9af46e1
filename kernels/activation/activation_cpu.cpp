// cpu: one loop a function, parallel over large arrays. The family's are a vector wide: its formulas have
// selections for branches (kernels/elementary.h).
#include "kernels/activation/activation_dispatch.h"
#include "kernels/activation/activation_functions.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

// f(i) for i < count; all but the library's functions a vector wide.
template <ActivationFunction F, class Element>
void for_elements(std::int64_t count, const Element& f) {
  if constexpr (F < ActivationFunction::sin) {
#pragma omp parallel for simd if (parallel : count >= 65536)
    for (std::int64_t i = 0; i < count; ++i) f(i);
  } else {
#pragma omp parallel for if (count >= 65536)
    for (std::int64_t i = 0; i < count; ++i) f(i);
  }
}

}  // namespace

void relu(Stream& stream, const ReluArgs& a) {
  const LaunchScope scope(stream, {"relu_cpu", {}, {}, 0, relu_cost(a)});
#pragma omp parallel for if (a.count >= 65536)
  for (std::int64_t i = 0; i < a.count; ++i) a.y[i] = a.x[i] <= 0 ? 0.0f : a.x[i];
}

void relu_backward(Stream& stream, const ReluBackwardArgs& a) {
  const LaunchScope scope(stream, {"relu_backward_cpu", {}, {}, 0, relu_backward_cost(a)});
#pragma omp parallel for if (a.count >= 65536)
  for (std::int64_t i = 0; i < a.count; ++i) a.dx[i] = a.y[i] > 0 ? a.dy[i] : 0.0f;
}

void activation(Stream& stream, const ActivationArgs& a) {
  const LaunchScope scope(stream, {"activation_cpu", {}, {}, 0, activation_cost(a)});
  with_activation(a.f.function, [&a](auto function) {
    constexpr ActivationFunction F = decltype(function)::value;
    for_elements<F>(a.count, [x = a.x, y = a.y, f = a.f](std::int64_t i) {
      y[i] = activation_value<F>(x[i], f.alpha, f.beta);
    });
  });
}

Finish::Function finishing_activation(ActivationFunction function) {
  Finish::Function found = nullptr;
  with_activation(function, [&found](auto f) {
    constexpr ActivationFunction F = decltype(f)::value;
    found = [](float* values, std::int64_t count, float alpha, float beta) {
#pragma omp simd
      for (std::int64_t i = 0; i < count; ++i)
        values[i] = activation_value<F>(values[i], alpha, beta);
    };
  });
  return found;
}

void activation_backward(Stream& stream, const ActivationBackwardArgs& a) {
  const LaunchScope scope(stream,
                          {"activation_backward_cpu", {}, {}, 0, activation_backward_cost(a)});
  with_activation(a.f.function, [&a](auto function) {
    constexpr ActivationFunction F = decltype(function)::value;
    for_elements<F>(a.count, [x = a.x, dy = a.dy, dx = a.dx, f = a.f](std::int64_t i) {
      dx[i] = dy[i] * activation_derivative<F>(x[i], f.alpha, f.beta);
    });
  });
}

}  // namespace pellucid::cpu
