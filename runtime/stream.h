// stream.h: an ordered queue of work on one device, with its arena, its launch log, its counted transfers
// and its policy. Every operator takes a Stream; nothing else says where it runs and by which variant.
#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/arena.h"
#include "runtime/device.h"
#include "runtime/launch_log.h"
#include "runtime/policy.h"

namespace pellucid {

class Profile;

struct TransferCount {
  std::size_t to_device_calls = 0, to_device_bytes = 0;
  std::size_t to_host_calls = 0, to_host_bytes = 0;
};

class Stream {
 public:
  explicit Stream(Device device);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  Device device() const { return device_; }
  void* native() const { return queue_; }  // cudaStream_t on cuda, null elsewhere
  Arena& arena() { return arena_; }
  LaunchLog& launches() { return launches_; }
  const TransferCount& transfers() const { return transfers_; }
  const Policy& policy() const { return policy_; }
  void set_policy(Policy policy) { policy_ = std::move(policy); }
  // The operators that a variant is forced of and that did not run; an operator says when it does.
  std::vector<std::string> unused_variants() const;
  void forced_variant_runs(const std::string& operator_name) { forced_ran_.insert(operator_name); }
  // Set by runtime/profile.h while it watches this stream, else null.
  Profile* profile() const { return profile_; }
  void set_profile(Profile* profile) { profile_ = profile; }

  // Waits for all work; errors of earlier asynchronous work surface here at the latest.
  void synchronize();

  // The only ways between host and device. copy_to_device returns once `host` may be reused,
  // copy_to_host once the bytes are there. These and the two after them throw Error, naming both
  // devices, if memory on the device is that of another one's arena; what a kernel is given is not
  // looked at.
  void copy_to_device(void* device, const void* host, std::size_t bytes);
  void copy_to_host(void* host, const void* device, std::size_t bytes);
  void copy_on_device(void* to, const void* from, std::size_t bytes);
  void fill_bytes(void* device, unsigned char value, std::size_t bytes);

 private:
  void check_memory(const void* address) const;

  Device device_;
  DeviceApi& api_;
  void* queue_;
  Arena arena_;
  LaunchLog launches_;
  Profile* profile_ = nullptr;
  TransferCount transfers_;
  Policy policy_;
  std::set<std::string> forced_ran_;
};

}  // namespace pellucid
