#include "runtime/emulator/stack.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/error.h"

namespace pellucid::emulator {
namespace {

constexpr std::size_t kSlotBytes = kGuardBytes + kStackBytes;
constexpr std::size_t kReservedBytes = kMaxThreads * kSlotBytes;

// Stacks at the same offset of their pages would meet in the same few sets of the caches: 1024
// threads then evict each other's frames at every barrier. Shifting the tops by a cache line each
// spreads them out.
constexpr std::size_t kCacheLine = 64;
constexpr int kColours = 64;

[[noreturn]] void out_of_memory(const char* call, int threads) {
  throw OutOfMemoryError(concat("the emulator cannot get stacks for ", threads, " GPU threads (",
                                kStackBytes / 1024, " KiB each): ", call, ": ",
                                std::strerror(errno),
                                "; fewer emulator workers or smaller blocks need less"));
}

}  // namespace

StackPool::~StackPool() {
  if (base_) munmap(base_, kReservedBytes);
}

void StackPool::reserve(int count) {
  if (!base_) {
    void* region = mmap(nullptr, kReservedBytes, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (region == MAP_FAILED) out_of_memory("mmap", count);
    base_ = static_cast<char*>(region);
  }
  for (; count_ < count; ++count_) {
    char* bottom = base_ + count_ * kSlotBytes + kGuardBytes;
    if (mprotect(bottom, kStackBytes, PROT_READ | PROT_WRITE) != 0)
      out_of_memory("mprotect", count);
    stacks_[count_] = {bottom, bottom + kStackBytes - kCacheLine * (count_ % kColours)};
  }
  reset();
}

void StackPool::reset() {
  free_count_ = count_;
  std::reverse_copy(stacks_, stacks_ + count_, free_);  // the first to be taken lies last
}

PELLUCID_UNINSTRUMENTED Stack StackPool::take() { return free_[--free_count_]; }

PELLUCID_UNINSTRUMENTED void StackPool::give_back(Stack stack) { free_[free_count_++] = stack; }

bool StackPool::in_guard(const void* address) const {
  const std::size_t offset = static_cast<const char*>(address) - base_;
  return base_ && address >= base_ && offset < kReservedBytes && offset % kSlotBytes < kGuardBytes;
}

}  // namespace pellucid::emulator
