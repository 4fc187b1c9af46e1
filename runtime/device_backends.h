// device_backends.h: the implementations behind device_api(); only runtime/device*.cpp include it.
#pragma once

#include <string>

#include "runtime/device.h"

namespace pellucid {

DeviceApi& host_device_api();

// Builds without CUDA have a twin of these that says so (device_cuda_absent.cpp).
DeviceApi& cuda_device_api(int index);
DeviceStatus cuda_device_status(int index);
int cuda_device_count();  // 0 too if the driver does not answer
std::string cuda_built_architectures();

}  // namespace pellucid
