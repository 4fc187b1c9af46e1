// linear_vendor.cu: the fully connected layer through cuBLAS, as a yardstick for the variants
// beside it. cuBLAS is loaded on first use; without it supports() answers no.
//
// computes   linear.h, with cublasSgemm. Its matrices are column-major, so it sees each of ours
//            transposed: y = x·wᵀ (N, O) is for it yᵀ = w·xᵀ, (O, N) in columns of length O
// mapping    cuBLAS's own
// idea       CUBLAS_PEDANTIC_MATH: fp32 throughout, no TF32. cuBLAS picks its kernel, and with it
//            the order of the additions, from the shape: forward and dgrad therefore always run
//            kVendorChunk rows, the last time padded with zeros, so that a row's bits do not depend
//            on the batch. wgrad sums over the rows and runs all of them at once
// limits     N, I, O ≥ 1; operands aligned to 16 bytes, as whole tensors are; one thread at a time
//            enters cuBLAS
// cost       2·N·I·O flops, of at least kVendorChunk rows
// next       nothing: it is here to be compared with
#include <initializer_list>
#include <map>
#include <mutex>

#include "kernels/linear/linear_dbias.cuh"
#include "runtime/cuda_check.h"
#include "runtime/dynamic_library.h"

#if __has_include(<cublas_v2.h>)
#include <cublas_v2.h>
#define PELLUCID_HAS_CUBLAS_HEADER
#endif

namespace pellucid::PELLUCID_BACKEND {
namespace {

#ifdef PELLUCID_HAS_CUBLAS_HEADER

constexpr int kVendorChunk = 64;  // chunks of whole tensors then start at multiples of 256 bytes

class Cublas {
 public:
  // Throws Error if cuBLAS cannot be loaded or started on the calling thread's GPU.
  Cublas() {
    int gpu = 0;
    PELLUCID_CUDA_CHECK(cudaGetDevice(&gpu));
    handle_on(gpu);
  }

  // C = A·B, column-major: C (rows, cols), A (rows, depth) or its transpose, B (depth, cols) or
  // its.
  void multiply(Stream& stream, cublasOperation_t a_as, cublasOperation_t b_as, int rows, int cols,
                int depth, const float* a, const float* b, float* c) {
    const std::lock_guard lock(mutex_);
    const cublasHandle_t handle = handle_on(stream.device().index);
    check(set_stream_(handle, static_cast<cudaStream_t>(stream.native())), "cublasSetStream");
    const float one = 1, zero = 0;
    check(gemm_(handle, a_as, b_as, rows, cols, depth, &one, a, a_as == CUBLAS_OP_N ? rows : depth,
                b, b_as == CUBLAS_OP_N ? depth : cols, &zero, c, rows),
          "cublasSgemm");
  }

 private:
  // A handle belongs to the GPU that was current when it was made, which is so on return.
  cublasHandle_t handle_on(int gpu) {
    use_gpu(gpu);
    if (const auto found = handles_.find(gpu); found != handles_.end()) return found->second;
    cublasHandle_t handle = nullptr;
    check(library_.symbol<decltype(&cublasCreate_v2)>("cublasCreate_v2")(&handle), "cublasCreate");
    check(library_.symbol<decltype(&cublasSetMathMode)>("cublasSetMathMode")(handle,
                                                                             CUBLAS_PEDANTIC_MATH),
          "cublasSetMathMode");
    return handles_[gpu] = handle;
  }

  void check(cublasStatus_t status, const char* call) {
    require(status == CUBLAS_STATUS_SUCCESS, "cuBLAS: ", call, " failed with ",
            status_text_(status), " (", library_.file(), ")");
  }

  DynamicLibrary library_{"cuBLAS",
                          {"libcublas.so.13", "libcublas.so.12"},
                          "install the CUDA Toolkit's cuBLAS or add its folder to LD_LIBRARY_PATH"};
  decltype(&cublasGetStatusString) status_text_ =
      library_.symbol<decltype(&cublasGetStatusString)>("cublasGetStatusString");
  decltype(&cublasSetStream_v2) set_stream_ =
      library_.symbol<decltype(&cublasSetStream_v2)>("cublasSetStream_v2");
  decltype(&cublasSgemm_v2) gemm_ = library_.symbol<decltype(&cublasSgemm_v2)>("cublasSgemm_v2");
  std::map<int, cublasHandle_t> handles_;  // by GPU; they live as long as the process
  std::mutex mutex_;
};

Cublas& cublas() {
  static Cublas instance;
  return instance;
}

bool cublas_loads() {
  static const bool loads = [] {
    try {
      cublas();
      return true;
    } catch (const Error&) {
      return false;  // run_default() then takes another variant
    }
  }();
  return loads;
}

// cuBLAS may pick another kernel for operands it cannot read 16 bytes at a time.
bool aligned(std::initializer_list<const float*> pointers) {
  for (const float* p : pointers)
    if (reinterpret_cast<std::uintptr_t>(p) % 16 != 0) return false;
  return true;
}

__global__ void linear_add_bias_kernel(LinearArgs a) {
  const long long output = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (output >= static_cast<long long>(a.shape.n) * a.shape.outputs) return;
  a.y[output] += a.bias[output % a.shape.outputs];
}

void linear_add_bias(Stream& stream, const LinearArgs& a) {
  if (!a.bias) return;
  const long long outputs = static_cast<long long>(a.shape.n) * a.shape.outputs;
  const double elements = static_cast<double>(outputs);
  launch(stream,
         {"linear_add_bias",
          blocks_for(outputs, 128),
          128,
          0,
          {.flops = elements, .bytes = 8 * elements}},
         linear_add_bias_kernel, a);
}

// multiply(in, out) for each kVendorChunk rows of (rows, in_cols) and (rows, out_cols).
template <class Multiply>
void for_row_chunks(Stream& stream, int rows, const float* in, int in_cols, float* out,
                    int out_cols, const Multiply& multiply) {
  int first = 0;
  for (; rows - first >= kVendorChunk; first += kVendorChunk)
    multiply(in + 1LL * first * in_cols, out + 1LL * first * out_cols);
  if (first == rows) return;
  const std::size_t in_row = sizeof(float) * in_cols, out_row = sizeof(float) * out_cols;
  const Buffer padded_in(stream.arena(), kVendorChunk * in_row);
  const Buffer padded_out(stream.arena(), kVendorChunk * out_row);
  stream.fill_bytes(padded_in.data(), 0, padded_in.bytes());
  stream.copy_on_device(padded_in.data(), in + 1LL * first * in_cols, (rows - first) * in_row);
  multiply(static_cast<const float*>(padded_in.data()), static_cast<float*>(padded_out.data()));
  stream.copy_on_device(out + 1LL * first * out_cols, padded_out.data(), (rows - first) * out_row);
}

#endif

}  // namespace

#ifdef PELLUCID_HAS_CUBLAS_HEADER

bool cublas_takes(const LinearArgs& a) { return aligned({a.x, a.w, a.y}) && cublas_loads(); }
bool cublas_takes(const LinearDgradArgs& a) { return aligned({a.dy, a.w, a.dx}) && cublas_loads(); }
bool cublas_takes(const LinearWgradArgs& a) { return aligned({a.x, a.dy, a.dw}) && cublas_loads(); }

void linear_cublas(Stream& stream, const LinearArgs& a) {
  const LinearShape& s = a.shape;
  {
    const LaunchScope scope(stream, {"linear_cublas", {}, {}, 0, linear_cost(s)});
    for_row_chunks(stream, s.n, a.x, s.inputs, a.y, s.outputs, [&](const float* x, float* y) {
      cublas().multiply(stream, CUBLAS_OP_T, CUBLAS_OP_N, s.outputs, kVendorChunk, s.inputs, a.w, x,
                        y);
    });
  }
  linear_add_bias(stream, a);
}

void linear_dgrad_cublas(Stream& stream, const LinearDgradArgs& a) {
  const LinearShape& s = a.shape;
  const LaunchScope scope(stream, {"linear_dgrad_cublas", {}, {}, 0, linear_cost(s)});
  for_row_chunks(stream, s.n, a.dy, s.outputs, a.dx, s.inputs, [&](const float* dy, float* dx) {
    cublas().multiply(stream, CUBLAS_OP_N, CUBLAS_OP_N, s.inputs, kVendorChunk, s.outputs, a.w, dy,
                      dx);
  });
}

void linear_wgrad_cublas(Stream& stream, const LinearWgradArgs& a) {
  const LinearShape& s = a.shape;
  {
    const LaunchScope scope(stream, {"linear_wgrad_cublas", {}, {}, 0, linear_cost(s)});
    cublas().multiply(stream, CUBLAS_OP_N, CUBLAS_OP_T, s.inputs, s.outputs, s.n, a.x, a.dy, a.dw);
  }
  linear_dbias(stream, a);
}

#else

bool cublas_takes(const LinearArgs&) { return false; }
bool cublas_takes(const LinearDgradArgs&) { return false; }
bool cublas_takes(const LinearWgradArgs&) { return false; }

void linear_cublas(Stream&, const LinearArgs&) { fail("this build has no cuBLAS"); }
void linear_dgrad_cublas(Stream&, const LinearDgradArgs&) { fail("this build has no cuBLAS"); }
void linear_wgrad_cublas(Stream&, const LinearWgradArgs&) { fail("this build has no cuBLAS"); }

#endif

}  // namespace pellucid::PELLUCID_BACKEND
