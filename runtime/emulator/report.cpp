#include "runtime/emulator/report.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <vector>

#include "runtime/emulator/barrier.h"
#include "runtime/emulator/stack.h"
#include "runtime/emulator/warp_operations.h"
#include "runtime/error.h"

namespace pellucid::emulator {
namespace {

// "0–31, 40, 64–95" for the ascending `numbers`.
std::string ranges(const std::vector<int>& numbers) {
  constexpr int kMostRanges = 8;
  std::string text;
  int count = 0;
  for (std::size_t begin = 0, end; begin < numbers.size(); begin = end) {
    end = begin + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    if (!text.empty()) text += ", ";
    if (++count > kMostRanges) return concat(text, "… (", numbers.size(), " in all)");
    text += std::to_string(numbers[begin]);
    if (end - begin > 1) text += concat("–", numbers[end - 1]);
  }
  return text;
}

std::string named(const char* one, const std::vector<int>& numbers) {
  return concat(one, numbers.size() == 1 ? " " : "s ", ranges(numbers));
}

std::string lanes(std::uint32_t mask) {
  std::vector<int> numbers;
  for (; mask; mask &= mask - 1) numbers.push_back(std::countr_zero(mask));
  return named("lane", numbers);
}

std::string hexadecimal(std::uint32_t mask) {
  std::ostringstream out;
  out << "0x" << std::hex << mask;
  return out.str();
}

std::string place(const SourceLine& where) { return concat(where.file, ":", where.line); }

int warp_of(const ThreadState& thread) { return thread.linear / kWarpLanes; }

// Where a thread waits.
struct Waiting {
  const char* operation;
  SourceLine where;
  std::uint32_t mask;  // of a warp operation, else 0
  bool operator==(const Waiting&) const = default;
};

// Nothing for a thread that has exited.
std::optional<Waiting> waiting(const Block& block, const ThreadState& thread) {
  const Warp& warp = *thread.warp;
  if (thread.stuck_at.file) return Waiting{kBlockBarrier, thread.stuck_at, 0};
  if (thread.gate == &block.generation) return Waiting{kBlockBarrier, block.where, 0};
  if (thread.gate == &warp.delivered[thread.lane]) {
    const WarpOperation* operation = &warp.pending;
    for (int i = 0; (operation->arrived >> thread.lane & 1) == 0; ++i) operation = &warp.aside[i];
    return Waiting{operation->name, {operation->file, operation->line}, operation->mask};
  }
  return std::nullopt;
}

std::string describe_stall(const Block& block, const std::vector<const ThreadState*>& threads) {
  struct Group {
    Waiting waiting;
    std::vector<int> threads;
  };
  std::vector<Group> groups;
  std::vector<int> exited;
  std::string cause;
  std::optional<Waiting> in_this_warp;
  for (const ThreadState* thread : threads) {
    if (thread->linear % kWarpLanes == 0) in_this_warp.reset();
    const std::optional<Waiting> at = waiting(block, *thread);
    if (!at) {
      exited.push_back(thread->linear);
      continue;
    }
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const Group& g) { return g.waiting == *at; });
    if (group == groups.end()) group = groups.insert(groups.end(), {*at, {}});
    group->threads.push_back(thread->linear);

    if (at->mask == 0) continue;
    const std::uint32_t missing = at->mask & thread->warp->exited;
    if (missing && cause.empty()) {
      cause = concat(at->operation, " at ", place(at->where), " names ", lanes(missing),
                     " of warp ", warp_of(*thread), ", which ",
                     std::has_single_bit(missing) ? "has" : "have", " exited");
    }
    if (in_this_warp && *in_this_warp != *at && cause.empty()) {
      const bool masks_only =
          in_this_warp->operation == at->operation && in_this_warp->where == at->where;
      cause = concat("lanes of warp ", warp_of(*thread), " are in ", at->operation,
                     masks_only ? " with different masks" : " and in another warp operation");
    }
    if (!in_this_warp) in_this_warp = at;
  }
  if (cause.empty()) cause = "part of the block skips a barrier";

  std::string text = cause;
  const char* separator = ": ";
  for (const Group& group : groups) {
    text += concat(separator, named("thread", group.threads),
                   group.threads.size() == 1 ? " waits in " : " wait in ", group.waiting.operation,
                   " at ", place(group.waiting.where));
    if (group.waiting.mask && group.waiting.mask != 0xFFFFFFFFu)
      text += concat(" with mask ", hexadecimal(group.waiting.mask));
    separator = ", ";
  }
  if (!exited.empty()) {
    text += concat(separator, named("thread", exited), exited.size() == 1 ? " has" : " have",
                   " exited");
  }
  return text;
}

std::string what(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

std::string describe(const Block& block, const std::vector<const ThreadState*>& threads) {
  const ThreadState* thread = block.failed_thread;
  switch (block.failure) {
    case Failure::source_lane:
      return concat("thread ", thread->linear, " asks for lane ", block.failed_source, " in ",
                    block.failed_in, " at ", place(block.failed_at), ", which is outside the mask ",
                    hexadecimal(block.failed_mask));
    case Failure::own_lane:
      return concat("thread ", thread->linear, " (lane ", thread->lane, ") is in ", block.failed_in,
                    " at ", place(block.failed_at), " whose mask ", hexadecimal(block.failed_mask),
                    " does not name it");
    case Failure::exception:
      return concat("thread ", thread->linear, " threw: ", what(block.exception));
    case Failure::stack_overflow:
      return concat("thread ", thread->linear, " overflows its stack of ", kStackBytes / 1024,
                    " KiB; large arrays belong into shared or global memory");
    case Failure::stall:
    case Failure::none:
      break;
  }
  return describe_stall(block, threads);
}

}  // namespace

std::string describe_failure(const char* kernel, const Block& block, const ThreadState* threads,
                             int count) {
  std::vector<const ThreadState*> in_order(count);
  for (int i = 0; i < count; ++i) in_order[threads[i].linear] = &threads[i];
  const Dim3& index = block.block_index;
  return concat("kernel ", kernel, ", block (", index.x, ", ", index.y, ", ", index.z,
                "): ", describe(block, in_order));
}

}  // namespace pellucid::emulator
