// adam_v2_vector.cu: one step of Adam, four parameters a thread.
//
// computes   optimizer.h;   w, g, m, v: (count)
// mapping    thread t of the grid takes parameters 4t … 4t + 3
// idea       16-byte loads and stores: four arrays of loads are in flight before the first is
//            needed
// limits     count ≥ 1; all arrays aligned to 16 bytes
// cost       28·count bytes, 12·count flops (root and quotient counted as one each)
// next       v3: one launch for all parameter arrays of a model; small biases cost a launch each here
#include "kernels/alignment.h"
#include "kernels/optimizer/optimizer_step.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void adam_v2_vector_kernel(AdamArray a, AdamStep step) {
  adam_four(a, step, kVector * grid_thread());
}

void adam_v2_vector(Stream& stream, const AdamArgs& a) {
  constexpr int block = 256;
  for (const AdamArray& array : a.arrays) {
    require_aligned16("adam_v2_vector", {array.w, array.g, array.m, array.v});
    launch(stream,
           {"adam_v2_vector", blocks_for(array.count, kVector * block), block, 0,
            adam_cost({&array, 1})},
           adam_v2_vector_kernel, array, a.step);
  }
}

}  // namespace pellucid::PELLUCID_BACKEND
