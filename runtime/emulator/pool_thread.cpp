#include "runtime/emulator/pool_thread.h"

#include <utility>

namespace pellucid::emulator {

PoolThread::~PoolThread() {
  {
    const std::lock_guard lock(start_mutex_);
    quit_ = true;
  }
  start_.notify_one();
  thread_.join();
}

void PoolThread::start(BlockQueue& queue, int worker) {
  busy_ = true;
  {
    const std::lock_guard lock(start_mutex_);
    queue_ = &queue;
    worker_ = worker;
  }
  start_.notify_one();
}

void PoolThread::finish() {
  // Under ThreadSanitizer the worker has blocks of its own to run, see BlockQueue.
  if (!kThreadSanitizer) {
    const std::lock_guard lock(start_mutex_);
    if (std::exchange(queue_, nullptr)) return;
  }
  std::unique_lock lock(done_mutex_);
  done_.wait(lock, [&] { return !busy_; });
}

void PoolThread::main() {
  for (;;) {
    BlockQueue* queue;
    int worker;
    {
      std::unique_lock lock(start_mutex_);
      start_.wait(lock, [&] { return queue_ || quit_; });
      if (quit_) return;
      queue = std::exchange(queue_, nullptr);
      worker = worker_;
    }
    queue->work(worker, runner_);
    {
      const std::lock_guard lock(done_mutex_);
      busy_ = false;
    }
    done_.notify_one();
  }
}

}  // namespace pellucid::emulator
