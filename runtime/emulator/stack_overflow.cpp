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

// Does as little as it can: the rest happens in land(), outside the signal handler.
PELLUCID_UNINSTRUMENTED void handle_fault(int signal, siginfo_t* info, void* context) {
  BlockRunner* runner = BlockRunner::running();
  if (!runner || !runner->in_stack_guard(info->si_addr)) return pass_on(signal, info, context);
  runner->failure = Failure::stack_overflow;
  runner->failed_thread = current;

  // As if land() had been called: the stack is 8 bytes off a multiple of 16 at its entry.
  std::uintptr_t stack = reinterpret_cast<std::uintptr_t>(runner->landing_stack());
  stack = (stack & ~std::uintptr_t{15}) - 8;
  greg_t* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  constexpr greg_t kDirectionFlag = 0x400;
  registers[REG_RSP] = static_cast<greg_t>(stack);
  registers[REG_RIP] = reinterpret_cast<greg_t>(&land);
  registers[REG_EFL] &= ~kDirectionFlag;
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
