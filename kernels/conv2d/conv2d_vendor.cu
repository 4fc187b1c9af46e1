// conv2d_vendor.cu: convolution by cuDNN, all three directions.
//
// computes   conv2d.h;   activations (N, H, W, C), weights (K, R, S, C)
// mapping    cuDNN's own; this file's one kernel adds the bias, one thread an output
// idea       the yardstick for the hand-written kernels: channels-last, true fp32 (CUDNN_FMA_MATH),
//            one fixed and deterministic algorithm a direction, found by no search that could
//            choose another one tomorrow
// limits     libcudnn.so.9 must load, and cuDNN must take the shape: supports() asks it. One group,
//            paddings equal on either side, no bias in dgrad; arrays aligned to 16 bytes
// cost       2·N·P·Q·K·R·S·C flops for N rounded up to whole chunks
// next       –
//
// cuDNN promises nothing about two batch sizes giving an image the same bits. So every call runs
// chunks of exactly 16 images (the paper's training batch), the last one filled up with zeros, and
// the size of the user's batch never reaches cuDNN. One image alone costs as much as sixteen.
#include "kernels/alignment.h"
#include "kernels/conv2d/conv2d.h"

#if __has_include(<cudnn.h>)

#include <optional>

#include "kernels/conv2d/conv2d_cudnn.cuh"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kChunk = 16;  // images
constexpr auto kFprop = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
constexpr auto kDgrad = CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;    // ALGO_0 adds atomically
constexpr auto kWgrad = CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1;  // as above
constexpr float kZero = 0, kOne = 1;

Conv2dShape chunk_of(Conv2dShape shape) {
  shape.n = kChunk;
  return shape;
}
std::size_t image_floats(int h, int w, int c) {
  return static_cast<std::size_t>(h) * static_cast<std::size_t>(w) * static_cast<std::size_t>(c);
}
std::size_t input_floats(const Conv2dShape& d) { return image_floats(d.h, d.w, d.c); }
std::size_t output_floats(const Conv2dShape& d) { return image_floats(d.p(), d.q(), d.k); }

// A chunk's view of a batch's array: the array itself, or a copy filled up with zero images.
class Chunk {
 public:
  Chunk(Stream& stream, float* batch, std::size_t floats_of_image, int first, int images)
      : stream_(stream),
        part_(batch + floats_of_image * static_cast<std::size_t>(first)),
        bytes_(floats_of_image * static_cast<std::size_t>(images) * sizeof(float)),
        all_bytes_(floats_of_image * kChunk * sizeof(float)) {
    if (bytes_ < all_bytes_) padded_.emplace(stream.arena(), all_bytes_);
  }
  float* data() const { return padded_ ? static_cast<float*>(padded_->data()) : part_; }
  // Before cuDNN reads the chunk.
  const float* read() const {
    if (padded_) {
      stream_.copy_on_device(data(), part_, bytes_);
      stream_.fill_bytes(reinterpret_cast<char*>(data()) + bytes_, 0, all_bytes_ - bytes_);
    }
    return data();
  }
  // After cuDNN wrote it.
  void write_back() const {
    if (padded_) stream_.copy_on_device(part_, data(), bytes_);
  }

 private:
  Stream& stream_;
  float* part_;
  std::size_t bytes_, all_bytes_;
  std::optional<Buffer> padded_;
};

// Calls body(first image, images) for every chunk of the batch.
template <class Body>
void for_chunks(int n, const Body& body) {
  for (int first = 0; first < n; first += kChunk)
    body(first, n - first < kChunk ? n - first : kChunk);
}

cudnnHandle_t handle_on(Stream& stream) {
  use_gpu(stream.device().index);
  const cudnnHandle_t handle = CudnnHandle::of_this_thread();
  cudnn().check(cudnn().cudnnSetStream(handle, static_cast<cudaStream_t>(stream.native())),
                "cudnnSetStream");
  return handle;
}

cudnnStatus_t fprop_workspace(const CudnnConvolution& c, std::size_t& bytes) {
  return cudnn().cudnnGetConvolutionForwardWorkspaceSize(CudnnHandle::of_this_thread(), c.x, c.w,
                                                         c.convolution, c.y, kFprop, &bytes);
}
cudnnStatus_t dgrad_workspace(const CudnnConvolution& c, std::size_t& bytes) {
  return cudnn().cudnnGetConvolutionBackwardDataWorkspaceSize(
      CudnnHandle::of_this_thread(), c.w, c.y, c.convolution, c.x, kDgrad, &bytes);
}
cudnnStatus_t wgrad_workspace(const CudnnConvolution& c, std::size_t& bytes) {
  return cudnn().cudnnGetConvolutionBackwardFilterWorkspaceSize(
      CudnnHandle::of_this_thread(), c.x, c.y, c.convolution, c.w, kWgrad, &bytes);
}

using WorkspaceQuery = cudnnStatus_t (*)(const CudnnConvolution&, std::size_t&);

bool cudnn_takes(const Conv2dShape& shape, WorkspaceQuery query) {
  if (shape.groups != 1 || shape.pad_bottom != shape.pad_h || shape.pad_right != shape.pad_w)
    return false;
  try {
    const CudnnConvolution convolution(chunk_of(shape));
    std::size_t bytes = 0;
    return query(convolution, bytes) == CUDNN_STATUS_SUCCESS;
  } catch (const Error&) {
    return false;  // no cuDNN on this machine, or a descriptor outside its range
  }
}

std::size_t workspace_bytes(const CudnnConvolution& convolution, WorkspaceQuery query) {
  std::size_t bytes = 0;
  cudnn().check(
      query(convolution, bytes),
      "this convolution has no fixed fp32 channels-last algorithm; use a hand-written variant");
  return bytes;
}

__global__ void conv2d_add_bias_kernel(float* y, const float* bias, long long count, int filters) {
  const long long i = grid_thread();
  if (i < count) y[i] += bias[i % filters];
}

}  // namespace

bool conv2d_fprop_cudnn_supports(const Conv2dFpropArgs& a) {
  return aligned16({a.x, a.w, a.y}) && cudnn_takes(a.shape, fprop_workspace);
}
bool conv2d_dgrad_cudnn_supports(const Conv2dDgradArgs& a) {
  return !a.bias && aligned16({a.dy, a.w, a.dx}) && cudnn_takes(a.shape, dgrad_workspace);
}
bool conv2d_wgrad_cudnn_supports(const Conv2dWgradArgs& a) {
  return aligned16({a.x, a.dy, a.dw, a.dbias}) && cudnn_takes(a.shape, wgrad_workspace);
}

void conv2d_fprop_cudnn(Stream& stream, const Conv2dFpropArgs& a) {
  const Conv2dShape& d = a.shape;
  const CudnnConvolution convolution(chunk_of(d));
  const Buffer workspace(stream.arena(), workspace_bytes(convolution, fprop_workspace));
  {
    const LaunchScope scope(stream, {"conv2d_fprop_cudnn", {}, {}, 0, conv2d_fprop_cost(d)});
    const cudnnHandle_t handle = handle_on(stream);
    for_chunks(d.n, [&](int first, int images) {
      const Chunk x(stream, const_cast<float*>(a.x), input_floats(d), first, images);
      const Chunk y(stream, a.y, output_floats(d), first, images);
      cudnn().check(
          cudnn().cudnnConvolutionForward(handle, &kOne, convolution.x, x.read(), convolution.w,
                                          a.w, convolution.convolution, kFprop, workspace.data(),
                                          workspace.bytes(), &kZero, convolution.y, y.data()),
          "cudnnConvolutionForward");
      y.write_back();
    });
  }
  if (!a.bias) return;
  constexpr int block = 256;
  const long long count = static_cast<long long>(output_floats(d)) * d.n;
  launch(stream,
         {"conv2d_add_bias",
          blocks_for(count, block),
          block,
          0,
          {.flops = 1.0 * count, .bytes = 8.0 * count}},
         conv2d_add_bias_kernel, a.y, a.bias, count, d.k);
}

void conv2d_dgrad_cudnn(Stream& stream, const Conv2dDgradArgs& a) {
  const Conv2dShape& d = a.shape;
  const CudnnConvolution convolution(chunk_of(d));
  const Buffer workspace(stream.arena(), workspace_bytes(convolution, dgrad_workspace));
  const LaunchScope scope(stream, {"conv2d_dgrad_cudnn", {}, {}, 0, conv2d_dgrad_cost(d)});
  const cudnnHandle_t handle = handle_on(stream);
  for_chunks(d.n, [&](int first, int images) {
    const Chunk dy(stream, const_cast<float*>(a.dy), output_floats(d), first, images);
    const Chunk dx(stream, a.dx, input_floats(d), first, images);
    cudnn().check(
        cudnn().cudnnConvolutionBackwardData(
            handle, &kOne, convolution.w, a.w, convolution.y, dy.read(), convolution.convolution,
            kDgrad, workspace.data(), workspace.bytes(), &kZero, convolution.x, dx.data()),
        "cudnnConvolutionBackwardData");
    dx.write_back();
  });
}

void conv2d_wgrad_cudnn(Stream& stream, const Conv2dWgradArgs& a) {
  const Conv2dShape& d = a.shape;
  const CudnnConvolution convolution(chunk_of(d));
  const Buffer workspace(stream.arena(), workspace_bytes(convolution, wgrad_workspace));
  const LaunchScope scope(stream, {"conv2d_wgrad_cudnn", {}, {}, 0, conv2d_wgrad_cost(d)});
  const cudnnHandle_t handle = handle_on(stream);
  for_chunks(d.n, [&](int first, int images) {
    const Chunk x(stream, const_cast<float*>(a.x), input_floats(d), first, images);
    const Chunk dy(stream, const_cast<float*>(a.dy), output_floats(d), first, images);
    const float* gradient = dy.read();
    const float* before = first == 0 ? &kZero : &kOne;  // chunks add up, in order
    cudnn().check(cudnn().cudnnConvolutionBackwardFilter(
                      handle, &kOne, convolution.x, x.read(), convolution.y, gradient,
                      convolution.convolution, kWgrad, workspace.data(), workspace.bytes(), before,
                      convolution.w, a.dw),
                  "cudnnConvolutionBackwardFilter");
    if (a.dbias)
      cudnn().check(cudnn().cudnnConvolutionBackwardBias(handle, &kOne, convolution.y, gradient,
                                                         before, convolution.bias, a.dbias),
                    "cudnnConvolutionBackwardBias");
  });
}

}  // namespace pellucid::PELLUCID_BACKEND

#else  // the CUDA Toolkit without cuDNN's header

namespace pellucid::cuda {

bool conv2d_fprop_cudnn_supports(const Conv2dFpropArgs&) { return false; }
bool conv2d_dgrad_cudnn_supports(const Conv2dDgradArgs&) { return false; }
bool conv2d_wgrad_cudnn_supports(const Conv2dWgradArgs&) { return false; }

namespace {
[[noreturn]] void fail_without_header() {
  fail("this build has no cuDNN: cudnn.h was not found; install cuDNN 9 and build again");
}
}  // namespace
void conv2d_fprop_cudnn(Stream&, const Conv2dFpropArgs&) { fail_without_header(); }
void conv2d_dgrad_cudnn(Stream&, const Conv2dDgradArgs&) { fail_without_header(); }
void conv2d_wgrad_cudnn(Stream&, const Conv2dWgradArgs&) { fail_without_header(); }

}  // namespace pellucid::cuda

#endif
