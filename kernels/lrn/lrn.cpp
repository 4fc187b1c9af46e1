#include "kernels/lrn/lrn.h"

namespace pellucid {
namespace {

void check(const char* name, const LrnShape& s) {
  require(s.rows >= 1 && s.channels >= 1, name, ": rows and channels must be at least 1, got ",
          s.rows, " and ", s.channels);
  require(s.size >= 1 && s.size <= 1 << 20, name, ": size must be from 1 to 2^20, got ", s.size);
}

double elements(const LrnShape& s) { return static_cast<double>(s.rows) * s.channels; }

}  // namespace

const VariantTable<LrnArgs>& lrn_variants() {
  static const VariantTable<LrnArgs> table{
      PELLUCID_KERNEL(lrn_v2_shared),
      PELLUCID_KERNEL(lrn_v1_naive),
      {"lrn_cpu", cpu::lrn},
  };
  return table;
}

const VariantTable<LrnBackwardArgs>& lrn_backward_variants() {
  // A tile of channels with all that its sums reach must fit beside another.
  constexpr auto fits = [](const LrnBackwardArgs& a) { return a.shape.size <= 128; };
  static const VariantTable<LrnBackwardArgs> table{
      PELLUCID_KERNEL(lrn_backward_v2_shared, fits),
      PELLUCID_KERNEL(lrn_backward_v1_naive),
      {"lrn_backward_cpu", cpu::lrn_backward},
  };
  return table;
}

void lrn(Stream& stream, const LrnArgs& args) {
  check("lrn", args.shape);
  run_default(lrn_variants(), stream, args);
}

void lrn_backward(Stream& stream, const LrnBackwardArgs& args) {
  check("lrn_backward", args.shape);
  run_default(lrn_backward_variants(), stream, args);
}

// A power counts as one, as an addition does.
Cost lrn_cost(const LrnArgs& a) {
  return {.flops = (2.0 * a.shape.size + 4) * elements(a.shape), .bytes = 8 * elements(a.shape)};
}

Cost lrn_backward_cost(const LrnBackwardArgs& a) {
  return {.flops = (3.0 * a.shape.size + 10) * elements(a.shape), .bytes = 12 * elements(a.shape)};
}

}  // namespace pellucid
