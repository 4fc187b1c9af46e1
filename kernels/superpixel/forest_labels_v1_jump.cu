// forest_labels_v1_jump.cu: labels of the trees of a forest, by pointer jumping.
//
// computes   forest.h;   parent, labels: (n)
// mapping    thread t of the grid takes node t
// idea       a launch replaces every pointer by the node eight steps up, so k launches climb 8^k
//            levels: as many as a chain of n nodes needs, for the host does not ask how deep the
//            trees are. The roots' numbers are an exclusive scan of the flags "is a root"
// limits     n ≥ 1
// cost       ⌈log8 n⌉ launches of 36·n bytes, then 24·n bytes
// next       one launch in which each thread walks to its root would do for shallow trees
#include <utility>

#include "kernels/device/vector.cuh"
#include "kernels/superpixel/forest.h"
#include "runtime/launch/launch.h"
#include "runtime/primitives/primitives.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kForestJump = 8;

// from, to: (n); two arrays, since a pointer read while another thread shortens it would be a race.
__global__ void forest_v1_jump_kernel(const std::int32_t* from, std::int32_t* to, int n) {
  const std::int64_t i = grid_thread();
  if (i >= n) return;
  std::int32_t node = from[i];
  for (int step = 1; step < kForestJump; ++step) node = from[node];
  to[i] = node;
}

// root, is_root: (n)
__global__ void forest_v1_flag_kernel(const std::int32_t* root, std::int32_t* is_root, int n) {
  const std::int64_t i = grid_thread();
  if (i < n) is_root[i] = root[i] == i;
}

// root, is_root: (n); number: (n), roots before a node
__global__ void forest_v1_number_kernel(ForestArgs a, const std::int32_t* root,
                                        const std::int32_t* is_root, const std::int32_t* number) {
  const std::int64_t i = grid_thread();
  if (i >= a.n) return;
  a.labels[i] = number[root[i]];
  if (i == a.n - 1) *a.count = number[i] + is_root[i];
}

void forest_labels_v1_jump(Stream& stream, const ForestArgs& a) {
  constexpr int block = 128;
  const unsigned grid = blocks_for(a.n, block);
  const std::size_t bytes = sizeof(std::int32_t) * static_cast<std::size_t>(a.n);
  const Buffer first(stream.arena(), bytes), second(stream.arena(), bytes);
  const std::int32_t* root = a.parent;
  auto *to = static_cast<std::int32_t*>(first.data()),
       *spare = static_cast<std::int32_t*>(second.data());
  const double n = a.n;
  for (long long climbed = 1; climbed < a.n; climbed *= kForestJump) {
    launch(stream, {"forest_labels_v1_jump_climb", grid, block, 0, {.flops = 0, .bytes = 8 * n}},
           forest_v1_jump_kernel, root, to, a.n);
    root = std::exchange(to, std::exchange(spare, to));
  }
  const Buffer flags(stream.arena(), bytes), numbers(stream.arena(), bytes);
  auto *is_root = static_cast<std::int32_t*>(flags.data()),
       *number = static_cast<std::int32_t*>(numbers.data());
  launch(stream, {"forest_labels_v1_jump_flag", grid, block, 0, {.flops = 0, .bytes = 8 * n}},
         forest_v1_flag_kernel, root, is_root, a.n);
  pellucid::exclusive_scan(stream, is_root, number, a.n);
  launch(stream, {"forest_labels_v1_jump_number", grid, block, 0, forest_labels_cost(a)},
         forest_v1_number_kernel, a, root, is_root, number);
}

}  // namespace pellucid::PELLUCID_BACKEND
