#include "apps/provenance.h"

#include "apps/version.h"

namespace pellucid {

Json describe_program(const char* program, Device device) {
  return {{"program", program},
          {"version", version()},
          {"build", build_description()},
          {"device", to_string(device)},
          {"device_description", describe_device(device)}};
}

}  // namespace pellucid
