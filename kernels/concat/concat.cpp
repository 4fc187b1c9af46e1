#include "kernels/concat/concat.h"

#include "kernels/alignment.h"

namespace pellucid {

const VariantTable<CopyChannelsArgs>& copy_channels_variants() {
  static const VariantTable<CopyChannelsArgs> table{
      PELLUCID_KERNEL(copy_channels_v2_vector, copies_whole_vectors),
      PELLUCID_KERNEL(copy_channels_v1_naive),
      {"copy_channels_cpu", cpu::copy_channels},
  };
  return table;
}

void copy_channels(Stream& stream, const CopyChannelsArgs& args) {
  require(args.rows >= 1 && args.count >= 1,
          "copy_channels: rows and count must be at least 1, got ", args.rows, " and ", args.count);
  require(args.from >= 0 && args.from <= args.x_channels - args.count, "copy_channels: x has ",
          args.x_channels, " channels, not ", args.count, " from ", args.from, " on");
  require(args.to >= 0 && args.to <= args.y_channels - args.count, "copy_channels: y has ",
          args.y_channels, " channels, not ", args.count, " from ", args.to, " on");
  run_default(copy_channels_variants(), stream, args);
}

bool copies_whole_vectors(const CopyChannelsArgs& a) {
  for (const int channels : {a.x_channels, a.y_channels, a.from, a.to, a.count})
    if (channels % 4 != 0) return false;
  return aligned16({a.x, a.y});
}

Cost copy_channels_cost(const CopyChannelsArgs& a) {
  return {.flops = 0, .bytes = 8.0 * static_cast<double>(a.rows) * a.count};
}

}  // namespace pellucid
