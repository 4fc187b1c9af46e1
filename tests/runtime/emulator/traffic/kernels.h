// kernels.h: kernels whose traffic can be told by looking at them. Pointers are device memory.
#pragma once

#include "runtime/stream.h"

namespace pellucid::emu::test {

// y[i] = x[i · stride], i < blocks · threads.
void copy(Stream& stream, const float* x, float* y, unsigned blocks, unsigned threads, int stride);
// The same by float4, a warp; the kernel keeps a value in an array on its stack meanwhile.
void copy4(Stream& stream, const float* x, float* y);
// y[i] = x[0], a warp.
void broadcast(Stream& stream, const float* x, float* y);
// y[i] = x[i] for the lanes whose bit is set.
void copy_lanes(Stream& stream, const float* x, float* y, unsigned lanes);
// y = xᵀ, both 32 × 32, a block of 1024 threads through a tile whose rows are `pitch` (32 or 33)
// floats apart; 34: through dynamic shared memory with rows 33 apart.
void transpose(Stream& stream, const float* x, float* y, int pitch);
// A warp writes 32 neighbouring doubles (floats) of shared memory and reads a double (float4) every
// `stride` doubles (float4s).
void read_doubles(Stream& stream, int stride);
void read_vectors(Stream& stream, int stride);
// `count` times __syncthreads(), 3 blocks of 64 threads; the second half returns before.
void barriers(Stream& stream, int count);
// A warp reads two rows of 32 floats, a barrier (shuffle) after each; lane 0 skips the first.
void skip_first_row(Stream& stream, const float* x, float* y, bool shuffle);
// A warp adds to one word.
void add_to_word(Stream& stream, int* word);

}  // namespace pellucid::emu::test
