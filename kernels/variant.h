// variant.h: the variants of an operator as one table, which the default dispatch, the tests and
// `pellucid-bench` all walk, so that no kernel exists that a test cannot select.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/error.h"
#include "runtime/stream.h"

namespace pellucid {

template <class Args>
struct Variant {
  using Run = void (*)(Stream&, const Args&);
  const char* name;
  Run cpu = nullptr;  // null where the variant does not run on that device or was not built
  Run emu = nullptr;
  Run cuda = nullptr;
  // Whether it takes these arguments; null: it takes all that the operator does.
  bool (*supports)(const Args&) = nullptr;
  Numerics numerics = Numerics::exact;

  Run on(DeviceKind kind) const {
    return kind == DeviceKind::cpu ? cpu : kind == DeviceKind::emu ? emu : cuda;
  }
  bool takes(const Args& args) const { return !supports || supports(args); }
};

// The name of the operator whose table a function NAME_variants() holds; throws Error for another
// function's name.
std::string operator_of_table(std::string_view function);

// In order of preference: an operator runs the first variant that exists on the stream's device,
// that the stream's policy allows, and that takes the arguments; or the one that the policy forces.
// A table stands in the function NAME_variants(), which gives the operator its name:
//     const VariantTable<ReluArgs>& relu_variants() {
//       static const VariantTable<ReluArgs> table{PELLUCID_KERNEL(relu_v1_naive), …};
//       return table;
//     }
// Its variants are called NAME_… .
template <class Args>
class VariantTable {
 public:
  VariantTable(std::initializer_list<Variant<Args>> variants,
               const char* function = __builtin_FUNCTION())
      : name_(operator_of_table(function)), variants_(variants) {}

  const std::string& name() const { return name_; }
  auto begin() const { return variants_.begin(); }
  auto end() const { return variants_.end(); }

 private:
  std::string name_;
  std::vector<Variant<Args>> variants_;
};

// The variants of `table` that exist on a device, in the table's order.
template <class Args>
std::vector<Variant<Args>> variants_on(const VariantTable<Args>& table, DeviceKind kind) {
  std::vector<Variant<Args>> found;
  for (const Variant<Args>& variant : table)
    if (variant.on(kind)) found.push_back(variant);
  return found;
}

// Throws Error: the forced variant, or without one all of them, cannot run these arguments. why: of
// the forced one. able: the variants that can.
[[noreturn]] void fail_to_choose(std::string_view operator_name, const std::string* forced,
                                 std::string_view why, const std::vector<std::string>& able,
                                 const Stream& stream);

template <class Args>
void run_default(const VariantTable<Args>& table, Stream& stream, const Args& args) {
  const DeviceKind kind = stream.device().kind;
  const Policy& policy = stream.policy();
  const std::string* const forced = policy.forced(table.name());
  for (const Variant<Args>& variant : table) {
    if (forced && *forced != variant.name) continue;
    const auto run = variant.on(kind);
    if (!run || !policy.allows(variant.numerics) || !variant.takes(args)) continue;
    if (forced) stream.forced_variant_runs(table.name());
    return run(stream, args);
  }
  std::string why = "is not known";
  std::vector<std::string> able;
  for (const Variant<Args>& variant : table) {
    const bool there = variant.on(kind) != nullptr, allowed = policy.allows(variant.numerics);
    if (there && allowed && variant.takes(args)) able.push_back(variant.name);
    if (forced && *forced == variant.name)
      why = !there     ? "does not run on this device"
            : !allowed ? "computes less exactly than the stream allows"
                       : "does not take these arguments";
  }
  fail_to_choose(table.name(), forced, why, able, stream);
}

}  // namespace pellucid

// Declares the two builds of a variant that lives in a .cu file.
#define PELLUCID_DECLARE_KERNEL(name, Args)    \
  namespace pellucid::emu {                    \
  void name(Stream& stream, const Args& args); \
  }                                            \
  namespace pellucid::cuda {                   \
  void name(Stream& stream, const Args& args); \
  }

#ifdef PELLUCID_HAS_CUDA
#define PELLUCID_CUDA_ONLY(function) function
#else
#define PELLUCID_CUDA_ONLY(function) nullptr
#endif

// A table entry for it; `...` may name a supports() predicate.
#define PELLUCID_KERNEL(name, ...) \
  { #name, nullptr, emu::name, PELLUCID_CUDA_ONLY(cuda::name), ##__VA_ARGS__ }
