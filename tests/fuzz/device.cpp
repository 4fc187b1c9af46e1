// What tests/support/main.cpp is to the tests.
#include "tests/support/device.h"

namespace pellucid::test {

DeviceKind device() { return DeviceKind::cpu; }

Stream& stream() {
  static Stream the_stream(device());
  return the_stream;
}

}  // namespace pellucid::test
