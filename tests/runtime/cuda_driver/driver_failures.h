// driver_failures.h: how the stub of libcuda.so.1 can fail (PELLUCID_STUB_FAILURE), and what is then
// said of the cuda device: cause and cure.
#pragma once

#include <array>

namespace pellucid::test {

struct DriverFailure {
  const char *name, *cause, *cure;
};

inline constexpr const char* kNoDriver =
    "no usable NVIDIA driver (the driver is missing or older than CUDA ";
inline constexpr const char* kNoStart =
    "nvidia-smi must work: restart the machine or install the "
    "driver anew";

inline constexpr std::array<DriverFailure, 7> kDriverFailures{
    {{"old_driver", kNoDriver, "install or update it"},
     {"missing_function", kNoDriver, "install or update it"},
     {"no_device", "no NVIDIA GPU was found",
      "nvidia-smi must list one, and CUDA_VISIBLE_DEVICES not hide it"},
     {"driver_mismatch",
      "the NVIDIA driver cannot start (system has unsupported display driver / cuda driver "
      "combination)",
      kNoStart},
     {"unknown_error", "the NVIDIA driver cannot start (unknown error)", kNoStart},
     {"out_of_memory", "the NVIDIA driver cannot start (out of memory)", kNoStart},
     {"incomplete_driver", "the NVIDIA driver cannot start (operation not supported)", kNoStart}}};

}  // namespace pellucid::test
