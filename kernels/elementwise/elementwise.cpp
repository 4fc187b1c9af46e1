#include "kernels/elementwise/elementwise.h"

#include <limits>

#include "kernels/alignment.h"

namespace pellucid {

const VariantTable<AddArgs>& add_variants() {
  constexpr auto aligned = [](const AddArgs& a) { return aligned16({a.x, a.z, a.y}); };
  static const VariantTable<AddArgs> table{
      PELLUCID_KERNEL(add_v2_vector, aligned),
      PELLUCID_KERNEL(add_v1_naive),
      {"add_cpu", cpu::add},
  };
  return table;
}

const VariantTable<PixelsArgs>& pixels_variants() {
  constexpr auto whole_vectors = [](const PixelsArgs& a) {
    return aligned16({a.y}) && std::int64_t{a.h} * a.w * a.c % 4 == 0;
  };
  static const VariantTable<PixelsArgs> table{
      PELLUCID_KERNEL(pixels_v2_vector, whole_vectors),
      PELLUCID_KERNEL(pixels_v1_naive),
      {"pixels_cpu", cpu::pixels},
  };
  return table;
}

void add(Stream& stream, const AddArgs& args) {
  require(args.count >= 1, "add: count must be at least 1, got ", args.count);
  run_default(add_variants(), stream, args);
}

void pixels(Stream& stream, const PixelsArgs& args) {
  require(args.n >= 1 && args.h >= 1 && args.w >= 1 && args.c >= 1,
          "pixels: every extent must be at least 1, got (", args.n, ", ", args.h, ", ", args.w,
          ", ", args.c, ")");
  require((args.bytes == nullptr) != (args.words == nullptr),
          "pixels: images of uint8 or of uint16 are expected, got ",
          args.bytes == nullptr ? "none" : "both");
  require(std::int64_t{args.h} * args.w <= std::numeric_limits<int>::max() / args.c,
          "pixels: an image may have 2147483647 values, got ", args.h, "×", args.w, "×", args.c);
  run_default(pixels_variants(), stream, args);
}

Cost add_cost(const AddArgs& a) {
  const auto count = static_cast<double>(a.count);
  return {.flops = 4 * count, .bytes = (4 + (a.x ? 4 : 0) + (a.z ? 4 : 0)) * count};
}

Cost pixels_cost(const PixelsArgs& a) {
  const double planes = double{1} * a.n * a.h * a.w;
  return {.flops = planes * a.c,
          .bytes = planes * ((a.words ? 2 : 1) + 4.0 * a.c) + (a.white ? 8.0 : 4.0) * a.n};
}

}  // namespace pellucid
