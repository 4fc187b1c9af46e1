// A libcuda.so.1 that fails in the way PELLUCID_STUB_FAILURE names, for the tests of what is said of a
// driver that does not work. The CUDA runtime asks for functions by name and gives up at the first
// that fails, so these are all that it comes to.
#include <cuda.h>

#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

bool fails(std::string_view how) {
  const char* failure = std::getenv("PELLUCID_STUB_FAILURE");
  return failure != nullptr && how == failure;
}

CUresult initialise(unsigned) {
  if (fails("no_device")) return CUDA_ERROR_NO_DEVICE;
  if (fails("driver_mismatch")) return CUDA_ERROR_SYSTEM_DRIVER_MISMATCH;
  if (fails("unknown_error")) return CUDA_ERROR_UNKNOWN;
  if (fails("out_of_memory")) return CUDA_ERROR_OUT_OF_MEMORY;
  return CUDA_SUCCESS;
}

CUresult version(int* out) {
  *out = fails("old_driver") ? 11040 : CUDA_VERSION;
  return CUDA_SUCCESS;
}

// Every other function; "incomplete_driver" comes to one of them.
CUresult unsupported() { return CUDA_ERROR_NOT_SUPPORTED; }

CUresult find(const char* symbol, void** out, int, cuuint64_t,
              CUdriverProcAddressQueryResult* status) {
  const bool missing = fails("missing_function");
  const auto is = [symbol](const char* name) { return std::strcmp(symbol, name) == 0; };
  *out = missing                    ? nullptr
         : is("cuInit")             ? reinterpret_cast<void*>(initialise)
         : is("cuDriverGetVersion") ? reinterpret_cast<void*>(version)
         : is("cuGetProcAddress")   ? reinterpret_cast<void*>(find)
                                    : reinterpret_cast<void*>(unsupported);
  if (status)
    *status = missing ? CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND : CU_GET_PROC_ADDRESS_SUCCESS;
  return missing ? CUDA_ERROR_NOT_FOUND : CUDA_SUCCESS;
}

}  // namespace

#undef cuGetProcAddress
extern "C" {
CUresult cuInit(unsigned flags) { return initialise(flags); }
CUresult cuDriverGetVersion(int* out) { return version(out); }
CUresult cuGetProcAddress(const char* symbol, void** out, int wanted, cuuint64_t flags) {
  return find(symbol, out, wanted, flags, nullptr);
}
CUresult cuGetProcAddress_v2(const char* symbol, void** out, int wanted, cuuint64_t flags,
                             CUdriverProcAddressQueryResult* status) {
  return find(symbol, out, wanted, flags, status);
}
}
