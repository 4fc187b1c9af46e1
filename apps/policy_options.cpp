#include "apps/policy_options.h"

#include <algorithm>

#include "kernels/operators.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"

namespace pellucid {
namespace {

template <class Info>
std::vector<std::string> names_of(const std::vector<Info>& all) {
  std::vector<std::string> names;
  for (const Info& one : all) names.push_back(one.name);
  return names;
}

[[noreturn]] void refuse(const char* what, const std::string& name,
                         const std::vector<std::string>& known) {
  throw UsageError(concat("unknown ", what, " '", name, "'", did_you_mean(name, known),
                          " (known: ", joined(known), ")"));
}

const OperatorInfo& operator_named(const std::string& name) {
  const std::vector<OperatorInfo>& all = all_operators();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const OperatorInfo& one) { return one.name == name; });
  if (found == all.end()) refuse("operator", name, names_of(all));
  return *found;
}

// What comes after the operator's name in a variant's.
std::string short_name(const OperatorInfo& of, const std::string& variant) {
  return variant.substr(of.name.size() + 1);
}

std::string variant_named(const OperatorInfo& of, const std::string& name) {
  std::vector<std::string> known;
  for (const VariantInfo& variant : of.variants) {
    known.push_back(short_name(of, variant.name));
    if (name == variant.name || name == known.back()) return variant.name;
  }
  refuse(concat("variant of ", of.name).c_str(), name, known);
}

}  // namespace

void add_policy(CommandLine& app, PolicyOptions& options) {
  app.add_repeated("--variant", options.variants, "OPERATOR=NAME",
                   "run this variant of an operator in place of the default, e.g. linear=v1_naive; "
                   "for several operators, several times");
  app.add_text("--precision", options.precision, "exact", "how exactly the kernels compute");
}

Policy parse_policy(const PolicyOptions& options) {
  // The one kind of numerics that there are variants of.
  const std::string known(to_string(Numerics::exact));
  if (options.precision != known)
    throw UsageError(concat("unknown precision '", options.precision, "' (known: ", known, ")"));
  Policy policy;
  for (const std::string& choice : options.variants) {
    const std::size_t equals = choice.find('=');
    if (equals == choice.npos)
      throw UsageError(concat("--variant expects OPERATOR=NAME, got '", choice, "'"));
    const std::string name = choice.substr(0, equals);
    const OperatorInfo& of = operator_named(name);
    const std::string variant = variant_named(of, choice.substr(equals + 1));
    if (!policy.variants.try_emplace(of.name, variant).second)
      throw UsageError(concat("--variant names a variant of ", of.name, " twice"));
  }
  return policy;
}

void use_policy(Stream& stream, const Policy& policy) {
  for (const auto& [name, forced] : policy.variants) {
    const OperatorInfo& of = operator_named(name);
    std::vector<std::string> there;
    for (const VariantInfo& variant : of.variants)
      if (variant.on(stream.device().kind)) there.push_back(variant.name);
    if (std::find(there.begin(), there.end(), forced) == there.end())
      throw UsageError(concat("--variant ", name, "=", short_name(of, forced), ": does not run on ",
                              to_string(stream.device()), " in this build (there: ", joined(there),
                              ")"));
  }
  stream.set_policy(policy);
}

void note_unused_variants(const Stream& stream) {
  for (const std::string& name : stream.unused_variants())
    print_note(concat("--variant ", name, ": this operator did not run"));
}

}  // namespace pellucid
