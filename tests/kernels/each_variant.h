// each_variant.h: walks an operator's variants on the device under test.
#pragma once

#include <doctest/doctest.h>

#include "kernels/variant.h"
#include "tests/support/device.h"

namespace pellucid::test {

// body(run) for every variant that runs on the device; run(args) returns false, and does nothing,
// for arguments that the variant does not take.
template <class Args, class Body>
void each_variant(const VariantTable<Args>& table, const Body& body) {
  const std::vector<Variant<Args>> variants = variants_on(table, device());
  CHECK(!variants.empty());
  for (const Variant<Args>& variant : variants) {
    CAPTURE(variant.name);
    body([&](const Args& args) {
      if (!variant.takes(args)) return false;
      variant.on(device())(stream(), args);
      return true;
    });
  }
}

}  // namespace pellucid::test
