// arena.h: the stream-ordered memory of one device. Blocks are cut best-fit from large chunks; a
// released block may be handed out again at once, since all work of a stream runs in order.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/device.h"

namespace pellucid {

class Arena {
 public:
  explicit Arena(Device device);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // A block of at least `bytes` bytes (0 gives a valid block too), aligned to 256 bytes. Throws
  // OutOfMemoryError saying what was asked, what is live, what is free, and what would help.
  // On cpu and emu, debug builds fill the block with 0xFF (a NaN in fp32) and put guard bytes
  // behind it. When the device has no more memory, chunks without a live block are given back
  // first.
  void* allocate(std::size_t bytes);
  // Debug builds throw Error at the next allocate() if the guard bytes were overwritten.
  void release(void* block) noexcept;

  // Whether `address` lies in a live block, rounding and guard bytes included.
  bool contains(const void* address) const;

  std::size_t live_bytes() const { return live_; }
  std::size_t peak_bytes() const { return peak_; }
  std::size_t reserved_bytes() const { return reserved_; }
  void reset_peak() { peak_ = live_; }

 private:
  struct Block;
  Block* find_or_grow(std::size_t bytes);
  bool give_back_free_chunks();

  Device device_;
  DeviceApi& api_;
  std::size_t live_ = 0, peak_ = 0, reserved_ = 0;
  std::vector<void*> chunks_;
  std::multimap<std::size_t, Block*> free_;  // by size: lower_bound is the best fit
  std::map<void*, Block*> used_;
  bool guard_broken_ = false;
};

// The device whose arena reserved the memory at `address`, among all arenas of the process.
std::optional<Device> device_holding(const void* address);

// The greatest live figure of `arena` between construction and peak_bytes(), e.g. of one
// explanation.
class ArenaPeakScope {
 public:
  explicit ArenaPeakScope(Arena& arena) : arena_(arena) { arena_.reset_peak(); }
  std::size_t peak_bytes() const { return arena_.peak_bytes(); }

 private:
  Arena& arena_;
};

// Owns one block of an arena.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Arena& arena, std::size_t bytes)
      : arena_(&arena), data_(arena.allocate(bytes)), bytes_(bytes) {}
  ~Buffer() {
    if (arena_) arena_->release(data_);
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  void* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }

 private:
  Arena* arena_ = nullptr;
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace pellucid
