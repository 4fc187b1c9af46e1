// cpu: one loop, parallel over large arrays; the multiply-adds are fused as in optimizer_step.cuh.
#include <cmath>

#include "kernels/optimizer/optimizer.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {

namespace {

void adam_array(const AdamArray& a, const AdamStep& step) {
  const float rest1 = 1 - step.beta1, rest2 = 1 - step.beta2;
#pragma omp parallel for if (a.count >= 65536)
  for (std::int64_t i = 0; i < a.count; ++i) {
    const float g = a.g[i];
    const float m = std::fma(step.beta1, a.m[i], rest1 * g);
    const float v = std::fma(step.beta2, a.v[i], rest2 * g * g);
    a.m[i] = m;
    a.v[i] = v;
    a.w[i] = std::fma(-step.step_size, m / (std::sqrt(v) + step.epsilon), a.w[i]);
  }
}

}  // namespace

void adam(Stream& stream, const AdamArgs& a) {
  for (const AdamArray& array : a.arrays) {
    const LaunchScope scope(stream, {"adam_cpu", {}, {}, 0, adam_cost({&array, 1})});
    adam_array(array, a.step);
  }
}

void sgd(Stream& stream, const SgdArgs& a) {
  const LaunchScope scope(stream, {"sgd_cpu", {}, {}, 0, sgd_cost(a)});
#pragma omp parallel for if (a.count >= 65536)
  for (std::int64_t i = 0; i < a.count; ++i) {
    const float m = std::fma(a.momentum, a.m[i], a.g[i]);
    a.m[i] = m;
    a.w[i] = std::fma(-a.learning_rate, m, a.w[i]);
  }
}

}  // namespace pellucid::cpu
