// alignment.h: whether pointers allow 16-byte loads and stores; part of a variant's supports().
#pragma once

#include <cstdint>
#include <initializer_list>

#include "runtime/error.h"

namespace pellucid {

// A null pointer counts as aligned.
inline bool aligned16(std::initializer_list<const void*> pointers) {
  for (const void* pointer : pointers)
    if (reinterpret_cast<std::uintptr_t>(pointer) % 16 != 0) return false;
  return true;
}

inline void require_aligned16(const char* kernel, std::initializer_list<const void*> pointers) {
  require(aligned16(pointers), kernel,
          ": every array must be aligned to 16 bytes; the v1 variant takes any alignment");
}

}  // namespace pellucid
