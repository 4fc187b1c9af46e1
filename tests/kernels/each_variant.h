// each_variant.h: walks an operator's variants on the device under test.
#pragma once

#include <doctest/doctest.h>

#include "kernels/variant.h"
#include "tests/support/device.h"

namespace pellucid::test {

// body(run) for each of the variants, or every one of a table that runs on the device; run(args) returns false, and does nothing,
// for arguments that the variant does not take.
template <class Args, class Body>
void each_variant(const std::vector<Variant<Args>>& variants, const Body& body) {
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
template <class Args, class Body>
void each_variant(const VariantTable<Args>& table, const Body& body) {
  each_variant(variants_on(table, device()), body);
}

}  // namespace pellucid::test
