#include "apps/provenance.h"

#include "apps/version.h"

namespace pellucid {

Json describe_program(const char* program, const Stream& stream) {
  Json out = {{"program", program},
              {"version", version()},
              {"build", build_description()},
              {"device", to_string(stream.device())},
              {"device_description", describe_device(stream.device())}};
  out.update(describe_policy(stream.policy()));
  return out;
}

Json describe_policy(const Policy& policy) {
  Json out = {{"precision", std::string(to_string(policy.numerics))}};
  if (!policy.variants.empty()) out["variants"] = policy.variants;
  return out;
}

}  // namespace pellucid
