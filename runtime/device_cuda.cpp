// The device seam of cuda: every call of the CUDA runtime outside launch() and the vendor variants.
#include <cuda_runtime.h>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>

#include "runtime/cuda_check.h"
#include "runtime/cupti.h"
#include "runtime/device_backends.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

cudaStream_t stream_of(void* queue) { return static_cast<cudaStream_t>(queue); }

// The seam of one GPU.
class CudaApi final : public DeviceApi {
 public:
  explicit CudaApi(int index) : index_(index) {}

  void* allocate(std::size_t bytes) override {
    use_gpu(index_);
    void* pointer = nullptr;
    const cudaError_t error = cudaMalloc(&pointer, bytes);
    if (error == cudaErrorMemoryAllocation) {
      cudaGetLastError();  // clear it: the program may go on with less
      throw OutOfMemoryError(concat("cudaMalloc of ", bytes, " bytes failed, ", free_bytes(),
                                    " bytes are free on the GPU"));
    }
    PELLUCID_CUDA_CHECK(error);
    return pointer;
  }
  void release(void* pointer) noexcept override {
    cudaSetDevice(index_);
    cudaFree(pointer);
  }
  std::size_t free_bytes() override {
    use_gpu(index_);
    std::size_t free = 0, total = 0;
    PELLUCID_CUDA_CHECK(cudaMemGetInfo(&free, &total));
    return free;
  }

  void* create_queue() override {
    use_gpu(index_);
    cudaStream_t stream = nullptr;
    PELLUCID_CUDA_CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    return stream;
  }
  void destroy_queue(void* queue) noexcept override {
    cudaSetDevice(index_);
    cudaStreamDestroy(stream_of(queue));
  }
  void synchronize(void* queue) override {
    use_gpu(index_);
    PELLUCID_CUDA_CHECK(cudaStreamSynchronize(stream_of(queue)));
  }

  void copy_to_device(void* queue, void* device, const void* host, std::size_t bytes) override {
    copy(queue, device, host, bytes, cudaMemcpyHostToDevice);
    synchronize(queue);  // the caller may reuse its pageable memory
  }
  void copy_to_host(void* queue, void* host, const void* device, std::size_t bytes) override {
    copy(queue, host, device, bytes, cudaMemcpyDeviceToHost);
    synchronize(queue);
  }
  void copy_on_device(void* queue, void* to, const void* from, std::size_t bytes) override {
    copy(queue, to, from, bytes, cudaMemcpyDeviceToDevice);
  }
  void fill_bytes(void* queue, void* device, unsigned char value, std::size_t bytes) override {
    if (!bytes) return;
    use_gpu(index_);
    PELLUCID_CUDA_CHECK(cudaMemsetAsync(device, value, bytes, stream_of(queue)));
  }

  const char* timer_clock() override { return Cupti::instance() ? "cupti" : "events"; }
  void* start_timer(void* queue) override {
    use_gpu(index_);
    auto timer = std::make_unique<Timer>();
    if (Cupti* const cupti = Cupti::instance()) {
      timer->range = cupti->push();
    } else {
      if (!origin_) set_origin(queue);
      PELLUCID_CUDA_CHECK(cudaEventCreate(&timer->begin));
      PELLUCID_CUDA_CHECK(cudaEventCreate(&timer->end));
      PELLUCID_CUDA_CHECK(cudaEventRecord(timer->begin, stream_of(queue)));
    }
    timer->running = true;
    return timer.release();
  }
  void stop_timer(void* timer, void* queue) override {
    Timer& t = *static_cast<Timer*>(timer);
    t.running = false;
    use_gpu(index_);
    if (t.range) Cupti::instance()->pop();
    else PELLUCID_CUDA_CHECK(cudaEventRecord(t.end, stream_of(queue)));
  }
  WorkSpan read_timer(void* timer) override {
    const Timer& t = *static_cast<Timer*>(timer);
    use_gpu(index_);
    if (t.range) {
      PELLUCID_CUDA_CHECK(cudaDeviceSynchronize());
      return Cupti::instance()->span(t.range);
    }
    PELLUCID_CUDA_CHECK(cudaEventSynchronize(t.end));
    return {origin_seconds_ + seconds_between(origin_, t.begin), seconds_between(t.begin, t.end)};
  }
  void destroy_timer(void* timer) noexcept override {
    const std::unique_ptr<Timer> t(static_cast<Timer*>(timer));
    if (!t->range) return;
    if (t->running) Cupti::instance()->pop();
    Cupti::instance()->forget(t->range);
  }

 private:
  struct Timer {
    std::uint64_t range = 0;  // CUPTI's; 0: by events
    cudaEvent_t begin = nullptr, end = nullptr;
    bool running = false;

    Timer() = default;
    ~Timer() {
      if (begin) cudaEventDestroy(begin);
      if (end) cudaEventDestroy(end);
    }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
  };
  // The point that relates events to the host's clock.
  void set_origin(void* queue) {
    PELLUCID_CUDA_CHECK(cudaEventCreate(&origin_));
    PELLUCID_CUDA_CHECK(cudaEventRecord(origin_, stream_of(queue)));
    synchronize(queue);
    origin_seconds_ =
        std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
  static double seconds_between(cudaEvent_t begin, cudaEvent_t end) {
    float milliseconds = 0;
    PELLUCID_CUDA_CHECK(cudaEventElapsedTime(&milliseconds, begin, end));
    return milliseconds * 1e-3;
  }
  void copy(void* queue, void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
    if (!bytes) return;
    use_gpu(index_);
    PELLUCID_CUDA_CHECK(cudaMemcpyAsync(to, from, bytes, kind, stream_of(queue)));
  }

  int index_;
  cudaEvent_t origin_ = nullptr;
  double origin_seconds_ = 0;
};

}  // namespace

DeviceApi& cuda_device_api(int index) {
  struct Gpu {
    DeviceStatus status;
    CudaApi api;
  };
  static std::mutex mutex;
  static std::map<int, Gpu> gpus;  // of those that were asked for: to look at one starts it
  const std::lock_guard lock(mutex);
  auto found = gpus.find(index);
  if (found == gpus.end())
    found = gpus.try_emplace(index, Gpu{cuda_device_status(index), CudaApi(index)}).first;
  const DeviceStatus& status = found->second.status;
  if (!status.available) fail(to_string(status.device), " is not available: ", status.description);
  return found->second.api;
}

int cuda_device_count() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

std::string cuda_built_architectures() { return PELLUCID_CUDA_ARCHITECTURES; }

DeviceStatus cuda_device_status(int index) {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  const Device device{DeviceKind::cuda, index};
  const auto absent = [device](const std::string& why) { return DeviceStatus{device, false, why}; };
  if (error == cudaErrorInsufficientDriver)
    return absent("no usable NVIDIA driver (the driver is missing or older than CUDA " +
                  std::to_string(CUDART_VERSION / 1000) + "); install or update it");
  if (error == cudaErrorNoDevice || (error == cudaSuccess && count == 0))
    return absent(
        "no NVIDIA GPU was found; nvidia-smi must list one, and CUDA_VISIBLE_DEVICES not hide it");
  if (error != cudaSuccess)
    return absent(
        concat("the NVIDIA driver cannot start (", cudaGetErrorString(error),
               "); nvidia-smi must work: restart the machine or install the driver anew"));
  if (index >= count)
    return absent(concat("there is no GPU ", index, "; they are numbered from 0, and ",
                         "CUDA_VISIBLE_DEVICES may hide some"));
  cudaDeviceProp properties{};
  if (const cudaError_t failed = cudaGetDeviceProperties(&properties, index); failed != cudaSuccess)
    return absent(concat("the GPU does not answer (", cudaGetErrorString(failed),
                         "); nvidia-smi must show it: restart the machine"));
  const int capability = properties.major * 10 + properties.minor;
  const std::string name =
      concat(properties.name, " (sm_", capability, ", ", properties.totalGlobalMem >> 20, " MiB)");
  if (capability < 75)
    return absent(concat(name,
                         " is older than compute capability 7.5, the oldest supported; "
                         "use --device cpu"));
  cudaError_t failed = cudaSetDevice(index);
  if (failed == cudaSuccess) failed = cudaFree(nullptr);  // makes the context
  if (failed != cudaSuccess)
    return absent(concat(name, " is there, but not to be had (", cudaGetErrorString(failed),
                         "); see in nvidia-smi what holds it, and wait, or use --device cpu"));
  return {device, true, name};
}

}  // namespace pellucid
