// Stands in for device_cuda.cpp in a build without the CUDA Toolkit.
#include "runtime/device_backends.h"
#include "runtime/error.h"

namespace pellucid {

DeviceStatus cuda_device_status(int index) {
  return {
      {DeviceKind::cuda, index},
      false,
      "this build has no CUDA kernels; install the CUDA Toolkit (nvcc) and configure again with "
      "--preset cuda"};
}

int cuda_device_count() { return 0; }

DeviceApi& cuda_device_api(int index) {
  const DeviceStatus status = cuda_device_status(index);
  fail(to_string(status.device), " is not available: ", status.description);
}

std::string cuda_built_architectures() { return ""; }

}  // namespace pellucid
