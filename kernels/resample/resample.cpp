#include "kernels/resample/resample.h"

#include <algorithm>
#include <limits>

namespace pellucid {

const VariantTable<ResampleArgs>& resample_variants() {
  static const VariantTable<ResampleArgs> table{
      PELLUCID_KERNEL(resample_v2_vector),
      PELLUCID_KERNEL(resample_v1_naive),
      {"resample_cpu", cpu::resample},
  };
  return table;
}

DeviceResampleTable::DeviceResampleTable(Stream& stream, const ResampleTable& table) {
  std::vector<std::int32_t> pairs;
  for (const ResampleTaps& taps : table.taps) pairs.insert(pairs.end(), {taps.first, taps.offset});
  taps_ = Tensor::from_host(stream, {static_cast<std::int64_t>(pairs.size())}, pairs);
  weights_ =
      Tensor::from_host(stream, {static_cast<std::int64_t>(table.weights.size())}, table.weights);
}
ResampleAxis DeviceResampleTable::axis() const {
  return {reinterpret_cast<const ResampleTaps*>(taps_.data<std::int32_t>()),
          weights_.data<float>()};
}

void resample(Stream& stream, const ResampleArgs& a) {
  require(a.n >= 1 && a.h >= 1 && a.w >= 1 && a.c >= 1 && a.p >= 1 && a.q >= 1,
          "resample: every extent must be at least 1, got (", a.n, ", ", a.h, ", ", a.w, ", ", a.c,
          ") to ", a.p, "×", a.q);
  const std::int64_t wider = std::max(a.w, a.q);
  require(wider * a.c <= std::numeric_limits<int>::max(),
          "resample: a row may have 2147483647 values, got ", wider, "×", a.c);
  run_default(resample_variants(), stream, a);
}

// As of two neighbours on each axis, of which a cost knows nothing: the tables lie on the device.
Cost resample_cost(const ResampleArgs& a) {
  const double images = double{1} * a.n * a.c;
  const double in = images * a.h * a.w, out = images * a.p * a.q;
  return {.flops = 8 * std::max(in, out), .bytes = 4 * (in + out)};
}

}  // namespace pellucid
