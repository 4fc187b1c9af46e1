// Starts a kernel on the GPU: the CUDA half of launch().
#include <cuda_runtime.h>
#include <nvtx3/nvToolsExt.h>

#include "runtime/cuda_check.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid {
namespace {

class NvtxRange {
 public:
  explicit NvtxRange(const char* name) { nvtxRangePushA(name); }
  ~NvtxRange() { nvtxRangePop(); }
};

// Above this a kernel must be told first that it gets more dynamic shared memory.
constexpr std::size_t kSharedBytesByDefault = 48 * 1024;

}  // namespace

void launch_on_gpu(Stream& stream, const LaunchConfig& config, const void* kernel, void** params) {
  require(stream.device().kind == DeviceKind::cuda, config.name,
          " is the CUDA build of a kernel, but the stream is on ", to_string(stream.device()));
  validate_launch(config);
  use_gpu(stream.device().index);
  const NvtxRange range(config.name);
  if (config.shared_bytes > kSharedBytesByDefault)
    PELLUCID_CUDA_CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                             static_cast<int>(config.shared_bytes)));
  const LaunchScope scope(stream, config);
  const dim3 grid(config.grid.x, config.grid.y, config.grid.z);
  const dim3 block(config.block.x, config.block.y, config.block.z);
  const cudaError_t error = cudaLaunchKernel(kernel, grid, block, params, config.shared_bytes,
                                             static_cast<cudaStream_t>(stream.native()));
  require(error == cudaSuccess, "CUDA: launch of ", config.name,
          " failed: ", cudaGetErrorString(error));
}

}  // namespace pellucid
