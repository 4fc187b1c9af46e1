#include "runtime/emulator/shared_memory.h"

#include <new>

#include "runtime/emulator/sanitizers.h"

namespace pellucid::emulator {
namespace {

constexpr std::align_val_t kAlignment{128};
// Out-of-bounds accesses up to this far behind the end are found.
constexpr std::size_t kRedZone = kAddressSanitizer ? 4096 : 0;

}  // namespace

SharedMemory::~SharedMemory() { ::operator delete(data_, kAlignment); }

void SharedMemory::resize(std::size_t bytes) {
  if (bytes > capacity_) {
    ::operator delete(data_, kAlignment);
    data_ = nullptr;
    capacity_ = 0;
    data_ = ::operator new(bytes + kRedZone, kAlignment);
    capacity_ = bytes;
  }
#if defined(__SANITIZE_ADDRESS__)
  if (data_) {
    __asan_unpoison_memory_region(data_, capacity_ + kRedZone);
    __asan_poison_memory_region(static_cast<char*>(data_) + bytes, capacity_ - bytes + kRedZone);
  }
#endif
}

}  // namespace pellucid::emulator
