// version.h: which Pellucid this is.
#pragma once

#include <string>

namespace pellucid {

std::string version();  // "0.1.0"

// "release, x86-64-v3, oneDNN 2.6.3, CUDA 13.0 (sm_75 …)": how it was built, for --version and for
// the provenance that stands in every file.
std::string build_description();

}  // namespace pellucid
