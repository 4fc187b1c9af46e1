// conv2d_cudnn.cuh: cuDNN's functions, loaded when first asked for, and its descriptors.
#pragma once

#include <cudnn.h>

#include <map>

#include "kernels/conv2d/conv2d.h"
#include "runtime/cuda_check.h"
#include "runtime/dynamic_library.h"

namespace pellucid::cuda {
namespace {

struct CudnnFunctions {
  DynamicLibrary library{"cuDNN",
                         {"libcudnn.so.9"},
                         "install cuDNN 9 for this CUDA version, or use a hand-written variant"};

#define PELLUCID_CUDNN(name) const decltype(&::name) name = library.symbol<decltype(&::name)>(#name)
  PELLUCID_CUDNN(cudnnGetErrorString);
  PELLUCID_CUDNN(cudnnCreate);
  PELLUCID_CUDNN(cudnnDestroy);
  PELLUCID_CUDNN(cudnnSetStream);
  PELLUCID_CUDNN(cudnnCreateTensorDescriptor);
  PELLUCID_CUDNN(cudnnSetTensor4dDescriptor);
  PELLUCID_CUDNN(cudnnDestroyTensorDescriptor);
  PELLUCID_CUDNN(cudnnCreateFilterDescriptor);
  PELLUCID_CUDNN(cudnnSetFilter4dDescriptor);
  PELLUCID_CUDNN(cudnnDestroyFilterDescriptor);
  PELLUCID_CUDNN(cudnnCreateConvolutionDescriptor);
  PELLUCID_CUDNN(cudnnSetConvolution2dDescriptor);
  PELLUCID_CUDNN(cudnnSetConvolutionMathType);
  PELLUCID_CUDNN(cudnnDestroyConvolutionDescriptor);
  PELLUCID_CUDNN(cudnnGetConvolutionForwardWorkspaceSize);
  PELLUCID_CUDNN(cudnnConvolutionForward);
  PELLUCID_CUDNN(cudnnGetConvolutionBackwardDataWorkspaceSize);
  PELLUCID_CUDNN(cudnnConvolutionBackwardData);
  PELLUCID_CUDNN(cudnnGetConvolutionBackwardFilterWorkspaceSize);
  PELLUCID_CUDNN(cudnnConvolutionBackwardFilter);
  PELLUCID_CUDNN(cudnnConvolutionBackwardBias);
#undef PELLUCID_CUDNN

  void check(cudnnStatus_t status, const char* what) const {
    require(status == CUDNN_STATUS_SUCCESS, "cuDNN: ", what, ": ", cudnnGetErrorString(status));
  }
};

inline const CudnnFunctions& cudnn() {
  static const CudnnFunctions functions;
  return functions;
}

// A handle may be used by one thread at a time and belongs to the GPU that was current when it was
// made, so each thread has its own for each GPU.
class CudnnHandle {
 public:
  CudnnHandle() { cudnn().check(cudnn().cudnnCreate(&handle_), "cudnnCreate"); }
  ~CudnnHandle() { cudnn().cudnnDestroy(handle_); }
  CudnnHandle(const CudnnHandle&) = delete;
  CudnnHandle& operator=(const CudnnHandle&) = delete;

  // For the GPU that is current in this thread.
  static cudnnHandle_t of_this_thread() {
    static thread_local std::map<int, CudnnHandle> handles;
    int gpu = 0;
    PELLUCID_CUDA_CHECK(cudaGetDevice(&gpu));
    return handles[gpu].handle_;
  }

 private:
  cudnnHandle_t handle_ = nullptr;
};

// Owns one descriptor.
template <class Descriptor>
class CudnnDescriptor {
 public:
  using Create = cudnnStatus_t (*)(Descriptor*);
  using Destroy = cudnnStatus_t (*)(Descriptor);
  CudnnDescriptor(Create create, Destroy destroy) : destroy_(destroy) {
    cudnn().check(create(&descriptor_), "creating a descriptor");
  }
  ~CudnnDescriptor() { destroy_(descriptor_); }
  CudnnDescriptor(const CudnnDescriptor&) = delete;
  CudnnDescriptor& operator=(const CudnnDescriptor&) = delete;
  operator Descriptor() const { return descriptor_; }

 private:
  Descriptor descriptor_ = nullptr;
  Destroy destroy_;
};

// The descriptors of one convolution: activations (N, H, W, C), weights (K, R, S, C), true fp32.
class CudnnConvolution {
 public:
  explicit CudnnConvolution(const Conv2dShape& d) {
    set_tensor(x, d.n, d.c, d.h, d.w);
    set_tensor(y, d.n, d.k, d.p(), d.q());
    set_tensor(bias, 1, d.k, 1, 1);
    cudnn().check(cudnn().cudnnSetFilter4dDescriptor(w, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NHWC, d.k,
                                                     d.c, d.r, d.s),
                  "cudnnSetFilter4dDescriptor");
    cudnn().check(cudnn().cudnnSetConvolution2dDescriptor(
                      convolution, d.pad_h, d.pad_w, d.stride_h, d.stride_w, d.dilation_h,
                      d.dilation_w, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT),
                  "cudnnSetConvolution2dDescriptor");
    // The default would let it round the operands to TF32.
    cudnn().check(cudnn().cudnnSetConvolutionMathType(convolution, CUDNN_FMA_MATH),
                  "cudnnSetConvolutionMathType");
  }

  CudnnDescriptor<cudnnTensorDescriptor_t> x{cudnn().cudnnCreateTensorDescriptor,
                                             cudnn().cudnnDestroyTensorDescriptor};
  CudnnDescriptor<cudnnTensorDescriptor_t> y{cudnn().cudnnCreateTensorDescriptor,
                                             cudnn().cudnnDestroyTensorDescriptor};
  CudnnDescriptor<cudnnTensorDescriptor_t> bias{cudnn().cudnnCreateTensorDescriptor,
                                                cudnn().cudnnDestroyTensorDescriptor};
  CudnnDescriptor<cudnnFilterDescriptor_t> w{cudnn().cudnnCreateFilterDescriptor,
                                             cudnn().cudnnDestroyFilterDescriptor};
  CudnnDescriptor<cudnnConvolutionDescriptor_t> convolution{
      cudnn().cudnnCreateConvolutionDescriptor, cudnn().cudnnDestroyConvolutionDescriptor};

 private:
  static void set_tensor(cudnnTensorDescriptor_t tensor, int n, int c, int h, int w) {
    cudnn().check(
        cudnn().cudnnSetTensor4dDescriptor(tensor, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, n, c, h, w),
        "cudnnSetTensor4dDescriptor");
  }
};

}  // namespace
}  // namespace pellucid::cuda
