// cupti.h: the GPU's own times of kernels, copies and fills, from CUPTI's activity records. Each is
// credited to the range that the launching thread had open. Only in builds with CUDA.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "runtime/device.h"
#include "runtime/dynamic_library.h"

namespace pellucid {

class Cupti {
 public:
  // One a process, started when first asked for. Null if CUPTI is not there or refuses: another
  // profiler has it, or the driver lets only root read it.
  static Cupti* instance();

  // Opens a range in the calling thread, and closes the innermost one.
  std::uint64_t push();
  void pop() noexcept;
  // The time from a closed range's first piece of work to the end of its last, less the gaps:
  // `seconds` sums the pieces. The work must be done (synchronize the device first). A range
  // without work has 0 seconds.
  WorkSpan span(std::uint64_t range);
  void forget(std::uint64_t range) noexcept;

  // For CUPTI's callbacks.
  void read_buffer(std::uint8_t* buffer, std::size_t bytes);

 private:
  Cupti();

  void add(std::uint64_t range, const WorkSpan& piece);

  struct Functions;
  std::shared_ptr<const Functions> cupti_;
  double clock_offset_ = 0;  // steady_clock's seconds − CUPTI's
  std::mutex mutex_;         // of all below: records arrive on CUPTI's threads
  std::uint64_t ranges_ = 0;
  // By correlation id: a call and its work arrive in either order.
  std::map<std::uint32_t, std::uint64_t> range_of_call_;
  std::map<std::uint32_t, WorkSpan> unclaimed_;
  std::map<std::uint64_t, WorkSpan> spans_;
};

}  // namespace pellucid
