#include "runtime/emulator/stack_overflow.h"

#include <ucontext.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "runtime/emulator/block_runner.h"
#include "runtime/error.h"

namespace pellucid::emulator {
namespace {

constexpr std::size_t kHandlerStackBytes = 64 * 1024;

struct sigaction previous_handler;

PELLUCID_UNINSTRUMENTED void pass_on(int signal, siginfo_t* info, void* context) {
  if (previous_handler.sa_flags & SA_SIGINFO) {
    previous_handler.sa_sigaction(signal, info, context);
  } else if (previous_handler.sa_handler == SIG_DFL || previous_handler.sa_handler == SIG_IGN) {
    // On return the instruction faults again and meets the default action.
    ::signal(signal, SIG_DFL);
  } else {
    previous_handler.sa_handler(signal);
  }
}

// Runs in place of the faulting thread, on the stack of the worker that waits for the block.
PELLUCID_UNINSTRUMENTED void land() { BlockRunner::running()->abandon(); }

// Lets the interrupted thread go on as if land() had been called with an empty stack that ends below `top`.
PELLUCID_UNINSTRUMENTED void resume_at_land(mcontext_t& registers, void* top) {
  const std::uintptr_t stack = reinterpret_cast<std::uintptr_t>(top) & ~std::uintptr_t{15};
#if defined(__x86_64__)
  constexpr greg_t kDirectionFlag = 0x400;
  // A call leaves the stack 8 bytes off a multiple of 16.
  registers.gregs[REG_RSP] = static_cast<greg_t>(stack - 8);
  registers.gregs[REG_RIP] = reinterpret_cast<greg_t>(&land);
  registers.gregs[REG_EFL] &= ~kDirectionFlag;
#elif defined(__aarch64__)
  registers.sp = stack;
  registers.pc = reinterpret_cast<std::uintptr_t>(&land);
#else
#error "the emulator knows the registers of x86-64 and aarch64 only"
#endif
}

// Does as little as it can: the rest happens in land(), outside the signal handler.
PELLUCID_UNINSTRUMENTED void handle_fault(int signal, siginfo_t* info, void* context) {
  BlockRunner* runner = BlockRunner::running();
  if (!runner || !runner->in_stack_guard(info->si_addr)) return pass_on(signal, info, context);
  runner->failure = Failure::stack_overflow;
  runner->failed_thread = current;

  resume_at_land(static_cast<ucontext_t*>(context)->uc_mcontext, runner->landing_stack());
}

void check(int result, const char* call) {
  require(result == 0, "the emulator cannot catch stack overflows: ", call, ": ",
          std::strerror(errno));
}

}  // namespace

StackOverflowHandler::StackOverflowHandler() {
  struct sigaction action = {};
  action.sa_sigaction = handle_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  check(sigaction(SIGSEGV, &action, &previous_handler), "sigaction");
}

StackOverflowHandler::~StackOverflowHandler() { sigaction(SIGSEGV, &previous_handler, nullptr); }

HandlerStack::HandlerStack() : memory_(new char[kHandlerStackBytes]) {
  stack_t stack = {};
  stack.ss_sp = memory_.get();
  stack.ss_size = kHandlerStackBytes;
  check(sigaltstack(&stack, &previous_), "sigaltstack");
}

HandlerStack::~HandlerStack() { sigaltstack(&previous_, nullptr); }

}  // namespace pellucid::emulator
