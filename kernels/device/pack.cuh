// pack.cuh: up to four neighbouring values of a thread, moved by one instruction.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "kernels/device/vector.cuh"

namespace pellucid::PELLUCID_BACKEND {

// kCount neighbouring values, moved by one instruction of 4·kCount bytes.
template <class T, int kCount>
struct alignas(sizeof(T) * kCount) Pack {
  static_assert(kCount == 1 || kCount == 2 || kCount == 4);
  T at[kCount];
};
template <int kCount, class T>
__device__ __forceinline__ Pack<T, kCount> load_pack(const T* p) {
  return load_whole<Pack<T, kCount>>(p);
}
template <int kCount, class T>
__device__ __forceinline__ void store_pack(T* p, Pack<T, kCount> pack) {
  store_whole(p, pack);
}

// The largest pack that divides the channels and to which all pointers are aligned (null is).
inline int pack_width(int channels, std::initializer_list<const void*> pointers) {
  for (const int width : {4, 2}) {
    bool fits = channels % width == 0;
    for (const void* p : pointers)
      fits = fits && reinterpret_cast<std::uintptr_t>(p) % (width * sizeof(float)) == 0;
    if (fits) return width;
  }
  return 1;
}

}  // namespace pellucid::PELLUCID_BACKEND
