// device.h: the devices by kind and number, and the seam through which all device memory, copies and
// clocks go.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pellucid {

enum class DeviceKind {
  cpu,   // vendor library or plain loops on the host
  emu,   // the CUDA kernels, executed on the host by runtime/emulator
  cuda,  // the CUDA kernels on an NVIDIA GPU
};

std::string_view to_string(DeviceKind kind);

// One device. The GPUs are numbered as the CUDA runtime numbers them; the cpu is one device; of emu
// there are as many as are named, alike but for their memory, so that tests have two. A kind stands
// for its device 0, but never compares with a device: compare its `kind`.
struct Device {
  DeviceKind kind = DeviceKind::cpu;
  int index = 0;

  constexpr Device() = default;
  constexpr Device(DeviceKind kind_, int index_ = 0) : kind(kind_), index(index_) {}
  friend constexpr bool operator==(const Device&, const Device&) = default;
  friend constexpr bool operator==(const Device&, DeviceKind) = delete;
};

// "cpu", "emu", "cuda" for index 0, else "cuda:1", "emu:1".
std::string to_string(Device device);

struct DeviceStatus {
  Device device;
  bool available;
  std::string description;  // what it is, or why it is not available and what would help
};

DeviceStatus device_status(Device device);
// Every GPU (without one a cuda that says why), cpu and emu, in this order. Asking starts the GPUs.
std::vector<DeviceStatus> device_statuses();

// "auto" (cuda if there is one, else cpu), "cuda", "cpu", "emu", or with a number "cuda:1", "emu:1".
// Throws UsageError for another name and Error, with cause and cure, if the named device is not
// available: a device that is named is never replaced by another.
Device resolve_device(std::string_view name);

// "cpu: …", "cuda:1: NVIDIA H200 (sm_90, 143771 MiB)": the line every program prints about its
// device.
std::string describe_device(Device device);

// The compute capabilities that the CUDA kernels of this build hold code for; empty without CUDA.
std::string built_architectures();

// A piece of a queue's work: seconds, beginning at seconds on std::chrono::steady_clock.
struct WorkSpan {
  double begin = 0, seconds = 0;
};

// The device seam. One object a device; every call throws Error (OutOfMemoryError for allocate) with
// the failing call and its cause. `queue` is a Stream's native handle: asynchronous calls are
// ordered on it; on cpu and emu everything is done on return. On cuda a call makes its GPU the calling
// thread's current one, and leaves it so: a thread may work on several in turn.
class DeviceApi {
 public:
  virtual ~DeviceApi() = default;
  virtual void* allocate(std::size_t bytes) = 0;  // aligned to ≥ 256 bytes
  virtual void release(void* pointer) noexcept = 0;
  virtual std::size_t free_bytes() = 0;

  virtual void* create_queue() = 0;
  virtual void destroy_queue(void* queue) noexcept = 0;
  virtual void synchronize(void* queue) = 0;

  virtual void copy_to_device(void* queue, void* device, const void* host, std::size_t bytes) = 0;
  virtual void copy_to_host(void* queue, void* host, const void* device, std::size_t bytes) = 0;
  virtual void copy_on_device(void* queue, void* to, const void* from, std::size_t bytes) = 0;
  virtual void fill_bytes(void* queue, void* device, unsigned char value, std::size_t bytes) = 0;

  // A timer measures what the calling thread gives the queue between its start and its stop. On a
  // GPU that is the kernels' own time if CUPTI loads, else from event to event, idle gaps included.
  // Timers may be nested; with CUPTI a kernel counts for the innermost alone.
  virtual const char* timer_clock() = 0;  // "cupti", "events", "steady_clock"
  virtual void* start_timer(void* queue) = 0;
  virtual void stop_timer(void* timer, void* queue) = 0;
  virtual WorkSpan read_timer(void* timer) = 0;  // of a stopped timer; waits for the work
  // Stops it without touching the queue, if it runs.
  virtual void destroy_timer(void* timer) noexcept = 0;
};

// Throws Error if the device is not available in this build or on this machine.
DeviceApi& device_api(Device device);

}  // namespace pellucid
