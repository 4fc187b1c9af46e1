// shared_memory.h: a worker's dynamic shared memory.
#pragma once

#include <cstddef>

namespace pellucid::emulator {

class SharedMemory {
 public:
  SharedMemory() = default;
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  // Makes `bytes` bytes accessible and, for AddressSanitizer, nothing behind them.
  void resize(std::size_t bytes);

  // Aligned to 128 bytes, as much as any access of a GPU asks for.
  void* data() const { return data_; }

 private:
  void* data_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace pellucid::emulator
