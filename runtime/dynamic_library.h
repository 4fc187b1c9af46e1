// dynamic_library.h: a shared library that is loaded when first asked for, so that a machine
// without cuBLAS or cuDNN still runs the programs.
//
//     static const DynamicLibrary cublas("cuBLAS", {"libcublas.so.13", "libcublas.so.12"}, cure);
//     const auto create = cublas.symbol<decltype(&cublasCreate_v2)>("cublasCreate_v2");
#pragma once

#include <initializer_list>
#include <string>

namespace pellucid {

class DynamicLibrary {
 public:
  // Opens the first of `files` that loads. `product` is its name in messages, `cure` what to
  // install. Throws Error with the loader's reason for every file, and the cure.
  DynamicLibrary(std::string product, std::initializer_list<const char*> files, std::string cure);
  // The library stays loaded: handles and functions from it may outlive this object.
  ~DynamicLibrary() = default;
  DynamicLibrary(const DynamicLibrary&) = delete;
  DynamicLibrary& operator=(const DynamicLibrary&) = delete;

  // The file that was loaded.
  const std::string& file() const { return file_; }

  // Function is a pointer to function. Throws Error naming the symbol, the file and the cure.
  template <class Function>
  Function symbol(const char* name) const {
    return reinterpret_cast<Function>(address(name));
  }

 private:
  void* address(const char* name) const;

  std::string product_, cure_, file_;
  void* handle_ = nullptr;
};

}  // namespace pellucid
