#include "runtime/device.h"

#include <algorithm>
#include <charconv>
#include <thread>

#include "runtime/device_backends.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr int kLargestIndex = 999;  // of what parses

// "KIND" or "KIND:INDEX".
Device parse_device(std::string_view name) {
  const std::size_t colon = name.find(':');
  const std::string_view kind_name = name.substr(0, colon);
  for (const DeviceKind kind : {DeviceKind::cuda, DeviceKind::cpu, DeviceKind::emu}) {
    if (kind_name != to_string(kind)) continue;
    if (colon == name.npos) return kind;
    const std::string_view digits = name.substr(colon + 1);
    int index = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (error != std::errc{} || end != digits.data() + digits.size() || index < 0 ||
        index > kLargestIndex)
      throw UsageError(concat("unknown device '", name, "': after '", kind_name,
                              ":' comes a number from 0 to ", kLargestIndex));
    if (kind == DeviceKind::cpu && index > 0)
      throw UsageError(concat("unknown device '", name,
                              "': the cpu is one device, whatever its cores; take cpu"));
    return {kind, index};
  }
  throw UsageError(concat("unknown device '", name, "' (known: auto, cuda, cpu, emu)"));
}

// "cuda, cuda:1, cpu, emu"
std::string available_devices() {
  std::string names;
  for (const DeviceStatus& status : device_statuses())
    if (status.available) names += (names.empty() ? "" : ", ") + to_string(status.device);
  return names;
}

}  // namespace

std::string_view to_string(DeviceKind kind) {
  switch (kind) {
    case DeviceKind::cpu:
      return "cpu";
    case DeviceKind::emu:
      return "emu";
    case DeviceKind::cuda:
      return "cuda";
  }
  return "?";
}

std::string to_string(Device device) {
  const std::string kind(to_string(device.kind));
  return device.index == 0 ? kind : concat(kind, ":", device.index);
}

DeviceStatus device_status(Device device) {
  if (device.kind == DeviceKind::cuda) return cuda_device_status(device.index);
  const unsigned threads = std::thread::hardware_concurrency();
  if (device.kind == DeviceKind::emu)
    return {device, true,
            concat("the CUDA kernels on the host, for tests and teaching, ", threads,
                   " hardware threads")};
#ifdef PELLUCID_HAS_ONEDNN
  const char* library = "oneDNN " PELLUCID_ONEDNN_VERSION;
#else
  const char* library = "plain loops (built without oneDNN)";
#endif
  return {device, true, concat(library, ", ", threads, " hardware threads")};
}

std::vector<DeviceStatus> device_statuses() {
  std::vector<DeviceStatus> statuses;
  for (int index = 0; index < std::max(1, cuda_device_count()); ++index)
    statuses.push_back(cuda_device_status(index));
  statuses.push_back(device_status(DeviceKind::cpu));
  statuses.push_back(device_status(DeviceKind::emu));
  return statuses;
}

Device resolve_device(std::string_view name) {
  if (name == "auto") return cuda_device_status(0).available ? DeviceKind::cuda : DeviceKind::cpu;
  const Device device = parse_device(name);
  const DeviceStatus status = device_status(device);
  if (!status.available)
    fail("--device ", name, ": ", status.description,
         device.index == 0 ? "" : "; there is " + available_devices());
  return device;
}

std::string describe_device(Device device) {
  return concat(to_string(device), ": ", device_status(device).description);
}

std::string built_architectures() { return cuda_built_architectures(); }

DeviceApi& device_api(Device device) {
  return device.kind == DeviceKind::cuda ? cuda_device_api(device.index) : host_device_api();
}

}  // namespace pellucid
