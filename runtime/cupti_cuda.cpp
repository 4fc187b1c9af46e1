#include "runtime/cupti.h"

#include <chrono>
#include <cstdlib>

#include "runtime/error.h"

#if __has_include(<cupti.h>)

#include <cupti.h>

namespace pellucid {

struct Cupti::Functions {
  DynamicLibrary library{"CUPTI",
                         {"libcupti.so.13", "libcupti.so.12"},
                         "install the CUDA Toolkit's CUPTI or add its folder to LD_LIBRARY_PATH"};

#define PELLUCID_CUPTI(name) const decltype(&::name) name = library.symbol<decltype(&::name)>(#name)
  PELLUCID_CUPTI(cuptiActivityRegisterCallbacks);
  PELLUCID_CUPTI(cuptiActivityEnable);
  PELLUCID_CUPTI(cuptiActivityFlushAll);
  PELLUCID_CUPTI(cuptiActivityGetNextRecord);
  PELLUCID_CUPTI(cuptiActivityPushExternalCorrelationId);
  PELLUCID_CUPTI(cuptiActivityPopExternalCorrelationId);
  PELLUCID_CUPTI(cuptiGetTimestamp);
#undef PELLUCID_CUPTI

  static void check(CUptiResult result, const char* call) {
    require(result == CUPTI_SUCCESS, "CUPTI: ", call, " failed with error ",
            static_cast<int>(result));
  }
};

namespace {

constexpr std::size_t kBufferBytes = 1 << 20;
constexpr auto kOurs = CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM0;
Cupti* receiver = nullptr;

void CUPTIAPI buffer_requested(std::uint8_t** buffer, std::size_t* bytes, std::size_t* records) {
  *buffer = static_cast<std::uint8_t*>(std::aligned_alloc(8, kBufferBytes));
  *bytes = *buffer ? kBufferBytes : 0;
  *records = 0;  // as many as fit
}

void CUPTIAPI buffer_completed(CUcontext, std::uint32_t, std::uint8_t* buffer, std::size_t,
                               std::size_t valid_bytes) {
  receiver->read_buffer(buffer, valid_bytes);
  std::free(buffer);
}

}  // namespace

Cupti::Cupti() : cupti_(std::make_shared<const Functions>()) {
  receiver = this;
  Functions::check(cupti_->cuptiActivityRegisterCallbacks(buffer_requested, buffer_completed),
                   "cuptiActivityRegisterCallbacks");
  // The calls themselves are recorded for their link from range to correlation id.
  for (const CUpti_ActivityKind kind :
       {CUPTI_ACTIVITY_KIND_EXTERNAL_CORRELATION, CUPTI_ACTIVITY_KIND_RUNTIME,
        CUPTI_ACTIVITY_KIND_DRIVER, CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL,
        CUPTI_ACTIVITY_KIND_MEMCPY, CUPTI_ACTIVITY_KIND_MEMSET})
    Functions::check(cupti_->cuptiActivityEnable(kind), "cuptiActivityEnable");
  std::uint64_t nanoseconds = 0;
  Functions::check(cupti_->cuptiGetTimestamp(&nanoseconds), "cuptiGetTimestamp");
  const std::chrono::duration<double> now = std::chrono::steady_clock::now().time_since_epoch();
  clock_offset_ = now.count() - static_cast<double>(nanoseconds) * 1e-9;
}

Cupti* Cupti::instance() {
  // Never destroyed: CUPTI may call back while the process ends.
  static Cupti* const cupti = []() -> Cupti* {
    try {
      return new Cupti;
    } catch (const Error&) {
      return nullptr;  // timers then use events
    }
  }();
  return cupti;
}

std::uint64_t Cupti::push() {
  std::uint64_t range = 0;
  {
    const std::lock_guard lock(mutex_);
    range = ++ranges_;
  }
  Functions::check(cupti_->cuptiActivityPushExternalCorrelationId(kOurs, range),
                   "cuptiActivityPushExternalCorrelationId");
  return range;
}

void Cupti::pop() noexcept {
  std::uint64_t range = 0;
  cupti_->cuptiActivityPopExternalCorrelationId(kOurs, &range);
}

WorkSpan Cupti::span(std::uint64_t range) {
  std::unique_lock lock(mutex_);
  if (!spans_.contains(range)) {
    lock.unlock();  // the records come through read_buffer()
    Functions::check(cupti_->cuptiActivityFlushAll(0), "cuptiActivityFlushAll");
    lock.lock();
    // All has arrived: what is left is work outside all ranges, and calls without work.
    unclaimed_.clear();
    range_of_call_.clear();
  }
  const auto found = spans_.find(range);
  return found == spans_.end() ? WorkSpan{} : found->second;
}

void Cupti::forget(std::uint64_t range) noexcept {
  const std::lock_guard lock(mutex_);
  spans_.erase(range);
}

void Cupti::add(std::uint64_t range, const WorkSpan& piece) {
  WorkSpan& span = spans_[range];
  if (span.begin == 0 || piece.begin < span.begin) span.begin = piece.begin;
  span.seconds += piece.seconds;
}

void Cupti::read_buffer(std::uint8_t* buffer, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto work = [&](std::uint32_t call, std::uint64_t start, std::uint64_t end) {
    const WorkSpan piece{static_cast<double>(start) * 1e-9 + clock_offset_,
                         static_cast<double>(end - start) * 1e-9};
    if (const auto range = range_of_call_.extract(call)) add(range.mapped(), piece);
    else unclaimed_[call] = piece;
  };
  CUpti_Activity* record = nullptr;
  while (cupti_->cuptiActivityGetNextRecord(buffer, bytes, &record) == CUPTI_SUCCESS) {
    switch (record->kind) {
      case CUPTI_ACTIVITY_KIND_EXTERNAL_CORRELATION: {
        const auto& link = *reinterpret_cast<const CUpti_ActivityExternalCorrelation*>(record);
        if (link.externalKind != kOurs) break;
        if (const auto piece = unclaimed_.extract(link.correlationId))
          add(link.externalId, piece.mapped());
        else range_of_call_[link.correlationId] = link.externalId;
        break;
      }
      case CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL: {
        const auto& kernel = *reinterpret_cast<const CUpti_ActivityKernel9*>(record);
        work(kernel.correlationId, kernel.start, kernel.end);
        break;
      }
      case CUPTI_ACTIVITY_KIND_MEMCPY: {
        const auto& copy = *reinterpret_cast<const CUpti_ActivityMemcpy6*>(record);
        work(copy.correlationId, copy.start, copy.end);
        break;
      }
      case CUPTI_ACTIVITY_KIND_MEMSET: {
        const auto& fill = *reinterpret_cast<const CUpti_ActivityMemset4*>(record);
        work(fill.correlationId, fill.start, fill.end);
        break;
      }
      default:
        break;  // the calls
    }
  }
}

}  // namespace pellucid

#else  // the CUDA Toolkit without CUPTI's header

namespace pellucid {

struct Cupti::Functions {};
Cupti::Cupti() = default;
Cupti* Cupti::instance() { return nullptr; }
std::uint64_t Cupti::push() { return 0; }
void Cupti::pop() noexcept {}
WorkSpan Cupti::span(std::uint64_t) { return {}; }
void Cupti::forget(std::uint64_t) noexcept {}
void Cupti::add(std::uint64_t, const WorkSpan&) {}
void Cupti::read_buffer(std::uint8_t*, std::size_t) {}

}  // namespace pellucid

#endif
