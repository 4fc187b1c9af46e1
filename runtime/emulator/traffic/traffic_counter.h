// traffic_counter.h: counts what the kernels of a program ask of global and shared memory.
//
// The kernels must be compiled with pellucid_count_accesses() (cmake/PellucidKernels.cmake): g++
// then calls an entry point of entry_points.cpp before every access, as it would for
// ThreadSanitizer, whose runtime is not linked. The return address of that call names the
// instruction.
//
// The k-th execution of an instruction by each lane of a warp makes its k-th request; the count
// starts anew at every barrier, shuffle and vote, where the lanes meet (warp operations must name
// all lanes). Between two of them, a lane that skips a turn of a loop is taken together with the
// others' next turn.
//
// Counted are global memory, which is what lies in live blocks of the arena, and shared memory.
// Stacks, kernel arguments and constants are not. An atomic operation is a load and a store.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "runtime/arena.h"
#include "runtime/emulator/emulator.h"
#include "runtime/emulator/traffic/request.h"
#include "runtime/emulator/traffic/traffic.h"

namespace pellucid::emulator {

// While it lives, kernels run on one worker, the calling thread. One at a time.
class TrafficCounter final : public Observer {
 public:
  explicit TrafficCounter(const Arena& global_memory);
  ~TrafficCounter() override;
  TrafficCounter(const TrafficCounter&) = delete;
  TrafficCounter& operator=(const TrafficCounter&) = delete;

  // What was counted since the last call, in the order of the names' first launches.
  std::vector<KernelTraffic> take();

  void begin_launch(const LaunchConfig& config) override;
  void begin_block(const Block& block) override;
  void end_block(const Block& block) override;

  enum class Kind { load, store };
  // An access of the GPU thread that runs: `width` bytes, 16 at most, by the instruction `site`.
  void record(const void* address, int width, Kind kind, std::uint64_t site);

 private:
  enum class Space { global, shared, other };
  Space space_of(const void* address, const Block& block) const;

  // An instruction, as one warp executes it.
  struct Instruction {
    Space space = Space::other;
    Kind kind = Kind::load;
    int width = 0;
    std::uint32_t meetings = 0;  // of the lanes, before the requests that follow
    std::uint32_t executions[kWarpLanes] = {};
    std::vector<Request> requests;
  };
  void settle(Instruction& instruction);

  struct AddressRange {
    std::uintptr_t begin, end;
  };
  static AddressRange static_shared_memory();

  const Arena& global_memory_;
  const AddressRange static_shared_ = static_shared_memory();
  const Options options_before_ = options();
  std::vector<KernelTraffic> kernels_;
  std::size_t kernel_ = 0;  // that runs, in kernels_
  std::size_t dynamic_shared_bytes_ = 0;
  std::uint32_t generation_at_begin_ = 0;
  std::unordered_map<std::uint64_t, Instruction> instructions_[kMaxThreads / kWarpLanes];
};

// The counter that lives, or null.
TrafficCounter* active_counter();

}  // namespace pellucid::emulator
