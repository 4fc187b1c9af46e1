// What g++ -fsanitize=thread calls, in place of ThreadSanitizer's runtime: every access goes to the
// counter, if one is at work. Atomic operations are done here, since their calls replace them.
#include <cstddef>
#include <cstdint>

#include "runtime/emulator/traffic/traffic_counter.h"

namespace pellucid::emulator {
namespace {

using Kind = TrafficCounter::Kind;

// The longest access of a GPU thread.
constexpr int kLongest = 16;
// Names for the parts of a longer one, which the GPU would do one after another.
constexpr std::uint64_t kMostParts = 256;

void record(const void* address, int width, Kind kind, const void* site, std::uint64_t part = 0) {
  if (TrafficCounter* counter = active_counter())
    counter->record(address, width, kind,
                    reinterpret_cast<std::uintptr_t>(site) * kMostParts + part % kMostParts);
}

void record_range(const void* address, std::size_t bytes, Kind kind, const void* site) {
  for (std::size_t at = 0; at < bytes; at += kLongest) {
    const std::size_t rest = bytes - at;
    record(static_cast<const char*>(address) + at,
           rest < kLongest ? static_cast<int>(rest) : kLongest, kind, site, at / kLongest);
  }
}

void record_atomic(const std::uint32_t* address, const void* site) {
  record(address, 4, Kind::load, site);
  record(address, 4, Kind::store, site);
}

bool compare_exchange(std::uint32_t* address, std::uint32_t* expected, std::uint32_t value) {
  return __atomic_compare_exchange_n(address, expected, value, false, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED);
}

}  // namespace
}  // namespace pellucid::emulator

// NOLINTBEGIN(bugprone-reserved-identifier): the names are the compiler's
using namespace pellucid::emulator;

#define PELLUCID_ENTRY_POINTS(prefix, width)                          \
  void __tsan_##prefix##read##width(void* address) {                  \
    record(address, width, Kind::load, __builtin_return_address(0));  \
  }                                                                   \
  void __tsan_##prefix##write##width(void* address) {                 \
    record(address, width, Kind::store, __builtin_return_address(0)); \
  }

extern "C" {

PELLUCID_ENTRY_POINTS(, 1)
PELLUCID_ENTRY_POINTS(, 2)
PELLUCID_ENTRY_POINTS(, 4)
PELLUCID_ENTRY_POINTS(, 8)
PELLUCID_ENTRY_POINTS(, 16)
PELLUCID_ENTRY_POINTS(unaligned_, 2)
PELLUCID_ENTRY_POINTS(unaligned_, 4)
PELLUCID_ENTRY_POINTS(unaligned_, 8)
PELLUCID_ENTRY_POINTS(unaligned_, 16)

void __tsan_read_range(void* address, std::size_t bytes) {
  record_range(address, bytes, Kind::load, __builtin_return_address(0));
}
void __tsan_write_range(void* address, std::size_t bytes) {
  record_range(address, bytes, Kind::store, __builtin_return_address(0));
}

// kernels/device/atomics.cuh uses these, all relaxed.
std::uint32_t __tsan_atomic32_load(const std::uint32_t* address, int) {
  record(address, 4, Kind::load, __builtin_return_address(0));
  return __atomic_load_n(address, __ATOMIC_RELAXED);
}
std::uint32_t __tsan_atomic32_fetch_add(std::uint32_t* address, std::uint32_t value, int) {
  record_atomic(address, __builtin_return_address(0));
  return __atomic_fetch_add(address, value, __ATOMIC_RELAXED);
}
int __tsan_atomic32_compare_exchange_strong(std::uint32_t* address, std::uint32_t* expected,
                                            std::uint32_t value, int, int) {
  record_atomic(address, __builtin_return_address(0));
  return compare_exchange(address, expected, value);
}
int __tsan_atomic32_compare_exchange_weak(std::uint32_t* address, std::uint32_t* expected,
                                          std::uint32_t value, int, int) {
  record_atomic(address, __builtin_return_address(0));
  return compare_exchange(address, expected, value);
}

void __tsan_init() {}
// Host code only: kernels have no virtual functions.
void __tsan_vptr_update(void**, void*) {}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)
