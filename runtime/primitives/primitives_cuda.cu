// primitives_cuda.cu: the primitives on a GPU, by CUB. CUDA only: it has no emulated build, since
// the host's standard library stands in there (primitives.cpp).
#include <thrust/iterator/counting_iterator.h>

#include <cub/cub.cuh>

#include "runtime/arena.h"
#include "runtime/cuda_check.h"
#include "runtime/primitives/primitives.h"

namespace pellucid::cuda {
namespace {

cudaStream_t queue_of(Stream& stream) { return static_cast<cudaStream_t>(stream.native()); }

// CUB is called twice: the first time it only says how much scratch memory it wants. The block may
// go back to the arena at once, since whoever gets it next works on the same stream.
template <class Call>
void with_scratch(Stream& stream, const Call& call) {
  use_gpu(stream.device().index);
  std::size_t bytes = 0;
  PELLUCID_CUDA_CHECK(call(nullptr, bytes));
  const Buffer scratch(stream.arena(), bytes);
  PELLUCID_CUDA_CHECK(call(scratch.data(), bytes));
}

template <class Key>
void sort(Stream& stream, const Key* keys, const std::int32_t* values, Key* sorted_keys,
          std::int32_t* sorted_values, std::int64_t count) {
  if (count == 0) return;
  with_scratch(stream, [&](void* scratch, std::size_t& bytes) {
    return cub::DeviceRadixSort::SortPairs(scratch, bytes, keys, sorted_keys, values, sorted_values,
                                           static_cast<int>(count), 0, 8 * int{sizeof(Key)},
                                           queue_of(stream));
  });
}

template <class T>
void sum(Stream& stream, const T* x, T* y, std::int64_t count) {
  if (count == 0) return stream.fill_bytes(y, 0, sizeof(T));
  with_scratch(stream, [&](void* scratch, std::size_t& bytes) {
    return cub::DeviceReduce::Sum(scratch, bytes, x, y, static_cast<int>(count), queue_of(stream));
  });
}

}  // namespace

void exclusive_scan(Stream& stream, const std::int32_t* x, std::int32_t* y, std::int64_t count) {
  if (count == 0) return;
  with_scratch(stream, [&](void* scratch, std::size_t& bytes) {
    return cub::DeviceScan::ExclusiveSum(scratch, bytes, x, y, static_cast<int>(count),
                                         queue_of(stream));
  });
}

void sort_pairs(Stream& stream, const std::uint32_t* keys, const std::int32_t* values,
                std::uint32_t* sorted_keys, std::int32_t* sorted_values, std::int64_t count) {
  sort(stream, keys, values, sorted_keys, sorted_values, count);
}

void sort_pairs(Stream& stream, const float* keys, const std::int32_t* values, float* sorted_keys,
                std::int32_t* sorted_values, std::int64_t count) {
  sort(stream, keys, values, sorted_keys, sorted_values, count);
}

void select(Stream& stream, const std::uint8_t* flags, std::int32_t* indices,
            std::int32_t* selected, std::int64_t count) {
  if (count == 0) return stream.fill_bytes(selected, 0, sizeof(std::int32_t));
  const thrust::counting_iterator<std::int32_t> positions(0);
  with_scratch(stream, [&](void* scratch, std::size_t& bytes) {
    return cub::DeviceSelect::Flagged(scratch, bytes, positions, flags, indices, selected,
                                      static_cast<int>(count), queue_of(stream));
  });
}

void reduce_sum(Stream& stream, const float* x, float* y, std::int64_t count) {
  sum(stream, x, y, count);
}

void reduce_sum(Stream& stream, const std::int32_t* x, std::int32_t* y, std::int64_t count) {
  sum(stream, x, y, count);
}

}  // namespace pellucid::cuda
