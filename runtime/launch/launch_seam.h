// launch_seam.h: what the host side of an operator needs of launching: the declarations of launch.h
// that are the same in every build, and the entry of work that is not a kernel into the launch log.
#pragma once

#include "runtime/fault.h"
#include "runtime/stream.h"

namespace pellucid {

// Throws Error naming the kernel and the value for: an empty grid or block, more than 1024 threads
// a block, a block that is not a multiple of 32, grid.y or grid.z above 65,535, grid.x above 2^31 −
// 1, block.z above 64, more than 227 KiB of dynamic shared memory.
void validate_launch(const LaunchConfig& config);

// ⌈count / per_block⌉ blocks, at least 1; throws Error above 2^31 − 1.
unsigned blocks_for(long long count, long long per_block);

void launch_on_gpu(Stream& stream, const LaunchConfig& config, const void* kernel, void** params);
void launch_in_emulator(Stream& stream, const LaunchConfig& config, void (*body)(void*),
                        void* closure);

// Brackets work of a stream in its launch log, if that is enabled. A cpu operator opens one:
//     const LaunchScope scope(stream, {"conv2d_fprop_onednn", {}, {}, 0, cost});
class LaunchScope {
 public:
  LaunchScope(Stream& stream, const LaunchConfig& config)
      : log_(stream.launches().enabled() ? &stream.launches() : nullptr) {
    if (fault::planned) fault::launch(config.name);
    if (log_) log_->begin(config);
  }
  ~LaunchScope() noexcept(false) {
    if (log_) log_->end();
  }
  LaunchScope(const LaunchScope&) = delete;
  LaunchScope& operator=(const LaunchScope&) = delete;

 private:
  LaunchLog* log_;
};

}  // namespace pellucid
