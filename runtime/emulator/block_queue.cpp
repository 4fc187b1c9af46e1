#include "runtime/emulator/block_queue.h"

#include "runtime/emulator/stack_overflow.h"
#include "runtime/error.h"

namespace pellucid::emulator {

void BlockQueue::work(int worker, BlockRunner& runner) {
  Outcome& outcome = outcomes_[worker];
  try {
    const HandlerStack handler_stack;
    runner.prepare(launch_);
    run_blocks(worker, runner, outcome.block);
  } catch (...) {
    outcome.failure = std::current_exception();
    stop_.store(true, std::memory_order_relaxed);
  }
}

// Blocks go to whoever is free, except under ThreadSanitizer: there the fastest worker must not
// take them all, since it is ordered with itself, so they are dealt out in turn.
void BlockQueue::run_blocks(int worker, BlockRunner& runner, unsigned long long& block) {
  const auto take = [&](unsigned long long turn) {
    return kThreadSanitizer ? worker + turn * outcomes_.size()
                            : next_.fetch_add(1, std::memory_order_relaxed);
  };
  for (unsigned long long turn = 0; (block = take(turn)) < blocks_; ++turn) {
    if (stop_.load(std::memory_order_relaxed)) return;
    if (const std::optional<std::string> report = runner.run_block(block)) throw Error(*report);
  }
}

void BlockQueue::check() const {
  const Outcome* first = nullptr;
  for (const Outcome& outcome : outcomes_)
    if (outcome.failure && (!first || outcome.block < first->block)) first = &outcome;
  if (first) std::rethrow_exception(first->failure);
}

}  // namespace pellucid::emulator
