// devices.h: `pellucid devices`.
#pragma once

#include <string>

namespace pellucid {

// A line a device, every GPU one: its name, whether it is available, and what it is or why it is not; then the
// architectures that the CUDA kernels were built for.
std::string devices_table();
// {"devices": [{"name", "available", "description"}], "cuda_architectures": […], "auto": "cpu"}
std::string devices_json();

}  // namespace pellucid
