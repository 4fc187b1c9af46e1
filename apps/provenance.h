// provenance.h: which program, build and device made a file.
#pragma once

#include "runtime/device.h"
#include "runtime/formats/json.h"

namespace pellucid {

// {"program", "version", "build", "device", "device_description"}
Json describe_program(const char* program, Device device);

}  // namespace pellucid
