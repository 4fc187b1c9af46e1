// case_runner.h: runs all variants of an operator on one shape and counts what each moves.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "apps/counts/counts.h"
#include "kernels/variant.h"
#include "runtime/emulator/traffic/traffic_counter.h"
#include "runtime/tensor.h"

namespace pellucid {

class CaseRunner {
 public:
  Stream& stream() { return stream_; }

  // Inputs, the same in every run: uniform in [−1, 1), or whole numbers in 0 … below − 1.
  Tensor reals(Shape shape, DType type = DType::f32);
  Tensor whole_numbers(Shape shape, int below);
  Tensor empty(Shape shape, DType type = DType::f32);

  // Every variant of `table` that the emulator has and that supports `args`. `prepare` restores,
  // before each, what a variant overwrites and its traffic depends on.
  template <class Args>
  void run(const std::string& name, const std::string& shape, const VariantTable<Args>& table,
           const Args& args, const std::function<void()>& prepare = {}) {
    CaseCounts counts{name, shape, {}};
    for (const Variant<Args>& variant : table) {
      if (!variant.emu || (variant.supports && !variant.supports(args))) continue;
      if (prepare) prepare();
      variant.emu(stream_, args);
      counts.variants.push_back({variant.name, counter_.take()});
    }
    require(!counts.variants.empty(), name, ": no variant supports ", shape);
    counts_.push_back(std::move(counts));
  }

  const std::vector<CaseCounts>& counts() const { return counts_; }

 private:
  Stream stream_{DeviceKind::emu};
  emulator::TrafficCounter counter_{stream_.arena()};
  std::uint64_t inputs_ = 0;  // made so far: each has random numbers of its own
  std::vector<CaseCounts> counts_;
};

}  // namespace pellucid
