#include "apps/background.h"

#include <utility>

#include "runtime/parallel.h"

namespace pellucid {

Background::~Background() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Background::rethrow() {
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void Background::post(std::function<void()> prepare, std::function<void()> work) {
  if (most_ == 0) {
    if (prepare) prepare();
    return work();
  }
  std::unique_lock lock(mutex_);
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  changed_.wait(lock, [&] { return waiting_.size() < most_ || error_; });
  rethrow();
  waiting_.push_back({std::move(prepare), std::move(work)});
  changed_.notify_all();
}

void Background::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return (waiting_.empty() && !busy_) || error_; });
  rethrow();
}

void Background::run_all(std::deque<Task>& tasks) {
  parallel_for(tasks.size(), [&](std::size_t i) {
    if (tasks[i].prepare) tasks[i].prepare();
  });
  for (; !tasks.empty(); tasks.pop_front()) tasks.front().work();
}

void Background::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ending_ || !waiting_.empty(); });
    if (ending_) return;
    busy_ = true;
    std::deque<Task> tasks;
    tasks.swap(waiting_);
    lock.unlock();
    changed_.notify_all();
    std::exception_ptr error;
    try {
      run_all(tasks);
    } catch (...) {
      error = std::current_exception();
    }
    tasks.clear();
    lock.lock();
    if (error) {
      error_ = error;
      waiting_.clear();
    }
    busy_ = false;
    changed_.notify_all();
  }
}

}  // namespace pellucid
