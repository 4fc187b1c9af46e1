// principal_component_v2_block.cu: covariances by tiles, an iteration a block.
//
// computes   principal_component.h;   x: (N, P, K), covariance: (N, K, K)
// mapping    means:      block (b, n) takes 32 variables of matrix n; warp w adds observations w,
//                        w + 8, …, lane l variable l: neighbouring lanes read neighbouring values
//            covariance: block (t, n) takes tile t of 32 × 32 entries on or below the diagonal, thread
//                        (c, r) its entries (r + 16·i, c + 16·j), i, j ∈ {0, 1}:
//
//                          32 observations of 32 + 32 variables, centred, wait in shared memory:
//                          a value read once serves 32 products
//
//                        and writes the mirrored tile too
//            axis:       block n iterates; thread t computes components t, t + 256, … by columns of C,
//                        which neighbouring threads read side by side; v waits in shared memory
//            projection: block n; warp w takes observations w, w + 8, …, lane l variables l, l + 32, …;
//                        then the block turns its signs
// idea       x is read ⌈K/32⌉ times, not 2·K times; the iteration keeps a block busy instead of a thread
// limits     K ≤ 4096 (v in shared memory); N ≤ 65,535 (grid.y)
// cost       N·P·K·(K + 1) flops for the covariance, 2·N·K² a step of the iteration, all fp64
// next       for K in the hundreds the iteration's matrix is read from L2 by one block: several blocks
//            could share it, a grid barrier a step
#include "kernels/device/block.cuh"
#include "kernels/device/unroll.cuh"
#include "kernels/principal_component/principal_component.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kPrincipalBlock = 256;
constexpr int kPrincipalWarps = kPrincipalBlock / kWarp;
constexpr int kTile = 32, kTileThreads = 16, kThreadTile = kTile / kTileThreads;
static_assert(kTileThreads * kTileThreads == kPrincipalBlock && kTile == kWarp);

// Σ over the block's threads, in the order of a binary tree.
__device__ __forceinline__ double block_tree_sum(double* buffer, double value) {
  const int thread = static_cast<int>(threadIdx.x);
  buffer[thread] = value;
  for (int half = kPrincipalBlock / 2; half > 0; half /= 2) {
    __syncthreads();  // the sums below `half` need those above
    if (thread < half) buffer[thread] += buffer[thread + half];
  }
  __syncthreads();  // all read the root
  const double total = buffer[0];
  __syncthreads();  // the next sum overwrites it
  return total;
}

}  // namespace

__global__ void principal_component_v2_block_means_kernel(PrincipalComponentArgs a) {
  __shared__ double sums[kPrincipalWarps][kWarp];
  const std::int64_t n = blockIdx.y, j = std::int64_t{blockIdx.x} * kWarp + lane_id();
  const float* x = a.x + n * a.p * a.k + j;
  double sum = 0;
  if (j < a.k)
    for (std::int64_t p = warp_id(); p < a.p; p += kPrincipalWarps)
      sum += static_cast<double>(x[p * a.k]) - x[0];
  sums[warp_id()][lane_id()] = sum;
  __syncthreads();  // all warps' sums must be there
  if (warp_id() > 0 || j >= a.k) return;
  for (int warp = 1; warp < kPrincipalWarps; ++warp) sum += sums[warp][lane_id()];
  a.work[3 * n * a.k + j] = sum / a.p;
}

__global__ void principal_component_v2_block_covariance_kernel(PrincipalComponentArgs a) {
  __shared__ double left[kTile][kTile + 1], right[kTile][kTile + 1];  // (observation, variable)
  // Tile t of the lower triangle, row by row.
  int tile_row = 0, tile = static_cast<int>(blockIdx.x);
  while (tile > tile_row) tile -= ++tile_row;
  const int first_i = tile_row * kTile, first_j = tile * kTile;
  const std::int64_t n = blockIdx.y, k = a.k;
  const float* x = a.x + n * a.p * k;
  const double* mean = a.work + 3 * n * k;
  const int thread = static_cast<int>(threadIdx.x);
  const int column = thread % kTileThreads, row = thread / kTileThreads;

  const auto centred = [&](std::int64_t p, int j) {
    return p < a.p && j < k ? (static_cast<double>(x[p * k + j]) - x[j]) - mean[j] : 0;
  };
  double sums[kThreadTile][kThreadTile] = {};
  for (std::int64_t first = 0; first < a.p; first += kTile) {
    for (int p = warp_id(); p < kTile; p += kPrincipalWarps) {
      left[p][lane_id()] = centred(first + p, first_i + lane_id());
      right[p][lane_id()] = centred(first + p, first_j + lane_id());
    }
    __syncthreads();  // the tile must be whole
    for (int p = 0; p < kTile; ++p) PELLUCID_UNROLL
    for (int i = 0; i < kThreadTile; ++i) PELLUCID_UNROLL
    for (int j = 0; j < kThreadTile; ++j)
      sums[i][j] =
          fma(left[p][row + i * kTileThreads], right[p][column + j * kTileThreads], sums[i][j]);
    __syncthreads();  // the next observations overwrite it
  }
  PELLUCID_UNROLL
  for (int i = 0; i < kThreadTile; ++i) PELLUCID_UNROLL
  for (int j = 0; j < kThreadTile; ++j) {
    const int at_i = first_i + row + i * kTileThreads, at_j = first_j + column + j * kTileThreads;
    if (at_i >= k || at_j > at_i) continue;  // of a tile on the diagonal, the lower half
    a.covariance[(n * k + at_i) * k + at_j] = sums[i][j];
    if (at_i != at_j) a.covariance[(n * k + at_j) * k + at_i] = sums[i][j];
  }
}

__global__ void principal_component_v2_block_axis_kernel(PrincipalComponentArgs a) {
  __shared__ double v[kPrincipalVariables], buffer[kPrincipalBlock];
  const std::int64_t n = blockIdx.x, k = a.k;
  const int thread = static_cast<int>(threadIdx.x);
  const double* covariance = a.covariance + n * k * k;
  double *out = a.work + (3 * n + 1) * k, *u = out + k;
  double diagonal = 0, value = 0, sine2 = 0;
  for (int j = thread; j < k; j += kPrincipalBlock) {
    diagonal += covariance[j * k + j];
    v[j] = principal_start(j);
  }
  const double trace = block_tree_sum(buffer, diagonal);
  for (int step = 0; step <= kPrincipalSteps; ++step) {
    double vv = 0, vu = 0, uu = 0;
    for (int j = thread; j < k; j += kPrincipalBlock) {
      double sum = 0;
      for (std::int64_t i = 0; i < k; ++i) sum = fma(covariance[i * k + j], v[i], sum);
      u[j] = sum;
      vv = fma(v[j], v[j], vv);
      vu = fma(v[j], sum, vu);
      uu = fma(sum, sum, uu);
    }
    vv = block_tree_sum(buffer, vv);
    vu = block_tree_sum(buffer, vu);
    uu = block_tree_sum(buffer, uu);  // its barriers also keep v until all have read it
    value = vu / vv;
    sine2 = uu > 0 ? fmax(0.0, 1 - vu * vu / (vv * uu)) : 0;
    const double norm = sqrt(uu);
    for (int j = thread; j < k; j += kPrincipalBlock) v[j] = uu > 0 ? u[j] / norm : 0;
    __syncthreads();                          // the next step needs all of v
    if (sine2 <= kPrincipalTolerance) break;  // the same in every thread
  }
  for (int j = thread; j < k; j += kPrincipalBlock) out[j] = v[j];
  if (thread > 0) return;
  a.share[n] = static_cast<float>(trace > 0 ? fmin(1.0, value / trace) : 0);
  a.residual[n] = static_cast<float>(sqrt(sine2));
}

__global__ void principal_component_v2_block_projection_kernel(PrincipalComponentArgs a) {
  const std::int64_t n = blockIdx.x;
  const float* x = a.x + n * a.p * a.k;
  float* projection = a.projection + n * a.p;
  const double *mean = a.work + 3 * n * a.k, *v = mean + a.k;
  float low = INFINITY, high = -INFINITY;
  for (std::int64_t p = warp_id(); p < a.p; p += kPrincipalWarps) {
    float sum = 0;
    for (int j = lane_id(); j < a.k; j += kWarp)
      sum = fmaf(static_cast<float>((static_cast<double>(x[p * a.k + j]) - x[j]) - mean[j]),
                 static_cast<float>(v[j]), sum);
    sum = warp_sum(sum);
    if (lane_id() == 0) projection[p] = sum;
    low = fminf(low, sum);
    high = fmaxf(high, sum);
  }
  low = block_min<kPrincipalBlock>(low);
  high = block_max<kPrincipalBlock>(high);
  const float sign = -low > high ? -1.0f : 1.0f;
  // Each warp turns what its first lane wrote.
  if (lane_id() == 0)
    for (std::int64_t p = warp_id(); p < a.p; p += kPrincipalWarps) projection[p] *= sign;
  for (int j = static_cast<int>(threadIdx.x); j < a.k; j += kPrincipalBlock)
    a.axis[n * a.k + j] = sign * static_cast<float>(v[j]);
}

void principal_component_v2_block(Stream& stream, const PrincipalComponentArgs& a) {
  const auto n = static_cast<unsigned>(a.n);
  const unsigned strips = blocks_for(a.k, kTile);
  const double entries = 1.0 * a.n * a.p * a.k, square = 1.0 * a.n * a.k * a.k;
  const auto step = [&](const char* name, Dim3 grid, double flops, double bytes,
                        void (*kernel)(PrincipalComponentArgs)) {
    launch(stream, {name, grid, kPrincipalBlock, 0, {.flops = flops, .bytes = bytes}}, kernel, a);
  };
  step("principal_component_v2_block_means", {strips, n}, 2 * entries, 4 * entries,
       principal_component_v2_block_means_kernel);
  step("principal_component_v2_block_covariance", {strips * (strips + 1) / 2, n},
       entries * (a.k + 1), 4 * entries + 8 * square,
       principal_component_v2_block_covariance_kernel);
  step("principal_component_v2_block_axis", {n}, 2 * square, 8 * square,
       principal_component_v2_block_axis_kernel);
  step("principal_component_v2_block_projection", {n}, 2 * entries, 4 * (entries + 1.0 * a.n * a.p),
       principal_component_v2_block_projection_kernel);
}

}  // namespace pellucid::PELLUCID_BACKEND
