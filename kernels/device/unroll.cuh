// unroll.cuh: asks for a loop of constant length to be unrolled, so that arrays it indexes can live
// in registers.
#pragma once

#if defined(__CUDACC__)
#define PELLUCID_UNROLL _Pragma("unroll")
#else
#define PELLUCID_UNROLL _Pragma("GCC unroll 16")
#endif
