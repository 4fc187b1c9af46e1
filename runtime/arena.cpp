#include "runtime/arena.h"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "runtime/error.h"
#include "runtime/fault.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace pellucid {
namespace {

constexpr std::size_t kAlignment = 256;
constexpr std::size_t kChunkBytes = std::size_t{32} << 20;
// A remainder smaller than this stays with its block.
constexpr std::size_t kSmallestSplit = 4 * kAlignment;
constexpr unsigned char kGuardByte = 0xA5;

// Under AddressSanitizer the guard is a poisoned gap between blocks, whatever the optimisation.
#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kGuardBytes = 0;
#else
constexpr std::size_t kGuardBytes = kAlignment;
#endif

std::size_t round_up(std::size_t bytes) {
  return std::max(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment);
}

// Under AddressSanitizer, memory of a host arena that no block covers is poisoned, so that a kernel
// run by the emulator is caught at its first access out of bounds.
void poison([[maybe_unused]] void* p, [[maybe_unused]] std::size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_poison_memory_region(p, bytes);
#endif
}
void unpoison([[maybe_unused]] void* p, [[maybe_unused]] std::size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(p, bytes);
#endif
}

// Which device has which chunk, over all arenas: addresses are those of one process everywhere.
class Reservations {
 public:
  void add(const void* chunk, std::size_t bytes, Device device) {
    const std::lock_guard lock(mutex_);
    chunks_[chunk] = {bytes, device};
  }
  void remove(const void* chunk) {
    const std::lock_guard lock(mutex_);
    chunks_.erase(chunk);
  }
  std::optional<Device> find(const void* address) {
    const std::lock_guard lock(mutex_);
    auto after = chunks_.upper_bound(address);
    if (after == chunks_.begin()) return std::nullopt;
    const auto& [chunk, reserved] = *--after;
    const auto* end = static_cast<const unsigned char*>(chunk) + reserved.bytes;
    if (static_cast<const unsigned char*>(address) >= end) return std::nullopt;
    return reserved.device;
  }

 private:
  struct Reserved {
    std::size_t bytes;
    Device device;
  };
  std::mutex mutex_;
  std::map<const void*, Reserved> chunks_;
};

// Never destroyed: arenas of static storage may outlive any other static.
Reservations& reservations() {
  static Reservations& all = *new Reservations;
  return all;
}

}  // namespace

std::optional<Device> device_holding(const void* address) { return reservations().find(address); }

struct Arena::Block {
  unsigned char* data;
  std::size_t bytes;      // whole extent, guard included
  std::size_t asked = 0;  // by the user
  bool free = true;
  Block* previous = nullptr;  // neighbours in the chunk
  Block* next = nullptr;
};

Arena::Arena(Device device) : device_(device), api_(device_api(device)) {}

Arena::~Arena() {
  for (auto& [size, block] : free_) delete block;
  for (auto& [pointer, block] : used_) delete block;
  for (void* chunk : chunks_) {
    // The chunk goes back to an allocator that knows nothing of our poison; sizes are unknown here,
    // so release() of the host seam unpoisons.
    reservations().remove(chunk);
    api_.release(chunk);
  }
}

Arena::Block* Arena::find_or_grow(std::size_t bytes) {
  if (auto found = free_.lower_bound(bytes); found != free_.end()) {
    Block* block = found->second;
    free_.erase(found);
    return block;
  }
  const std::size_t chunk_bytes = std::max(bytes, kChunkBytes);
  void* chunk = nullptr;
  try {
    chunk = api_.allocate(chunk_bytes);
  } catch (const OutOfMemoryError& error) {
    if (give_back_free_chunks()) return find_or_grow(bytes);
    throw OutOfMemoryError(concat("out of memory on ", to_string(device_), ": asked for ", bytes,
                                  " bytes with ", live_, " live and ", reserved_ - live_,
                                  " free in pieces (", error.what(),
                                  "); a smaller --batch needs less"));
  }
  chunks_.push_back(chunk);
  reservations().add(chunk, chunk_bytes, device_);
  reserved_ += chunk_bytes;
  if (device_.kind != DeviceKind::cuda) poison(chunk, chunk_bytes);
  return new Block{static_cast<unsigned char*>(chunk), chunk_bytes};
}

bool Arena::give_back_free_chunks() {
  bool any = false;
  for (auto entry = free_.begin(); entry != free_.end();) {
    Block* block = entry->second;
    if (block->previous || block->next) {
      ++entry;
      continue;
    }
    entry = free_.erase(entry);
    chunks_.erase(std::find(chunks_.begin(), chunks_.end(), block->data));
    reserved_ -= block->bytes;
    reservations().remove(block->data);
    api_.release(block->data);
    delete block;
    any = true;
  }
  return any;
}

void* Arena::allocate(std::size_t bytes) {
  if (guard_broken_) {
    guard_broken_ = false;
    fail("memory behind a released block of the ", to_string(device_),
         " arena was overwritten: some operator writes out of bounds");
  }
  if (bytes > (std::size_t{1} << 60))
    throw OutOfMemoryError(concat("asked for ", bytes, " bytes: a size was computed wrongly"));
  if (fault::planned) fault::allocate(bytes);
  const std::size_t extent = round_up(bytes) + kGuardBytes;
  Block* block = find_or_grow(extent);
  if (block->bytes >= extent + kSmallestSplit) {
    Block* rest = new Block{block->data + extent, block->bytes - extent};
    rest->previous = block;
    rest->next = block->next;
    if (rest->next) rest->next->previous = rest;
    block->next = rest;
    block->bytes = extent;
    free_.emplace(rest->bytes, rest);
  }
  block->free = false;
  block->asked = bytes;
  used_[block->data] = block;
  live_ += block->bytes;
  peak_ = std::max(peak_, live_);
  if (device_.kind != DeviceKind::cuda) {
    unpoison(block->data, bytes);
    if constexpr (kGuardBytes > 0) {
      std::memset(block->data, 0xFF, bytes);
#if !defined(__SANITIZE_ADDRESS__)
      std::memset(block->data + bytes, kGuardByte, block->bytes - bytes);
#endif
    }
  }
  return block->data;
}

bool Arena::contains(const void* address) const {
  // The last block that begins at or before it.
  auto found = used_.upper_bound(const_cast<void*>(address));
  if (found == used_.begin()) return false;
  const Block& block = *(--found)->second;
  return static_cast<const unsigned char*>(address) < block.data + block.bytes;
}

void Arena::release(void* pointer) noexcept {
  const auto found = used_.find(pointer);
  if (found == used_.end()) return;
  Block* block = found->second;
  used_.erase(found);
  live_ -= block->bytes;
  if (device_.kind != DeviceKind::cuda) {
#if !defined(__SANITIZE_ADDRESS__)
    if constexpr (kGuardBytes > 0) {
      for (std::size_t i = block->asked; i < block->bytes; ++i)
        guard_broken_ |= block->data[i] != kGuardByte;
    }
#endif
    poison(block->data, block->bytes);
  }
  block->free = true;
  const auto forget = [this](Block* neighbour) {
    auto [first, last] = free_.equal_range(neighbour->bytes);
    free_.erase(std::find_if(first, last, [&](auto& entry) { return entry.second == neighbour; }));
  };
  if (Block* next = block->next; next && next->free) {
    forget(next);
    block->bytes += next->bytes;
    block->next = next->next;
    if (block->next) block->next->previous = block;
    delete next;
  }
  if (Block* previous = block->previous; previous && previous->free) {
    forget(previous);
    previous->bytes += block->bytes;
    previous->next = block->next;
    if (previous->next) previous->next->previous = previous;
    delete block;
    block = previous;
  }
  free_.emplace(block->bytes, block);
}

}  // namespace pellucid
