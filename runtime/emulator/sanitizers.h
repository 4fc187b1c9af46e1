// sanitizers.h: what AddressSanitizer and ThreadSanitizer are told about fibers. Without a
// sanitizer everything here is empty.
//
// AddressSanitizer must know on which stack the program runs, or it takes a fiber's stack for wild
// memory. ThreadSanitizer gets a fiber of its own for every GPU thread, so that two GPU threads are
// as unordered for it as two host threads, although they share one; the only order between them is
// what a barrier says through order_release and order_acquire.
#pragma once

#include <cstddef>

// A kernel whose accesses are counted (pellucid_count_accesses) is compiled as for ThreadSanitizer, whose
// runtime is not there.
#if defined(PELLUCID_COUNT_ACCESSES)
#undef __SANITIZE_THREAD__
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#if __has_feature(thread_sanitizer) && !defined(__SANITIZE_THREAD__)
#define __SANITIZE_THREAD__ 1
#endif
#endif

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#elif defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

// The emulator's own bookkeeping is shared by all GPU threads of a block without locks, which is
// right because they run in turn, but would look like races: it is not instrumented. A function
// that is not instrumented cannot be inlined into one that is, hence the second macro: the path
// through a barrier, inlined into kernels wherever no sanitizer runs.
#if defined(__SANITIZE_THREAD__)
#define PELLUCID_UNINSTRUMENTED __attribute__((no_sanitize("thread")))
#define PELLUCID_HOT_PATH inline __attribute__((noinline, no_sanitize("thread")))
#elif defined(__SANITIZE_ADDRESS__)
#define PELLUCID_UNINSTRUMENTED __attribute__((no_sanitize("address")))
#define PELLUCID_HOT_PATH inline __attribute__((noinline, no_sanitize("address")))
#else
#define PELLUCID_UNINSTRUMENTED
#define PELLUCID_HOT_PATH inline __attribute__((always_inline))
#endif

namespace pellucid::emulator {

#if defined(__SANITIZE_THREAD__)
constexpr bool kThreadSanitizer = true;
#else
constexpr bool kThreadSanitizer = false;
#endif
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kAddressSanitizer = true;
#else
constexpr bool kAddressSanitizer = false;
#endif

// What a sanitizer keeps for each fiber.
struct FiberShadow {
#if defined(__SANITIZE_ADDRESS__)
  void* fake_stack = nullptr;
  const void* stack_bottom = nullptr;
  std::size_t stack_size = 0;
#elif defined(__SANITIZE_THREAD__)
  void* fiber = nullptr;
#endif
};

// Right before the switch from `from` to `to`. A fiber that will not be resumed passes leaving_for.
PELLUCID_HOT_PATH void before_switch([[maybe_unused]] FiberShadow& from,
                                     [[maybe_unused]] FiberShadow& to) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&from.fake_stack, to.stack_bottom, to.stack_size);
#elif defined(__SANITIZE_THREAD__)
  __tsan_switch_to_fiber(to.fiber, __tsan_switch_to_fiber_no_sync);
#endif
}

PELLUCID_HOT_PATH void before_last_switch([[maybe_unused]] FiberShadow& to) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(nullptr, to.stack_bottom, to.stack_size);
#elif defined(__SANITIZE_THREAD__)
  __tsan_switch_to_fiber(to.fiber, __tsan_switch_to_fiber_no_sync);
#endif
}

// Right after the switch, on the stack of `self`.
PELLUCID_HOT_PATH void after_switch([[maybe_unused]] FiberShadow& self) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(self.fake_stack, nullptr, nullptr);
#endif
}

// The first instructions on a new fiber that was entered from `from`; learns where the stack of
// `from` lies, which nothing else tells for the stack of a host thread.
PELLUCID_HOT_PATH void after_first_switch([[maybe_unused]] FiberShadow& from) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &from.stack_bottom, &from.stack_size);
#endif
}

// A GPU thread's fiber, for ThreadSanitizer. It starts ordered after what its creator did.
PELLUCID_HOT_PATH void create_fiber([[maybe_unused]] FiberShadow& shadow) {
#if defined(__SANITIZE_THREAD__)
  if (!shadow.fiber) shadow.fiber = __tsan_create_fiber(0);
#endif
}
// What it did happened before what its destroyer does next.
PELLUCID_HOT_PATH void destroy_fiber([[maybe_unused]] FiberShadow& shadow) {
#if defined(__SANITIZE_THREAD__)
  if (!shadow.fiber) return;
  void* self = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(shadow.fiber, __tsan_switch_to_fiber_no_sync);
  __tsan_switch_to_fiber(self, 0);
  __tsan_destroy_fiber(shadow.fiber);
  shadow.fiber = nullptr;
#endif
}
// `shadow` stands for the host thread that calls.
PELLUCID_HOT_PATH void adopt_host_thread([[maybe_unused]] FiberShadow& shadow) {
#if defined(__SANITIZE_THREAD__)
  shadow.fiber = __tsan_get_current_fiber();
#endif
}

// `shadow` runs on this memory.
PELLUCID_HOT_PATH void assign_stack([[maybe_unused]] FiberShadow& shadow,
                                    [[maybe_unused]] void* bottom,
                                    [[maybe_unused]] std::size_t size) {
#if defined(__SANITIZE_ADDRESS__)
  shadow = {nullptr, bottom, size};
#endif
}
// Before a stack is used again: frames that never returned have left it poisoned.
PELLUCID_HOT_PATH void unpoison_stack([[maybe_unused]] void* bottom,
                                      [[maybe_unused]] std::size_t size) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(bottom, size);
#endif
}

// What was done before order_release(address) happened before what follows order_acquire(address).
PELLUCID_HOT_PATH void order_release([[maybe_unused]] void* address) {
#if defined(__SANITIZE_THREAD__)
  __tsan_release(address);
#endif
}
PELLUCID_HOT_PATH void order_acquire([[maybe_unused]] void* address) {
#if defined(__SANITIZE_THREAD__)
  __tsan_acquire(address);
#endif
}

}  // namespace pellucid::emulator
