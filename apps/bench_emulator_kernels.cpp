#include "apps/bench_emulator_kernels.h"

#define PELLUCID_EMULATED 1
#include "kernels/device/warp.cuh"

namespace pellucid::emu {
namespace {

template <class Body>
void run(const char* name, Dim3 grid, Dim3 block, Body body) {
  emulator::run(
      {name, grid, block}, [](void* closure) { (*static_cast<Body*>(closure))(); }, &body);
}

__global__ void barriers(int count) {
  for (int i = 0; i < count; ++i) __syncthreads();
}

__global__ void shuffles(int count) {
  int value = lane_id();
  for (int i = 0; i < count; ++i) value = shuffle_xor(value, 1 + (i & 15));
  if (value < 0) __syncthreads();  // never, but the values are used
}

__global__ void axpy(float a, const float* x, float* y, int count) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < count) y[i] += a * x[i];
}

__global__ void naive(SgemmArgs p) {
  const int row = static_cast<int>(blockIdx.y * blockDim.y + threadIdx.y);
  const int col = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  float sum = 0;
  for (int k = 0; k < p.n; ++k) sum += p.a[row * p.n + k] * p.b[k * p.n + col];
  p.c[row * p.n + col] = sum;
}

template <int kTile>
__global__ void tile(SgemmArgs p) {
  __shared__ float a[kTile][kTile], b[kTile][kTile];
  const int x = static_cast<int>(threadIdx.x), y = static_cast<int>(threadIdx.y);
  const int row = static_cast<int>(blockIdx.y) * kTile + y;
  const int col = static_cast<int>(blockIdx.x) * kTile + x;
  float sum = 0;
  for (int k0 = 0; k0 < p.n; k0 += kTile) {
    a[y][x] = p.a[row * p.n + k0 + x];
    b[y][x] = p.b[(k0 + y) * p.n + col];
    __syncthreads();  // the tiles are complete
    for (int k = 0; k < kTile; ++k) sum += a[y][k] * b[k][x];
    __syncthreads();  // nobody reads them any more
  }
  p.c[row * p.n + col] = sum;
}

constexpr unsigned kTile64 = 64, kDepth = 16, kPerThread = 4;
constexpr unsigned kThreads64 = kTile64 / kPerThread * (kTile64 / kPerThread);

__global__ void tile64(SgemmArgs p) {
  __shared__ float a[kDepth][kTile64], b[kDepth][kTile64];  // a is transposed
  const unsigned n = static_cast<unsigned>(p.n), x = threadIdx.x, y = threadIdx.y;
  const unsigned row0 = blockIdx.y * kTile64, col0 = blockIdx.x * kTile64;
  const unsigned rank = y * blockDim.x + x;
  float sum[kPerThread][kPerThread] = {};
  for (unsigned k0 = 0; k0 < n; k0 += kDepth) {
    for (unsigned i = rank; i < kTile64 * kDepth; i += kThreads64) {
      a[i % kDepth][i / kDepth] = p.a[(row0 + i / kDepth) * n + k0 + i % kDepth];
      b[i / kTile64][i % kTile64] = p.b[(k0 + i / kTile64) * n + col0 + i % kTile64];
    }
    __syncthreads();  // the tiles are complete
    for (unsigned k = 0; k < kDepth; ++k) {
      float column[kPerThread], row[kPerThread];
      for (unsigned i = 0; i < kPerThread; ++i) column[i] = a[k][y * kPerThread + i];
      for (unsigned j = 0; j < kPerThread; ++j) row[j] = b[k][x * kPerThread + j];
      // Unrolled, the loop over j would not become one vector multiply-add in g++ 12.
      for (unsigned i = 0; i < kPerThread; ++i)
#pragma GCC unroll 1
        for (unsigned j = 0; j < kPerThread; ++j) sum[i][j] += column[i] * row[j];
    }
    __syncthreads();  // nobody reads them any more
  }
  for (unsigned i = 0; i < kPerThread; ++i)
    for (unsigned j = 0; j < kPerThread; ++j)
      p.c[(row0 + y * kPerThread + i) * n + col0 + x * kPerThread + j] = sum[i][j];
}

unsigned tiles(int n, int tile) { return static_cast<unsigned>(n / tile); }

}  // namespace

void time_barriers(int block, int count) {
  run("barriers", 1, static_cast<unsigned>(block), [=] { barriers(count); });
}
void time_shuffles(int block, int count) {
  run("shuffles", 1, static_cast<unsigned>(block), [=] { shuffles(count); });
}
void time_axpy(const float* x, float* y, int count) {
  constexpr unsigned kBlock = 256;
  run("axpy", (static_cast<unsigned>(count) + kBlock - 1) / kBlock, kBlock,
      [=] { axpy(2.0f, x, y, count); });
}

void sgemm_naive(const SgemmArgs& args) {
  run("naive", {tiles(args.n, 16), tiles(args.n, 16)}, {16, 16}, [=] { naive(args); });
}
void sgemm_tile16(const SgemmArgs& args) {
  run("tile16", {tiles(args.n, 16), tiles(args.n, 16)}, {16, 16}, [=] { tile<16>(args); });
}
void sgemm_tile32(const SgemmArgs& args) {
  run("tile32", {tiles(args.n, 32), tiles(args.n, 32)}, {32, 32}, [=] { tile<32>(args); });
}
void sgemm_tile64(const SgemmArgs& args) {
  run("tile64", {tiles(args.n, kTile64), tiles(args.n, kTile64)}, {16, 16}, [=] { tile64(args); });
}

}  // namespace pellucid::emu
