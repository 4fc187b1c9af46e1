// Stands in for device_cuda.cpp in a build without the CUDA Toolkit.
#include "runtime/device_backends.h"
#include "runtime/error.h"

namespace pellucid {

DeviceStatus cuda_device_status() {
  return {
      DeviceKind::cuda, false,
      "this build has no CUDA kernels; install the CUDA Toolkit (nvcc) and configure again with "
      "--preset cuda"};
}

DeviceApi& cuda_device_api() { fail("cuda is not available: ", cuda_device_status().description); }

std::string cuda_built_architectures() { return ""; }

}  // namespace pellucid
