// operators.h: every operator and its variants by name, for whoever lets a user choose one. The table is
// generated from the headers that declare `const VariantTable<…>& NAME_variants();`.
#pragma once

#include <string>
#include <vector>

#include "kernels/variant.h"

namespace pellucid {

struct VariantInfo {
  std::string name;
  bool cpu, emu, cuda;  // whether it runs there in this build
  Numerics numerics;

  bool on(DeviceKind kind) const {
    return kind == DeviceKind::cpu ? cpu : kind == DeviceKind::emu ? emu : cuda;
  }
};

struct OperatorInfo {
  std::string name;
  std::vector<VariantInfo> variants;  // in order of preference
};

template <class Args>
OperatorInfo describe_operator(const VariantTable<Args>& table) {
  OperatorInfo info{table.name(), {}};
  for (const Variant<Args>& v : table)
    info.variants.push_back(
        {v.name, v.cpu != nullptr, v.emu != nullptr, v.cuda != nullptr, v.numerics});
  return info;
}

// In alphabetical order.
const std::vector<OperatorInfo>& all_operators();

}  // namespace pellucid
