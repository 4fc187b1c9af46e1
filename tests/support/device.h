// device.h: the device this run of a test program is about (--device, default cpu).
#pragma once

#include "runtime/stream.h"

namespace pellucid::test {

DeviceKind device();

// One stream on it, kept for the whole run.
Stream& stream();

// A build under ThreadSanitizer runs one small shape a variant: it looks for races, not for errors.
#if defined(__SANITIZE_THREAD__)
constexpr bool kSmallShapesOnly = true;
#else
constexpr bool kSmallShapesOnly = false;
#endif

}  // namespace pellucid::test
