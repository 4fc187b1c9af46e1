#include "runtime/emulator/block_runner.h"

#include <exception>

#include "runtime/emulator/report.h"

namespace pellucid::emulator {

constinit thread_local ThreadState* current = nullptr;

namespace {

PELLUCID_UNINSTRUMENTED void close_gate(ThreadState* thread) {
  thread->gate = &kClosedGate;
  thread->ticket = kClosedGate;
}

PELLUCID_UNINSTRUMENTED void begin_warp(Warp* warp) {
  warp->exited = 0;
  warp->pending.arrived = 0;
  warp->pending.order = warp->orders;
  warp->aside_count = 0;
}

}  // namespace

// --- on the worker's own stack -------------------------------------------------------------------

BlockRunner::~BlockRunner() {
  for (ThreadState& thread : threads_) destroy_fiber(thread.shadow);
}

void BlockRunner::prepare(const Launch& launch) {
  launch_ = &launch;
  home_.block = nowhere_.block = this;
  grid_size = launch.config.grid;
  const Dim3 size = launch.config.block;
  if (count_ == 0 || size.x != block_size.x || size.y != block_size.y || size.z != block_size.z ||
      launch.order != order_) {
    order_ = launch.order;
    block_size = size;
    count_ = static_cast<int>(size.count());
    number_threads();
  }
  stacks_.reserve(count_);
  shared_.resize(launch.config.shared_bytes);
  dynamic_shared = shared_.data();
  for (int i = 0; i < count_; ++i) create_fiber(threads_[i].shadow);
}

// A thread's place in threads_ is its place in the order of starting, and so in the ring; a warp is
// 32 consecutive places either way.
void BlockRunner::number_threads() {
  for (int i = 0; i < count_; ++i) {
    const unsigned linear = order_ == ThreadOrder::forward ? i : count_ - 1 - i;
    const int warp_begin = i / kWarpLanes * kWarpLanes;
    ThreadState& thread = threads_[i];
    close_gate(&thread);
    thread.lane = linear % kWarpLanes;
    thread.next = &threads_[(i + 1) % count_];
    thread.next_in_warp = &threads_[warp_begin + (i + 1) % kWarpLanes];
    thread.block = this;
    thread.warp = &warps_[linear / kWarpLanes];
    thread.thread_index = {linear % block_size.x, linear / block_size.x % block_size.y,
                           linear / block_size.x / block_size.y};
    thread.linear = static_cast<int>(linear);
  }
}

PELLUCID_UNINSTRUMENTED std::optional<std::string> BlockRunner::run_block(
    unsigned long long index) {
  block_index = {static_cast<unsigned>(index % grid_size.x),
                 static_cast<unsigned>(index / grid_size.x % grid_size.y),
                 static_cast<unsigned>(index / grid_size.x / grid_size.y)};
  arrived = 0;
  alive = count_;
  started_ = 0;
  for (int w = 0; w < count_ / kWarpLanes; ++w) begin_warp(&warps_[w]);
  if (kThreadSanitizer) stacks_.reset();
  adopt_host_thread(home_.shadow);
  if (launch_->observer) launch_->observer->begin_block(*this);

  order_release(&started_);
  prepare_fiber(threads_);
  switch_to(&home_, threads_);
  current = nullptr;
  order_acquire(&alive);

  if (failure == Failure::none) {
    if (launch_->observer) launch_->observer->end_block(*this);
    return std::nullopt;
  }
  std::string report = describe_failure(launch_->config.name, *this, threads_, count_);
  clean_up_after_failure();
  return report;
}

void BlockRunner::clean_up_after_failure() {
  failure = Failure::none;
  exception = nullptr;
  stacks_.reset();
  for (int i = 0; i < count_; ++i) {
    close_gate(&threads_[i]);
    threads_[i].stuck_at = {};
    // The abandoned calls are still on the fiber's call stack, as ThreadSanitizer sees it.
    destroy_fiber(threads_[i].shadow);
    create_fiber(threads_[i].shadow);
  }
}

// --- on the fibers -------------------------------------------------------------------------------

PELLUCID_UNINSTRUMENTED BlockRunner* BlockRunner::running() {
  return current ? static_cast<BlockRunner*>(current->block) : nullptr;
}

PELLUCID_UNINSTRUMENTED void BlockRunner::prepare_fiber(ThreadState* first_thread) {
  new_stack_ = stacks_.take();
  unpoison_stack(new_stack_.bottom, kStackBytes);
  assign_stack(first_thread->shadow, new_stack_.bottom, kStackBytes);
  first_thread->context = boost::context::detail::make_fcontext(
      new_stack_.top, new_stack_.top - new_stack_.bottom, fiber_main);
}

PELLUCID_UNINSTRUMENTED void BlockRunner::fiber_main(boost::context::detail::transfer_t from) {
  ThreadState* previous = static_cast<ThreadState*>(from.data);
  previous->context = from.fctx;
  after_first_switch(previous->shadow);
  BlockRunner* runner = static_cast<BlockRunner*>(previous->block);
  runner->run_threads(runner->new_stack_);
}

// Whatever the thread that was started here did in the meantime, when its kernel returns, this
// frame is what remains on this stack: it starts the next thread, or gives the stack back.
PELLUCID_UNINSTRUMENTED void BlockRunner::run_threads(Stack stack) {
  for (;;) {
    ThreadState* thread = threads_ + started_++;
    assign_stack(thread->shadow, stack.bottom, kStackBytes);
    current = thread;
    order_acquire(&started_);
    try {
      launch_->body(launch_->closure);
    } catch (...) {
      // Left before the switch: the runtime's list of caught exceptions belongs to the host thread.
      exception = std::current_exception();
      failure = Failure::exception;
      failed_thread = thread;
    }
    if (failure != Failure::none) abandon();
    finish_thread(thread);

    ThreadState* next =
        is_unstarted(thread + 1) && started_ < count_ ? thread + 1 : next_to_run(thread);
    if (next && is_unstarted(next)) {
      if (!kThreadSanitizer) continue;
      prepare_fiber(next);
    } else if (!kThreadSanitizer) {
      stacks_.give_back(stack);
    }
    if (!next && alive > 0) {
      failure = Failure::stall;
      abandon();
    }
    leave_fiber(next ? next : &home_);
  }
}

PELLUCID_UNINSTRUMENTED void BlockRunner::finish_thread(ThreadState* thread) {
  order_release(&alive);
  close_gate(thread);
  thread->warp->exited |= 1u << thread->lane;
  --alive;
  if (arrived > 0 && arrived == alive) open_barrier(this);
}

// The next thread of the ring that may run or has not been started; null: all wait or have exited.
PELLUCID_UNINSTRUMENTED ThreadState* BlockRunner::next_to_run(const ThreadState* after) {
  for (ThreadState* thread = after->next; thread != after; thread = thread->next)
    if (may_run(thread) || is_unstarted(thread)) return thread;
  return nullptr;
}

PELLUCID_UNINSTRUMENTED void BlockRunner::run_others(ThreadState* self) {
  ThreadState* next = next_to_run(self);
  if (!next) {
    failure = Failure::stall;
    abandon();
  }
  if (is_unstarted(next)) prepare_fiber(next);
  switch_to(self, next);
}

PELLUCID_UNINSTRUMENTED void BlockRunner::leave_fiber(ThreadState* to) {
  before_last_switch(to->shadow);
  boost::context::detail::jump_fcontext(to->context, &nowhere_);
  __builtin_unreachable();
}

PELLUCID_UNINSTRUMENTED void BlockRunner::abandon() {
  order_release(&alive);
  leave_fiber(&home_);
}

PELLUCID_UNINSTRUMENTED char* BlockRunner::landing_stack() const {
  // Everything below the place where the worker left off; a red zone's distance away.
  return static_cast<char*>(home_.context) - 256;
}

}  // namespace pellucid::emulator
