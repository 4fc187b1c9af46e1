// atomics.cuh: atomic read-modify-write on int, unsigned and float in global or shared memory.
// Relaxed: they order nothing but themselves, a barrier or the end of the kernel does. Each returns
// the old value. Sums of floats depend on the order of arrival: only where that does not change the
// result.
#pragma once

#include <type_traits>

#include "runtime/launch/backend.h"

namespace pellucid::PELLUCID_BACKEND {

#if defined(__CUDACC__)

template <class T>
__device__ __forceinline__ T atomic_load(const T* address) {
  return *static_cast<const volatile T*>(address);
}
template <class T>
__device__ __forceinline__ T atomic_compare_exchange(T* address, T expected, T desired) {
  if constexpr (std::is_same_v<T, float>) {
    return __int_as_float(atomicCAS(reinterpret_cast<int*>(address), __float_as_int(expected),
                                    __float_as_int(desired)));
  } else {
    return atomicCAS(address, expected, desired);
  }
}
template <class T>
__device__ __forceinline__ T atomic_add(T* address, T value) {
  return atomicAdd(address, value);
}
// Floats, which must not be NaN, order like their bits: as integers from 0 up, and below 0 the
// other way round, where a negative one is a larger unsigned than any positive one.
template <class T>
__device__ __forceinline__ T atomic_max(T* address, T value) {
  if constexpr (!std::is_same_v<T, float>) {
    return atomicMax(address, value);
  } else if (value >= 0) {
    const int bits = __float_as_int(value + 0.0f);  // −0 becomes 0
    return __int_as_float(atomicMax(reinterpret_cast<int*>(address), bits));
  } else {
    const unsigned bits = __float_as_uint(value);
    return __uint_as_float(atomicMin(reinterpret_cast<unsigned*>(address), bits));
  }
}

#else

template <class T>
__forceinline__ T atomic_load(const T* address) {
  T value;
  __atomic_load(address, &value, __ATOMIC_RELAXED);
  return value;
}
// Compares bits, as the GPU does: −0 and 0 differ, a NaN equals itself.
template <class T>
__forceinline__ T atomic_compare_exchange(T* address, T expected, T desired) {
  __atomic_compare_exchange(address, &expected, &desired, false, __ATOMIC_RELAXED,
                            __ATOMIC_RELAXED);
  return expected;
}
template <class T>
__forceinline__ T atomic_add(T* address, T value) {
  if constexpr (std::is_same_v<T, float>) {
    float old = atomic_load(address), sum = old + value;
    while (
        !__atomic_compare_exchange(address, &old, &sum, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
      sum = old + value;
    return old;
  } else {
    return __atomic_fetch_add(address, value, __ATOMIC_RELAXED);
  }
}
template <class T>
__forceinline__ T atomic_max(T* address, T value) {
  T old = atomic_load(address);
  while (old < value && !__atomic_compare_exchange(address, &old, &value, true, __ATOMIC_RELAXED,
                                                   __ATOMIC_RELAXED)) {
  }
  return old;
}

#endif

}  // namespace pellucid::PELLUCID_BACKEND
