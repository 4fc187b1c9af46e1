// observer.h: what a tool that watches kernels run is told; runtime/emulator/traffic is one.
#pragma once

#include "runtime/emulator/thread_state.h"

namespace pellucid::emulator {

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void begin_launch(const LaunchConfig& config) = 0;
  // Around each block, on the worker that runs it. A block that is given up has no end.
  virtual void begin_block(const Block& block) = 0;
  virtual void end_block(const Block& block) = 0;
};

}  // namespace pellucid::emulator
