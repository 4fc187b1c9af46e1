// counts.h: what `pellucid-bench counts` found: the memory traffic of every variant of an operator
// on one fixed shape.
#pragma once

#include <string>
#include <vector>

#include "runtime/emulator/traffic/traffic.h"

namespace pellucid {

struct VariantCounts {
  std::string name;
  std::vector<emulator::KernelTraffic> kernels;  // in the order of their first launches

  std::uint64_t global_bytes() const;
  std::uint64_t global_sectors() const;
};

struct CaseCounts {
  std::string name;   // the operator's
  std::string shape;  // "x (1, 40, 40, 3), w (16, 5, 5, 3)"
  // In the table's order: the default first.
  std::vector<VariantCounts> variants;

  const VariantCounts& tuned() const { return variants.front(); }
  // The variant _v1_, or null.
  const VariantCounts* naive() const;
};

// Throws Error naming the variant if none of `counts` is of that name.
void require_counted(const std::vector<CaseCounts>& counts, const std::vector<std::string>& names);

// Throws Error if the default of operator `name` moves more than a quarter of the naive variant's
// bytes of global memory on any shape.
void require_tuned(const std::vector<CaseCounts>& counts, const std::string& name);

}  // namespace pellucid
