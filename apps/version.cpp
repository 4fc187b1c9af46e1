#include "apps/version.h"

#include <fmt/format.h>

#include "runtime/device.h"

namespace pellucid {

std::string version() { return PELLUCID_VERSION; }

std::string build_description() {
  std::string out = fmt::format("{}, {}, gcc {}.{}", PELLUCID_BUILD_TYPE, PELLUCID_INSTRUCTION_SET,
                                __GNUC__, __GNUC_MINOR__);
#if defined(__SANITIZE_ADDRESS__)
  out += ", AddressSanitizer";
#elif defined(__SANITIZE_THREAD__)
  out += ", ThreadSanitizer";
#endif
  out += *PELLUCID_ONEDNN_VERSION ? ", oneDNN " PELLUCID_ONEDNN_VERSION : ", without oneDNN";
#ifdef PELLUCID_HAS_CUDA
  out += fmt::format(", CUDA {} ({})", PELLUCID_CUDA_VERSION, built_architectures());
#else
  out += ", without CUDA";
#endif
  return out;
}

}  // namespace pellucid
