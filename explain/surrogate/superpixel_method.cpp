#include "explain/surrogate/superpixel_method.h"

#include "runtime/error.h"

namespace pellucid {

const SuperpixelMethod& superpixel_method(std::string_view name) {
  for (const SuperpixelMethod* method : all_superpixel_methods())
    if (method->method->name == name) return *method;
  fail("no method on superpixels is called ", name);
}

std::string plural(int count, const char* noun) {
  return concat(count, " ", noun, count == 1 ? "" : "s");
}

std::string masks_of(const ShapPlan& plan) {
  return concat(plural(plan.coalitions.features, "superpixel"), ", ",
                plural(plan.coalitions.rows, "mask"));
}

}  // namespace pellucid
