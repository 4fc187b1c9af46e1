// block_queue.h: the blocks of one launch, and how they are shared among workers.
#pragma once

#include <atomic>
#include <exception>
#include <vector>

#include "runtime/emulator/block_runner.h"

namespace pellucid::emulator {

class BlockQueue {
 public:
  BlockQueue(const Launch& launch, int workers)
      : launch_(launch), blocks_(launch.config.grid.count()), outcomes_(workers) {}

  // Runs blocks until none is left or one has failed, on this host thread. Never throws.
  void work(int worker, BlockRunner& runner);

  // Once all workers are done: throws what the first of the failed blocks reported.
  void check() const;

 private:
  struct Outcome {
    unsigned long long block = 0;
    std::exception_ptr failure;
  };

  void run_blocks(int worker, BlockRunner& runner, unsigned long long& block);

  const Launch& launch_;
  const unsigned long long blocks_;
  std::vector<Outcome> outcomes_;  // one a worker: nothing to lock
  // Relaxed, so that taking a block orders nothing: ThreadSanitizer must see that blocks are
  // unordered.
  std::atomic<unsigned long long> next_ = 0;
  std::atomic<bool> stop_ = false;
};

}  // namespace pellucid::emulator
