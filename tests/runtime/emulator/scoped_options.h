// scoped_options.h: emulator options for one scope, and the combinations that the tests go through.
#pragma once

#include "runtime/emulator/emulator.h"

namespace pellucid::emulator {

class ScopedOptions {
 public:
  explicit ScopedOptions(const Options& chosen) : before_(options()) { set_options(chosen); }
  ~ScopedOptions() { set_options(before_); }
  ScopedOptions(const ScopedOptions&) = delete;
  ScopedOptions& operator=(const ScopedOptions&) = delete;

 private:
  Options before_;
};

template <class Work>
void with_all_options(Work work) {
  for (const ThreadOrder order : {ThreadOrder::forward, ThreadOrder::reversed})
    for (const int workers : {1, 2, 4}) {
      const ScopedOptions scoped({order, workers});
      work();
    }
}

}  // namespace pellucid::emulator
