#include "kernels/variant.h"

namespace pellucid {

std::string operator_of_table(std::string_view function) {
  constexpr std::string_view kSuffix = "_variants";
  require(function.size() > kSuffix.size() && function.ends_with(kSuffix), function,
          "() holds a table of variants, so it must be named after an operator: NAME_variants()");
  return std::string(function.substr(0, function.size() - kSuffix.size()));
}

void fail_to_choose(std::string_view operator_name, const std::string* forced, std::string_view why,
                    const std::vector<std::string>& able, const Stream& stream) {
  const std::string where =
      concat(to_string(stream.device()), " in ", to_string(stream.policy().numerics), " precision");
  std::string names;
  for (const std::string& name : able) names += (names.empty() ? "" : ", ") + name;
  if (!forced) fail("no variant of ", operator_name, " runs on ", where, " with these arguments");
  fail(operator_name, ": the forced variant ", *forced, " ", why, "; on ", where,
       able.empty() ? ", none does" : concat(" these take them: ", names));
}

}  // namespace pellucid
