// launch_log.h: a record of every kernel launch and every host-side operator of a stream.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/device.h"

namespace pellucid {

struct Dim3 {
  unsigned x = 1, y = 1, z = 1;
  constexpr Dim3() = default;
  constexpr Dim3(unsigned x_, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
  constexpr unsigned long long count() const { return 1ull * x * y * z; }
};

// What a kernel must do at least: arithmetic (a multiply-add counts 2) and bytes of device memory
// moved when each input is read once and each output written once.
struct Cost {
  double flops = 0;
  double bytes = 0;
};

struct LaunchConfig {
  const char* name;  // the variant's name, a string literal
  Dim3 grid;
  Dim3 block;
  std::size_t shared_bytes = 0;  // dynamic shared memory
  Cost cost = {};
};

struct LaunchRecord {
  std::string name;
  Dim3 grid, block;  // {1,1,1} for work that is not a kernel
  std::size_t shared_bytes = 0;
  Cost cost;
  WorkSpan span;  // 0 if the log only counted
};

class LaunchLog {
 public:
  LaunchLog(Device device, void* queue) : api_(device_api(device)), queue_(queue) {}
  ~LaunchLog();
  LaunchLog(const LaunchLog&) = delete;
  LaunchLog& operator=(const LaunchLog&) = delete;

  enum class Detail {
    off,
    counts,  // no times: costs the device nothing
    times,
  };
  Detail detail() const { return detail_; }
  void set_detail(Detail detail) { detail_ = detail; }
  bool enabled() const { return detail_ != Detail::off; }

  // Records that wait to be taken.
  std::size_t size() const { return pending_.size(); }
  // The records so far, oldest first, and forgets them; waits for the work they time. Throws Error
  // between a begin() and its end().
  std::vector<LaunchRecord> take();
  // Sees all records that anyone takes from now on; {} ends it.
  void observe(std::function<void(const LaunchRecord&)> observer) {
    observer_ = std::move(observer);
  }

  // launch() brackets the work with these when the log is enabled; pairs may be nested. An end()
  // that an exception brings about drops the record and touches no queue, since the device may be
  // the cause.
  void begin(const LaunchConfig& config);
  void end();

 private:
  struct Pending {
    LaunchRecord record;
    void* timer = nullptr;  // null: counted only
    int exceptions = 0;     // in flight at begin()
  };
  DeviceApi& api_;
  void* queue_;
  Detail detail_ = Detail::off;
  std::function<void(const LaunchRecord&)> observer_;
  std::vector<Pending> pending_;
  std::vector<std::size_t> open_;  // positions in pending_ that await their end()
};

}  // namespace pellucid
