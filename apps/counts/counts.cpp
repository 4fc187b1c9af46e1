#include "apps/counts/counts.h"

#include <set>

#include "runtime/error.h"

namespace pellucid {

std::uint64_t VariantCounts::global_bytes() const {
  std::uint64_t sum = 0;
  for (const auto& kernel : kernels) sum += kernel.global_bytes();
  return sum;
}

std::uint64_t VariantCounts::global_sectors() const {
  std::uint64_t sum = 0;
  for (const auto& kernel : kernels) sum += kernel.global_sectors();
  return sum;
}

const VariantCounts* CaseCounts::naive() const {
  for (const VariantCounts& variant : variants)
    if (variant.name.find("_v1_") != std::string::npos) return &variant;
  return nullptr;
}

void require_counted(const std::vector<CaseCounts>& counts, const std::vector<std::string>& names) {
  std::set<std::string> counted;
  for (const CaseCounts& one : counts)
    for (const VariantCounts& variant : one.variants) counted.insert(variant.name);
  for (const std::string& name : names)
    require(counted.contains(name), name, ": no case of apps/cases/operators.cpp runs this kernel");
}

void require_tuned(const std::vector<CaseCounts>& counts, const std::string& name) {
  bool any = false;
  for (const CaseCounts& one : counts) {
    if (one.name != name) continue;
    any = true;
    const VariantCounts& tuned = one.tuned();
    const VariantCounts* naive = one.naive();
    require(naive != nullptr, name, ": there is no naive variant to compare with");
    require(4 * tuned.global_bytes() <= naive->global_bytes(), tuned.name, " moves ",
            tuned.global_bytes(), " bytes of global memory, more than a quarter of the ",
            naive->global_bytes(), " that ", naive->name, " does (", one.shape, ")");
  }
  require(any, name, ": no such operator was counted");
}

}  // namespace pellucid
