#include "apps/version.h"

#include <fmt/format.h>

#include "runtime/device.h"
#include "runtime/instruction_set.h"

namespace pellucid {

std::string version() { return PELLUCID_VERSION; }

std::string build_description() {
  std::string out = fmt::format("{}, {}, ", PELLUCID_BUILD_TYPE, instruction_set());
#ifdef __clang__
  out += fmt::format("clang {}.{}", __clang_major__, __clang_minor__);
#else
  out += fmt::format("gcc {}.{}", __GNUC__, __GNUC_MINOR__);
#endif
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
