// The device seam of cpu and emu: host memory, the steady clock, everything done on return.
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>

#include "runtime/device_backends.h"
#include "runtime/error.h"

#if defined(__SANITIZE_ADDRESS__)
#include <malloc.h>
#include <sanitizer/asan_interface.h>
#endif

namespace pellucid {
namespace {

using Clock = std::chrono::steady_clock;

class HostApi final : public DeviceApi {
 public:
  void* allocate(std::size_t bytes) override {
    // Linux may grant more than there is and kill the program when it is touched, and a sanitizer's
    // allocator aborts where malloc fails; neither can be caught.
    const std::size_t memory = pages(_SC_PHYS_PAGES);
    void* pointer = nullptr;
    if (bytes > memory || ::posix_memalign(&pointer, 4096, bytes) != 0)
      throw OutOfMemoryError(concat("the host has no ", bytes, " bytes, its memory is ", memory));
    return pointer;
  }
  void release(void* pointer) noexcept override {
#if defined(__SANITIZE_ADDRESS__)
    __asan_unpoison_memory_region(pointer, ::malloc_usable_size(pointer));
#endif
    std::free(pointer);
  }
  std::size_t free_bytes() override { return pages(_SC_AVPHYS_PAGES); }

  void* create_queue() override { return nullptr; }
  void destroy_queue(void*) noexcept override {}
  void synchronize(void*) override {}

  void copy_to_device(void*, void* device, const void* host, std::size_t bytes) override {
    copy(device, host, bytes);
  }
  void copy_to_host(void*, void* host, const void* device, std::size_t bytes) override {
    copy(host, device, bytes);
  }
  void copy_on_device(void*, void* to, const void* from, std::size_t bytes) override {
    copy(to, from, bytes);
  }
  void fill_bytes(void*, void* device, unsigned char value, std::size_t bytes) override {
    if (bytes) std::memset(device, value, bytes);
  }

  const char* timer_clock() override { return "steady_clock"; }
  void* start_timer(void*) override { return new Timer{Clock::now(), {}}; }
  void stop_timer(void* timer, void*) override { static_cast<Timer*>(timer)->end = Clock::now(); }
  WorkSpan read_timer(void* timer) override {
    const Timer& t = *static_cast<Timer*>(timer);
    const std::chrono::duration<double> begin = t.begin.time_since_epoch(),
                                        length = t.end - t.begin;
    return {begin.count(), length.count()};
  }
  void destroy_timer(void* timer) noexcept override { delete static_cast<Timer*>(timer); }

 private:
  struct Timer {
    Clock::time_point begin, end;
  };
  // A count of pages that sysconf knows, in bytes.
  static std::size_t pages(int name) {
    return static_cast<std::size_t>(::sysconf(name)) *
           static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  }
  static void copy(void* to, const void* from, std::size_t bytes) {
    if (bytes) std::memmove(to, from, bytes);
  }
};

}  // namespace

DeviceApi& host_device_api() {
  static HostApi api;
  return api;
}

}  // namespace pellucid
