// weighted_sum_v2_vector.cu: a weighted sum of pictures, four values of up to four sums a thread.
//
// computes   y[n,i] = Σ_k w[k,n]·x[k,i];   x: (K, I), w: (K, N), y: (N, I)
// mapping    thread t of a row of blocks takes values 4t … 4t + 3 of one sum where N = 1, else of four, and
//            walks k upwards; the rows of blocks follow one another along grid.x
// idea       16-byte loads, eight pictures on their way at a time, and where there are several sums a
//            value of x serves four. RISE has one: a picture is read once, and nothing else matters
// limits     N, I, K ≥ 1; float4 where I % 4 == 0 and x and y are aligned to 16 bytes, else single
//            loads of the same values
// cost       2·N·I·K flops; x is read ⌈N/4⌉ times
// next       a split of k over blocks would fill a GPU with few pixels, and change the order of the sums
#include "kernels/alignment.h"
#include "kernels/device/unroll.cuh"
#include "kernels/device/vector.cuh"
#include "kernels/weighted_sum/weighted_sum.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kSumBlock = 64;  // small, since 50,000 pixels are 12,500 threads
constexpr int kPicturesAhead = 8;

__device__ __forceinline__ float4 load_up_to4(const float* p, int available, bool whole) {
  if (whole) return load4(p);
  return make_float4(p[0], available > 1 ? p[1] : 0.0f, available > 2 ? p[2] : 0.0f,
                     available > 3 ? p[3] : 0.0f);
}

template <int kSums>
__global__ void __launch_bounds__(kSumBlock)
    weighted_sum_v2_vector_kernel(WeightedSumArgs a, int column_blocks, bool whole) {
  const int first_n = static_cast<int>(blockIdx.x) / column_blocks * kSums;
  const std::int64_t column = static_cast<int>(blockIdx.x) % column_blocks;
  const std::int64_t i = kVector * (column * kSumBlock + threadIdx.x);
  if (i >= a.i) return;
  const int available = static_cast<int>(min(static_cast<long long>(a.i - i), 4LL));

  float4 sums[kSums] = {};
  for (int first_k = 0; first_k < a.k; first_k += kPicturesAhead) {
    const int pictures = min(kPicturesAhead, a.k - first_k);
    float4 x[kPicturesAhead] = {};
    PELLUCID_UNROLL
    for (int k = 0; k < kPicturesAhead; ++k)
      if (k < pictures)
        x[k] = load_up_to4(a.x + std::int64_t{first_k + k} * a.i + i, available, whole);
    PELLUCID_UNROLL
    for (int k = 0; k < kPicturesAhead; ++k) {
      if (k >= pictures) continue;
      for (int s = 0; s < kSums; ++s) {
        // Past the last sum the last one's weight is read again; what that gives is not written.
        const float w = a.w[std::int64_t{first_k + k} * a.n + min(first_n + s, a.n - 1)];
        sums[s] = make_float4(fmaf(w, x[k].x, sums[s].x), fmaf(w, x[k].y, sums[s].y),
                              fmaf(w, x[k].z, sums[s].z), fmaf(w, x[k].w, sums[s].w));
      }
    }
  }

  for (int s = 0; s < kSums && first_n + s < a.n; ++s) {
    float* y = a.y + std::int64_t{first_n + s} * a.i + i;
    if (whole) {
      store4(y, sums[s]);
      continue;
    }
    const float out[kVector] = {sums[s].x, sums[s].y, sums[s].z, sums[s].w};
    for (int j = 0; j < available; ++j) y[j] = out[j];
  }
}

template <int kSums>
void launch_sums(Stream& stream, const WeightedSumArgs& a) {
  const unsigned column_blocks = blocks_for(a.i, kVector * kSumBlock);
  const long long blocks = 1LL * column_blocks * blocks_for(a.n, kSums);
  launch(stream,
         {"weighted_sum_v2_vector", blocks_for(blocks, 1), kSumBlock, 0, weighted_sum_cost(a)},
         weighted_sum_v2_vector_kernel<kSums>, a, static_cast<int>(column_blocks),
         a.i % kVector == 0 && aligned16({a.x, a.y}));
}

}  // namespace

void weighted_sum_v2_vector(Stream& stream, const WeightedSumArgs& a) {
  if (a.n == 1) launch_sums<1>(stream, a);
  else launch_sums<4>(stream, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
