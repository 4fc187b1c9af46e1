#include "runtime/stream.h"

#include "runtime/error.h"
#include "runtime/fault.h"

namespace pellucid {

Stream::Stream(Device device)
    : device_(device),
      api_(device_api(device)),
      queue_(api_.create_queue()),
      arena_(device),
      launches_(device, queue_) {}

Stream::~Stream() {
  try {
    api_.synchronize(queue_);
  } catch (const std::exception&) {
    // The error was or will be reported by the call that needs the result.
  }
  api_.destroy_queue(queue_);
}

std::vector<std::string> Stream::unused_variants() const {
  std::vector<std::string> unused;
  for (const auto& [name, variant] : policy_.variants)
    if (!forced_ran_.contains(name)) unused.push_back(name);
  return unused;
}

void Stream::synchronize() {
  if (fault::planned) fault::wait();
  api_.synchronize(queue_);
}

void Stream::check_memory(const void* address) const {
  const std::optional<Device> holder = device_holding(address);
  require(!holder || *holder == device_, "memory of ", to_string(holder.value_or(device_)),
          " was given to a stream on ", to_string(device_));
}

void Stream::copy_to_device(void* device, const void* host, std::size_t bytes) {
  check_memory(device);
  transfers_.to_device_calls += 1;
  transfers_.to_device_bytes += bytes;
  if (fault::planned) fault::copy(false);
  api_.copy_to_device(queue_, device, host, bytes);
}

void Stream::copy_to_host(void* host, const void* device, std::size_t bytes) {
  check_memory(device);
  transfers_.to_host_calls += 1;
  transfers_.to_host_bytes += bytes;
  if (fault::planned) fault::copy(true);
  api_.copy_to_host(queue_, host, device, bytes);
}

void Stream::copy_on_device(void* to, const void* from, std::size_t bytes) {
  check_memory(to);
  check_memory(from);
  if (fault::planned) fault::copy(false);
  api_.copy_on_device(queue_, to, from, bytes);
}

void Stream::fill_bytes(void* device, unsigned char value, std::size_t bytes) {
  check_memory(device);
  api_.fill_bytes(queue_, device, value, bytes);
}

}  // namespace pellucid
