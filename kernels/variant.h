// variant.h: the variants of an operator as one table, which the default dispatch, the tests and
// `pellucid-bench` all walk, so that no kernel exists that a test cannot select.
#pragma once

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

  Run on(DeviceKind kind) const {
    return kind == DeviceKind::cpu ? cpu : kind == DeviceKind::emu ? emu : cuda;
  }
  bool takes(const Args& args) const { return !supports || supports(args); }
};

// In order of preference: an operator runs the first variant that exists on the stream's device and
// supports the arguments.
template <class Args>
using VariantTable = std::vector<Variant<Args>>;

// The variants of `table` that exist on a device, in the table's order.
template <class Args>
VariantTable<Args> variants_on(const VariantTable<Args>& table, DeviceKind kind) {
  VariantTable<Args> found;
  for (const Variant<Args>& variant : table)
    if (variant.on(kind)) found.push_back(variant);
  return found;
}

template <class Args>
void run_default(const VariantTable<Args>& table, Stream& stream, const Args& args) {
  for (const Variant<Args>& variant : table) {
    const auto run = variant.on(stream.device().kind);
    if (run && variant.takes(args)) return run(stream, args);
  }
  fail("no variant of ", table.empty() ? "an empty table" : table.front().name, " runs on ",
       to_string(stream.device()), " with these arguments");
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
