// device_backends.h: the implementations behind device_api(); only runtime/device*.cpp include it.
#pragma once

#include <string>

#include "runtime/device.h"

namespace pellucid {

DeviceApi& host_device_api();

// Builds without CUDA have a twin of these that says so (device_cuda_absent.cpp).
DeviceApi& cuda_device_api();
DeviceStatus cuda_device_status();
std::string cuda_built_architectures();

}  // namespace pellucid
