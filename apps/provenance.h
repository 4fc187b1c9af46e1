// provenance.h: which program, build and device made a file, and how its operators computed.
#pragma once

#include "runtime/formats/json.h"
#include "runtime/stream.h"

namespace pellucid {

// {"program", "version", "build", "device", "device_description"} and describe_policy().
Json describe_program(const char* program, const Stream& stream);

// {"precision": "exact"}, and where variants are forced {"variants": {"linear": "linear_v1_naive"}}.
Json describe_policy(const Policy& policy);

}  // namespace pellucid
