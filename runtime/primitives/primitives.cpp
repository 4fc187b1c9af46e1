#include "runtime/primitives/primitives.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <vector>

#include "runtime/error.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid {
namespace {

// Enters the call into the launch log and runs it where the stream is.
template <class OnHost, class OnGpu>
void run(Stream& stream, const char* name, std::int64_t count, double bytes_each,
         const OnHost& on_host, [[maybe_unused]] const OnGpu& on_gpu) {
  require(count >= 0 && count <= std::numeric_limits<std::int32_t>::max(), name,
          ": count must be 0 to 2147483647, got ", count);
  const auto n = static_cast<double>(count);
  const LaunchScope scope(stream, {name, {}, {}, 0, {.flops = n, .bytes = bytes_each * n}});
  if (stream.device().kind != DeviceKind::cuda) return on_host();
#ifdef PELLUCID_HAS_CUDA
  on_gpu();
#else
  fail(name,
       ": this build has no CUDA; install the CUDA Toolkit (nvcc) and configure again with "
       "--preset cuda");
#endif
}

#ifdef PELLUCID_HAS_CUDA
#define PELLUCID_ON_GPU(call) [&] { cuda::call; }
#else
#define PELLUCID_ON_GPU(call) [] {}
#endif

// The radix sort's order of keys as an order of integers.
std::uint32_t ordered_bits(std::uint32_t key) { return key; }
std::uint32_t ordered_bits(float key) {
  const auto bits = std::bit_cast<std::uint32_t>(key == 0 ? 0.0f : key);
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}

template <class Key>
void sort_on_host(const Key* keys, const std::int32_t* values, Key* sorted_keys,
                  std::int32_t* sorted_values, std::int64_t count) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [keys](std::int32_t a, std::int32_t b) {
    return ordered_bits(keys[a]) < ordered_bits(keys[b]);
  });
  for (const std::int32_t from : order) {
    *sorted_keys++ = keys[from];
    *sorted_values++ = values[from];
  }
}

constexpr std::int64_t kSumChunk = 4096;

// Chunks are added in order, then their sums: no chain of roundings is longer than needed.
float sum_on_host(const float* x, std::int64_t count) {
  float sum = 0;
  for (std::int64_t first = 0; first < count; first += kSumChunk) {
    const std::int64_t last = std::min(count, first + kSumChunk);
    sum += std::accumulate(x + first, x + last, 0.0f);
  }
  return sum;
}

// Unsigned arithmetic wraps around as the GPU's does; signed overflow would be undefined.
std::int32_t sum_on_host(const std::int32_t* x, std::int64_t count) {
  std::uint32_t sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += static_cast<std::uint32_t>(x[i]);
  return static_cast<std::int32_t>(sum);
}

}  // namespace

void exclusive_scan(Stream& stream, const std::int32_t* x, std::int32_t* y, std::int64_t count) {
  run(
      stream, "exclusive_scan", count, 8,
      [&] {
        std::uint32_t sum = 0;
        for (std::int64_t i = 0; i < count; ++i) {
          y[i] = static_cast<std::int32_t>(sum);
          sum += static_cast<std::uint32_t>(x[i]);
        }
      },
      PELLUCID_ON_GPU(exclusive_scan(stream, x, y, count)));
}

void sort_pairs(Stream& stream, const std::uint32_t* keys, const std::int32_t* values,
                std::uint32_t* sorted_keys, std::int32_t* sorted_values, std::int64_t count) {
  run(
      stream, "sort_pairs", count, 16,
      [&] { sort_on_host(keys, values, sorted_keys, sorted_values, count); },
      PELLUCID_ON_GPU(sort_pairs(stream, keys, values, sorted_keys, sorted_values, count)));
}

void sort_pairs(Stream& stream, const float* keys, const std::int32_t* values, float* sorted_keys,
                std::int32_t* sorted_values, std::int64_t count) {
  run(
      stream, "sort_pairs", count, 16,
      [&] { sort_on_host(keys, values, sorted_keys, sorted_values, count); },
      PELLUCID_ON_GPU(sort_pairs(stream, keys, values, sorted_keys, sorted_values, count)));
}

void select(Stream& stream, const std::uint8_t* flags, std::int32_t* indices,
            std::int32_t* selected, std::int64_t count) {
  run(
      stream, "select", count, 5,
      [&] {
        std::int32_t found = 0;
        for (std::int64_t i = 0; i < count; ++i)
          if (flags[i]) indices[found++] = static_cast<std::int32_t>(i);
        *selected = found;
      },
      PELLUCID_ON_GPU(select(stream, flags, indices, selected, count)));
}

void reduce_sum(Stream& stream, const float* x, float* y, std::int64_t count) {
  run(
      stream, "reduce_sum", count, 4, [&] { *y = sum_on_host(x, count); },
      PELLUCID_ON_GPU(reduce_sum(stream, x, y, count)));
}

void reduce_sum(Stream& stream, const std::int32_t* x, std::int32_t* y, std::int64_t count) {
  run(
      stream, "reduce_sum", count, 4, [&] { *y = sum_on_host(x, count); },
      PELLUCID_ON_GPU(reduce_sum(stream, x, y, count)));
}

}  // namespace pellucid
