#include "runtime/dynamic_library.h"

#include <dlfcn.h>

#include "runtime/error.h"

namespace pellucid {

DynamicLibrary::DynamicLibrary(std::string product, std::initializer_list<const char*> files,
                               std::string cure)
    : product_(std::move(product)), cure_(std::move(cure)) {
  std::string reasons;
  for (const char* file : files) {
    handle_ = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (handle_) {
      file_ = file;
      return;
    }
    const char* reason = dlerror();
    reasons += concat(reasons.empty() ? "" : "; ", reason ? reason : file);
  }
  fail(product_, " cannot be loaded (", reasons, "); ", cure_);
}

void* DynamicLibrary::address(const char* name) const {
  void* found = dlsym(handle_, name);
  require(found != nullptr, product_, " in ", file_, " has no function ", name, "; ", cure_);
  return found;
}

}  // namespace pellucid
