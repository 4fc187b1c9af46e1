// pool_thread.h: a host thread that waits for launches and takes part in them.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "runtime/emulator/block_queue.h"

namespace pellucid::emulator {

class PoolThread {
 public:
  PoolThread() : thread_([this] { main(); }) {}
  ~PoolThread();
  PoolThread(const PoolThread&) = delete;
  PoolThread& operator=(const PoolThread&) = delete;

  // Works on `queue` as number `worker`.
  void start(BlockQueue& queue, int worker);
  // Returns when it has done its share. A thread that has not woken up yet is let sleep.
  void finish();

 private:
  void main();

  // Starting and finishing have a lock each: with one, the launching thread's lock in finish()
  // would tell ThreadSanitizer that blocks of a late worker come after those of the launching
  // thread.
  std::mutex start_mutex_;
  std::condition_variable start_;
  BlockQueue* queue_ = nullptr;
  int worker_ = 0;
  bool quit_ = false;

  std::mutex done_mutex_;
  std::condition_variable done_;
  bool busy_ = false;

  BlockRunner runner_;
  std::thread thread_;
};

}  // namespace pellucid::emulator
