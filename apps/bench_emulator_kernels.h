// bench_emulator_kernels.h: the kernels that bench_emulator times. C = A·B, all n × n and
// row-major.
#pragma once

namespace pellucid {

struct SgemmArgs {
  const float* a;
  const float* b;
  float* c;
  int n;  // a multiple of the tile
};

namespace emu {

// On one worker, in one block; each thread does `count` of them.
void time_barriers(int block, int count);
void time_shuffles(int block, int count);
// y += a·x, a thread an element; no barrier.
void time_axpy(const float* x, float* y, int count);

void sgemm_naive(const SgemmArgs& args);
void sgemm_tile16(const SgemmArgs& args);
void sgemm_tile32(const SgemmArgs& args);
// Each thread computes 4 × 4 elements of its block's 64 × 64.
void sgemm_tile64(const SgemmArgs& args);

}  // namespace emu
}  // namespace pellucid
