// policy.h: what a stream's operators may choose from: how exactly they compute, and which of their
// variants runs where the user forced one.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace pellucid {

// How exactly a variant computes, the most exact first. Values in memory are fp32 in all of them.
enum class Numerics {
  // fp32 products and sums. Of hand-written variants also: the order of the sums depends on the shape
  // of one image alone, so the bits do not change from run to run or with the batch. Of cuDNN,
  // cuBLAS and oneDNN only: fp32 without TF32, in an order that is theirs; the first two are given
  // fixed chunks of the batch.
  exact,
  fp32_tensor,  // tensor cores, the operands split so that products are as exact as those of fp32
  bf16x3,       // tensor cores, three bf16 products in place of one of fp32
  bf16,         // tensor cores, the operands rounded to bf16
};

std::string_view to_string(Numerics numerics);  // "exact"

struct Policy {
  // Variants that compute less exactly than this do not run.
  Numerics numerics = Numerics::exact;
  // Operator → variant that runs in place of the default, by the names in kernels/operators.h.
  std::map<std::string, std::string, std::less<>> variants;

  bool operator==(const Policy&) const = default;
  bool allows(Numerics of_variant) const { return of_variant <= numerics; }
  // The forced variant of an operator, or null.
  const std::string* forced(std::string_view operator_name) const {
    if (variants.empty()) return nullptr;  // of nearly every stream
    const auto found = variants.find(operator_name);
    return found == variants.end() ? nullptr : &found->second;
  }
};

}  // namespace pellucid
