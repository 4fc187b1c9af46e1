#include "tests/runtime/emulator/traffic/kernels.h"

#define PELLUCID_EMULATED 1
#include "kernels/device/atomics.cuh"
#include "kernels/device/shared.cuh"
#include "kernels/device/vector.cuh"
#include "kernels/device/warp.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::emu::test {
namespace {

__global__ void copy_kernel(const float* x, float* y, int stride) {
  y[grid_thread()] = x[grid_thread() * stride];
}

__global__ void copy4_kernel(const float* x, float* y) {
  volatile float on_stack[2] = {1, 2};
  float4 value = load4(x + 4 * lane_id());
  value.x *= on_stack[lane_id() & 1];
  store4(y + 4 * lane_id(), value);
}

__global__ void broadcast_kernel(const float* x, float* y) { y[lane_id()] = x[0]; }

__global__ void copy_lanes_kernel(const float* x, float* y, unsigned lanes) {
  if (lanes >> lane_id() & 1u) y[lane_id()] = x[lane_id()];
}

template <class Tile>
__device__ void transpose_through(Tile& tile, const float* x, float* y) {
  const int column = static_cast<int>(threadIdx.x), row = static_cast<int>(threadIdx.y);
  tile[row][column] = x[32 * row + column];
  __syncthreads();
  y[32 * row + column] = tile[column][row];
}

template <int kPitch>
__global__ void transpose_kernel(const float* x, float* y) {
  __shared__ float tile[32][kPitch];
  transpose_through(tile, x, y);
}

__global__ void dynamic_transpose_kernel(const float* x, float* y) {
  auto* tile = reinterpret_cast<float(*)[33]>(dynamic_shared_floats());
  transpose_through(tile, x, y);
}

__global__ void read_doubles_kernel(int stride) {
  __shared__ double values[32 * 4];
  values[lane_id()] = 1;
  volatile double read = values[lane_id() * stride];
  (void)read;
}

__global__ void read_vectors_kernel(int stride) {
  alignas(16) __shared__ float values[32 * 4 * 4];
  values[lane_id()] = 1;
  volatile float read = load4(values + lane_id() * 4 * stride).w;
  (void)read;
}

__global__ void barriers_kernel(int count) {
  if (threadIdx.x >= 32) return;
  for (int i = 0; i < count; ++i) __syncthreads();
}

__global__ void skip_first_row_kernel(const float* x, float* y, bool by_shuffle) {
  float sum = 0;
  for (int row = 0; row < 2; ++row) {
    if (row > 0 || lane_id() > 0) sum += x[32 * row + lane_id()];
    if (by_shuffle) sum = shuffle_xor(sum, 1);
    else __syncthreads();
  }
  y[lane_id()] = sum;
}

__global__ void add_to_word_kernel(int* word) { atomic_add(word, 1); }

}  // namespace

void copy(Stream& stream, const float* x, float* y, unsigned blocks, unsigned threads, int stride) {
  launch(stream, {"copy", blocks, threads}, copy_kernel, x, y, stride);
}
void copy4(Stream& stream, const float* x, float* y) {
  launch(stream, {"copy4", 1, 32}, copy4_kernel, x, y);
}
void broadcast(Stream& stream, const float* x, float* y) {
  launch(stream, {"broadcast", 1, 32}, broadcast_kernel, x, y);
}
void copy_lanes(Stream& stream, const float* x, float* y, unsigned lanes) {
  launch(stream, {"copy_lanes", 1, 32}, copy_lanes_kernel, x, y, lanes);
}
void transpose(Stream& stream, const float* x, float* y, int pitch) {
  const Dim3 block{32, 32};
  if (pitch == 34) {
    launch(stream, {"transpose", 1, block, 32 * 33 * sizeof(float)}, dynamic_transpose_kernel, x,
           y);
  } else {
    launch(stream, {"transpose", 1, block},
           pitch == 32 ? transpose_kernel<32> : transpose_kernel<33>, x, y);
  }
}
void read_doubles(Stream& stream, int stride) {
  launch(stream, {"read_doubles", 1, 32}, read_doubles_kernel, stride);
}
void read_vectors(Stream& stream, int stride) {
  launch(stream, {"read_vectors", 1, 32}, read_vectors_kernel, stride);
}
void barriers(Stream& stream, int count) {
  launch(stream, {"barriers", 3, 64}, barriers_kernel, count);
}
void skip_first_row(Stream& stream, const float* x, float* y, bool shuffle) {
  launch(stream, {"skip_first_row", 1, 32}, skip_first_row_kernel, x, y, shuffle);
}
void add_to_word(Stream& stream, int* word) {
  launch(stream, {"add_to_word", 1, 32}, add_to_word_kernel, word);
}

}  // namespace pellucid::emu::test
