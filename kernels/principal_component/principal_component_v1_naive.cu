// principal_component_v1_naive.cu: a kernel a step, a thread a number.
//
// computes   principal_component.h;   x: (N, P, K), covariance: (N, K, K)
// mapping    means:      thread t takes variable t % K of matrix t / K
//            covariance: thread t takes entry t % K² of matrix t / K²
//            axis:       thread t runs the whole iteration of matrix t
//            projection: thread t takes observation t % P of matrix t / P
//            sign:       thread t looks through the projections of matrix t
// idea       the formulas as written
// limits     every extent ≥ 1
// cost       each of N·K² threads reads 2·P values of x, and one thread a matrix does all of the
//            iteration's 2·K² flops a step
// next       v2 sums covariances in tiles and gives an iteration to a block
#include "kernels/device/vector.cuh"
#include "kernels/principal_component/principal_component.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void principal_component_v1_naive_means_kernel(PrincipalComponentArgs a) {
  const std::int64_t t = grid_thread();
  if (t >= std::int64_t{a.n} * a.k) return;
  const std::int64_t n = t / a.k, j = t % a.k;
  const float* x = a.x + n * a.p * a.k + j;
  double sum = 0;
  for (std::int64_t p = 0; p < a.p; ++p) sum += static_cast<double>(x[p * a.k]) - x[0];
  a.work[3 * n * a.k + j] = sum / a.p;
}

__global__ void principal_component_v1_naive_covariance_kernel(PrincipalComponentArgs a) {
  const std::int64_t t = grid_thread(), square = std::int64_t{a.k} * a.k;
  if (t >= a.n * square) return;
  const std::int64_t n = t / square, i = t % square / a.k, j = t % a.k;
  const float* x = a.x + n * a.p * a.k;
  const double* mean = a.work + 3 * n * a.k;
  double sum = 0;
  for (std::int64_t p = 0; p < a.p; ++p)
    sum = fma((static_cast<double>(x[p * a.k + i]) - x[i]) - mean[i],
              (static_cast<double>(x[p * a.k + j]) - x[j]) - mean[j], sum);
  a.covariance[t] = sum;
}

__global__ void principal_component_v1_naive_axis_kernel(PrincipalComponentArgs a) {
  const std::int64_t n = grid_thread(), k = a.k;
  if (n >= a.n) return;
  const double* covariance = a.covariance + n * k * k;
  double *v = a.work + (3 * n + 1) * k, *u = v + k;
  double trace = 0, value = 0, sine2 = 0;
  for (std::int64_t j = 0; j < k; ++j) {
    trace += covariance[j * k + j];
    v[j] = principal_start(static_cast<int>(j));
  }
  for (int step = 0; step <= kPrincipalSteps; ++step) {
    double vv = 0, vu = 0, uu = 0;
    for (std::int64_t j = 0; j < k; ++j) {
      double sum = 0;
      for (std::int64_t i = 0; i < k; ++i) sum = fma(covariance[i * k + j], v[i], sum);
      u[j] = sum;
      vv = fma(v[j], v[j], vv);
      vu = fma(v[j], sum, vu);
      uu = fma(sum, sum, uu);
    }
    value = vu / vv;
    sine2 = uu > 0 ? fmax(0.0, 1 - vu * vu / (vv * uu)) : 0;
    const double norm = sqrt(uu);
    for (std::int64_t j = 0; j < k; ++j) v[j] = uu > 0 ? u[j] / norm : 0;
    if (sine2 <= kPrincipalTolerance) break;
  }
  a.share[n] = static_cast<float>(trace > 0 ? fmin(1.0, value / trace) : 0);
  a.residual[n] = static_cast<float>(sqrt(sine2));
}

__global__ void principal_component_v1_naive_projection_kernel(PrincipalComponentArgs a) {
  const std::int64_t t = grid_thread();
  if (t >= std::int64_t{a.n} * a.p) return;
  const std::int64_t n = t / a.p;
  const float *first = a.x + n * a.p * a.k, *x = a.x + t * a.k;
  const double *mean = a.work + 3 * n * a.k, *v = mean + a.k;
  double sum = 0;
  for (std::int64_t j = 0; j < a.k; ++j)
    sum = fma((static_cast<double>(x[j]) - first[j]) - mean[j], v[j], sum);
  a.projection[t] = static_cast<float>(sum);
}

__global__ void principal_component_v1_naive_sign_kernel(PrincipalComponentArgs a) {
  const std::int64_t n = grid_thread();
  if (n >= a.n) return;
  float* projection = a.projection + n * a.p;
  float low = projection[0], high = low;
  for (std::int64_t p = 1; p < a.p; ++p) {
    low = fminf(low, projection[p]);
    high = fmaxf(high, projection[p]);
  }
  const float sign = -low > high ? -1.0f : 1.0f;
  for (std::int64_t p = 0; p < a.p; ++p) projection[p] *= sign;
  const double* v = a.work + (3 * n + 1) * a.k;
  for (std::int64_t j = 0; j < a.k; ++j) a.axis[n * a.k + j] = sign * static_cast<float>(v[j]);
}

void principal_component_v1_naive(Stream& stream, const PrincipalComponentArgs& a) {
  constexpr int block = 128;
  const long long n = a.n, entries = n * a.p * a.k, square = 1LL * a.k * a.k;
  const auto step = [&](const char* name, long long threads, double flops, double bytes,
                        void (*kernel)(PrincipalComponentArgs)) {
    launch(stream, {name, blocks_for(threads, block), block, 0, {.flops = flops, .bytes = bytes}},
           kernel, a);
  };
  step("principal_component_v1_naive_means", n * a.k, 2.0 * entries, 4.0 * entries,
       principal_component_v1_naive_means_kernel);
  step("principal_component_v1_naive_covariance", n * square, 2.0 * entries * a.k,
       4.0 * entries + 8.0 * n * square, principal_component_v1_naive_covariance_kernel);
  step("principal_component_v1_naive_axis", n, 2.0 * n * square, 8.0 * n * square,
       principal_component_v1_naive_axis_kernel);
  step("principal_component_v1_naive_projection", n * a.p, 2.0 * entries, 4.0 * (entries + n * a.p),
       principal_component_v1_naive_projection_kernel);
  step("principal_component_v1_naive_sign", n, 3.0 * n * a.p, 8.0 * n * a.p,
       principal_component_v1_naive_sign_kernel);
}

}  // namespace pellucid::PELLUCID_BACKEND
