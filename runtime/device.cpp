#include "runtime/device.h"

#include <thread>

#include "runtime/device_backends.h"
#include "runtime/error.h"

namespace pellucid {

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

std::vector<DeviceStatus> device_statuses() {
  const unsigned threads = std::thread::hardware_concurrency();
#ifdef PELLUCID_HAS_ONEDNN
  const char* library = "oneDNN " PELLUCID_ONEDNN_VERSION;
#else
  const char* library = "plain loops (built without oneDNN)";
#endif
  return {cuda_device_status(),
          {DeviceKind::cpu, true, concat(library, ", ", threads, " hardware threads")},
          {DeviceKind::emu, true,
           concat("the CUDA kernels on the host, for tests and teaching, ", threads,
                  " hardware threads")}};
}

DeviceKind resolve_device(std::string_view name) {
  if (name == "auto") return cuda_device_status().available ? DeviceKind::cuda : DeviceKind::cpu;
  for (const DeviceStatus& status : device_statuses()) {
    if (name != to_string(status.kind)) continue;
    if (!status.available) fail("--device ", name, ": ", status.description);
    return status.kind;
  }
  throw UsageError(concat("unknown device '", name, "' (known: auto, cuda, cpu, emu)"));
}

std::string describe_device(DeviceKind kind) {
  for (const DeviceStatus& status : device_statuses())
    if (status.kind == kind) return concat(to_string(kind), ": ", status.description);
  return "";
}

std::string built_architectures() { return cuda_built_architectures(); }

DeviceApi& device_api(DeviceKind kind) {
  return kind == DeviceKind::cuda ? cuda_device_api() : host_device_api();
}

}  // namespace pellucid
