// primitives.h: sort, scan, select and reduction over device arrays: CUB on cuda, the standard
// library on cpu and emu. These are what a GPU library does better than a kernel written for
// teaching.
//
// Every call is ordered on the stream, writes an entry into its launch log, takes its scratch
// memory from the stream's arena, and gives the same bits from run to run on a device. All pointers
// are to device memory; outputs may not overlap inputs; a count of 0 is allowed and reads nothing.
// They throw Error for a negative count or one above 2^31 − 1 (positions are int32), and on cuda in
// a build without CUDA.
#pragma once

#include <cstdint>

#include "runtime/stream.h"

namespace pellucid {

// y[i] = Σ_{j<i} x[j], i = 0 … count − 1; y[0] = 0. Sums wrap around at 32 bits.
void exclusive_scan(Stream& stream, const std::int32_t* x, std::int32_t* y, std::int64_t count);

// Pairs in ascending order of their keys, equal keys in their old order (a stable radix sort).
// Floats: −0 equals +0; NaNs stand outside the infinities, those with the sign bit first, the
// others last.
void sort_pairs(Stream& stream, const std::uint32_t* keys, const std::int32_t* values,
                std::uint32_t* sorted_keys, std::int32_t* sorted_values, std::int64_t count);
void sort_pairs(Stream& stream, const float* keys, const std::int32_t* values, float* sorted_keys,
                std::int32_t* sorted_values, std::int64_t count);

// The positions i with flags[i] ≠ 0, ascending, into indices (room for `count`), their number into
// *selected.
void select(Stream& stream, const std::uint8_t* flags, std::int32_t* indices,
            std::int32_t* selected, std::int64_t count);

// *y = Σ x[i]; 0 for a count of 0. int32 sums wrap around. Float sums are fp32 in an order fixed
// for a device: chunks of at most 4096 on cpu and emu, the tiles CUB chooses for the GPU model on
// cuda; two devices agree to rounding only. kernels/reduce has row sums whose order is the same on
// every GPU.
void reduce_sum(Stream& stream, const float* x, float* y, std::int64_t count);
void reduce_sum(Stream& stream, const std::int32_t* x, std::int32_t* y, std::int64_t count);

// The CUDA halves (primitives_cuda.cu), called by the functions above with checked arguments.
namespace cuda {
void exclusive_scan(Stream& stream, const std::int32_t* x, std::int32_t* y, std::int64_t count);
void sort_pairs(Stream& stream, const std::uint32_t* keys, const std::int32_t* values,
                std::uint32_t* sorted_keys, std::int32_t* sorted_values, std::int64_t count);
void sort_pairs(Stream& stream, const float* keys, const std::int32_t* values, float* sorted_keys,
                std::int32_t* sorted_values, std::int64_t count);
void select(Stream& stream, const std::uint8_t* flags, std::int32_t* indices,
            std::int32_t* selected, std::int64_t count);
void reduce_sum(Stream& stream, const float* x, float* y, std::int64_t count);
void reduce_sum(Stream& stream, const std::int32_t* x, std::int32_t* y, std::int64_t count);
}  // namespace cuda

}  // namespace pellucid
