// adam_v3_table.cu: one step of Adam over many parameter arrays in one launch.
//
// computes   optimizer.h;   of each array w, g, m, v: (count)
// mapping    the blocks of one array come after those of another; a block finds its array in a table of the first
//            blocks, and its thread t takes parameters 4t … 4t + 3 of the array's share, as v2
// idea       a launch costs more than the biases' work: the paper's network has 14 arrays, of which 11 have less
//            than 7,000 values. The table is the kernel's argument: nothing is copied beforehand
// limits     count ≥ 1; all arrays aligned to 16 bytes; 64 arrays a launch, more in several
// cost       28 bytes, 12 flops a parameter
// next       the gradient's last sum and this step in one kernel would save reading g
#include "kernels/alignment.h"
#include "kernels/optimizer/optimizer_step.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kTableArrays = 64;
constexpr int kTableBlock = 256;

struct AdamTable {
  AdamStep step;
  int count;
  unsigned first_block[kTableArrays + 1];
  AdamArray arrays[kTableArrays];
};
static_assert(sizeof(AdamTable) <= 4096, "kernels take at most 4096 bytes of arguments");

}  // namespace

__global__ void __launch_bounds__(kTableBlock) adam_v3_table_kernel(AdamTable table) {
  int low = 0, high = table.count;  // the array is one of [low, high)
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    if (blockIdx.x >= table.first_block[middle]) low = middle;
    else high = middle;
  }
  const std::int64_t block = blockIdx.x - table.first_block[low];
  adam_four(table.arrays[low], table.step, kVector * (block * kTableBlock + threadIdx.x));
}

void adam_v3_table(Stream& stream, const AdamArgs& a) {
  for (std::size_t first = 0; first < a.arrays.size(); first += kTableArrays) {
    const auto arrays =
        a.arrays.subspan(first, std::min<std::size_t>(kTableArrays, a.arrays.size() - first));
    AdamTable table{a.step, static_cast<int>(arrays.size()), {}, {}};
    long long blocks = 0;
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      const AdamArray& array = table.arrays[i] = arrays[i];
      require_aligned16("adam_v3_table", {array.w, array.g, array.m, array.v});
      table.first_block[i] = static_cast<unsigned>(blocks);
      blocks += blocks_for(array.count, kVector * kTableBlock);
    }
    launch(stream, {"adam_v3_table", blocks_for(blocks, 1), kTableBlock, 0, adam_cost(arrays)},
           adam_v3_table_kernel, table);
  }
}

}  // namespace pellucid::PELLUCID_BACKEND
