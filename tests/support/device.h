// device.h: the device this run of a test program is about (--device, default cpu; cuda:1 and the like
// too).
#pragma once

#include <cstdlib>

#include "runtime/stream.h"

namespace pellucid::test {

DeviceKind device();  // its kind

// One stream on it, kept for the whole run.
Stream& stream();

// A build under ThreadSanitizer runs one small shape a variant: it looks for races, not for errors.
// PELLUCID_TEST_SMALL asks for the same under compute-sanitizer.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kSmallShapesOnly = true;
#else
inline const bool kSmallShapesOnly = std::getenv("PELLUCID_TEST_SMALL") != nullptr;
#endif

}  // namespace pellucid::test
