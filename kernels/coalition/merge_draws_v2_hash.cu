// merge_draws_v2_hash.cu: the different draws, found in a hash table.
//
// computes   coalition.h, with merge_draws_rows.cuh
// mapping    thread t of the grid takes draw t, in two launches: all go into the table, then each
//            reads what its slot holds in the end
// idea       a slot belongs to all draws of the same bits and keeps the first of them. It holds
//            count − t, so that the first is the greatest, 0 is an empty slot, and a maximum is all
//            that later ones need. Who takes a slot depends on the order of arrival; which draw it
//            holds when all have come does not, nor does anything that is read from it
// limits     1 ≤ count ≤ 2^26, 1 ≤ limit ≤ 2^24
// cost       a table of 8·count to 16·count bytes, at most half full: about two probes a draw
// next       draws of few words could lie in the table themselves
#include <bit>

#include "kernels/coalition/merge_draws_rows.cuh"

namespace pellucid::PELLUCID_BACKEND {

// slots: (last_slot + 1), a power of two of them, all 0; slot_of: (count)
__global__ void merge_draws_v2_insert_kernel(MergeDrawsArgs a, std::int32_t* slots,
                                             std::uint32_t last_slot, std::int32_t* slot_of) {
  const std::int64_t t = grid_thread();
  if (t >= a.count) return;
  const int words = coalition_words(a.features);
  const auto own = static_cast<std::int32_t>(a.count - t);
  std::uint32_t slot = coalition_hash(draw_of(a, t), words) & last_slot;
  for (;; slot = (slot + 1) & last_slot) {
    std::int32_t held = atomic_load(&slots[slot]);
    if (held == 0) held = atomic_compare_exchange(&slots[slot], 0, own);
    if (held == 0) break;
    if (!same_coalition(draw_of(a, a.count - held), draw_of(a, t), words)) continue;
    atomic_max(&slots[slot], own);
    break;
  }
  slot_of[t] = static_cast<std::int32_t>(slot);
}

// slot_of: (count) in, out: the first draw that equals a draw
__global__ void merge_draws_v2_first_kernel(MergeDrawsArgs a, const std::int32_t* slots,
                                            std::int32_t* slot_of) {
  const std::int64_t t = grid_thread();
  if (t < a.count) slot_of[t] = a.count - slots[slot_of[t]];
}

void merge_draws_v2_hash(Stream& stream, const MergeDrawsArgs& a) {
  const unsigned grid = blocks_for(a.count, kMergeBlock);
  const std::size_t count = static_cast<std::size_t>(a.count),
                    slot_count = std::bit_ceil(2 * count);
  const Buffer firsts(stream.arena(), sizeof(std::int32_t) * count);
  auto* first = static_cast<std::int32_t*>(firsts.data());
  const double n = a.count;
  {
    const Buffer table(stream.arena(), sizeof(std::int32_t) * slot_count);
    auto* slots = static_cast<std::int32_t*>(table.data());
    stream.fill_bytes(slots, 0, sizeof(std::int32_t) * slot_count);
    launch(stream,
           {"merge_draws_v2_insert",
            grid,
            kMergeBlock,
            0,
            {.flops = 0, .bytes = 4 * n * (2 + coalition_words(a.features))}},
           merge_draws_v2_insert_kernel, a, slots, static_cast<std::uint32_t>(slot_count - 1),
           first);
    launch(stream, {"merge_draws_v2_first", grid, kMergeBlock, 0, {.flops = 0, .bytes = 12 * n}},
           merge_draws_v2_first_kernel, a, slots, first);
  }
  store_merged_rows(stream, a, first);
}

}  // namespace pellucid::PELLUCID_BACKEND
