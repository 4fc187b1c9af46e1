#include "runtime/policy.h"

namespace pellucid {

std::string_view to_string(Numerics numerics) {
  switch (numerics) {
    case Numerics::exact:
      return "exact";
    case Numerics::fp32_tensor:
      return "fp32_tensor";
    case Numerics::bf16x3:
      return "bf16x3";
    case Numerics::bf16:
      return "bf16";
  }
  return "?";
}

}  // namespace pellucid
