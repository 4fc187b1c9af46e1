#include "runtime/emulator/traffic/traffic_counter.h"

#include <link.h>

#include <algorithm>
#include <utility>

#include "runtime/error.h"

namespace pellucid::emulator {
namespace {

TrafficCounter* active = nullptr;

}  // namespace

TrafficCounter* active_counter() { return active; }

TrafficCounter::TrafficCounter(const Arena& global_memory) : global_memory_(global_memory) {
  require(!active, "a traffic counter is at work already");
  set_options({options_before_.order, 1, this});
  active = this;
}

TrafficCounter::~TrafficCounter() {
  active = nullptr;
  set_options(options_before_);
}

// __shared__ variables are thread_local (keywords.h), so they lie where the program has those of
// the thread that constructs the counter, which is the only worker.
TrafficCounter::AddressRange TrafficCounter::static_shared_memory() {
  AddressRange range{0, 0};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* result) {
        const auto begin = reinterpret_cast<std::uintptr_t>(info->dlpi_tls_data);
        for (int i = 0; i < info->dlpi_phnum; ++i)
          if (info->dlpi_phdr[i].p_type == PT_TLS)
            *static_cast<AddressRange*>(result) = {begin, begin + info->dlpi_phdr[i].p_memsz};
        return 1;  // the first object is the program itself
      },
      &range);
  return range;
}

std::vector<KernelTraffic> TrafficCounter::take() { return std::exchange(kernels_, {}); }

void TrafficCounter::begin_launch(const LaunchConfig& config) {
  const auto known = std::find_if(kernels_.begin(), kernels_.end(),
                                  [&](const auto& kernel) { return kernel.name == config.name; });
  kernel_ = static_cast<std::size_t>(known - kernels_.begin());
  if (known == kernels_.end()) kernels_.push_back({.name = config.name});
  ++kernels_[kernel_].launches;
  dynamic_shared_bytes_ = config.shared_bytes;
  for (auto& warp : instructions_) warp.clear();
}

void TrafficCounter::begin_block(const Block& block) {
  ++kernels_[kernel_].blocks;
  generation_at_begin_ = block.generation;
}

void TrafficCounter::end_block(const Block& block) {
  kernels_[kernel_].barriers += block.generation - generation_at_begin_;
  for (auto& warp : instructions_)
    for (auto& [site, instruction] : warp) settle(instruction);
}

TrafficCounter::Space TrafficCounter::space_of(const void* address, const Block& block) const {
  // The emulator's own thread_local variable, which kernels read for threadIdx.
  if (address == &current) return Space::other;
  const auto at = reinterpret_cast<std::uintptr_t>(address),
             dynamic = reinterpret_cast<std::uintptr_t>(block.dynamic_shared);
  if (at >= static_shared_.begin && at < static_shared_.end) return Space::shared;
  if (at >= dynamic && at < dynamic + dynamic_shared_bytes_) return Space::shared;
  return global_memory_.contains(address) ? Space::global : Space::other;
}

void TrafficCounter::record(const void* address, int width, Kind kind, std::uint64_t site) {
  const ThreadState* thread = current;
  if (!thread) return;  // host code
  const Space space = space_of(address, *thread->block);
  if (space == Space::other) return;

  const std::uint64_t key = site * 4 + (space == Space::shared) * 2 + (kind == Kind::store);
  Instruction& instruction = instructions_[thread->linear / kWarpLanes][key];
  const std::uint32_t lane = thread->lane,
                      meetings = thread->block->generation + thread->warp->delivered[lane];
  if (instruction.meetings != meetings) {
    settle(instruction);
    instruction.meetings = meetings;
  }
  instruction.space = space;
  instruction.kind = kind;
  instruction.width = width;
  const std::uint32_t execution = instruction.executions[lane]++;
  if (execution == instruction.requests.size()) instruction.requests.emplace_back();
  Request& request = instruction.requests[execution];
  request.lanes |= 1u << lane;
  request.address[lane] = reinterpret_cast<std::uintptr_t>(address);
}

void TrafficCounter::settle(Instruction& instruction) {
  KernelTraffic& kernel = kernels_[kernel_];
  for (const Request& request : instruction.requests) {
    const auto bytes =
        static_cast<std::uint64_t>(__builtin_popcount(request.lanes) * instruction.width);
    if (instruction.space == Space::shared) {
      ++kernel.shared.requests;
      kernel.shared.bytes += bytes;
      kernel.shared.conflicts += bank_conflicts(request, instruction.width);
    } else {
      GlobalTraffic& traffic = instruction.kind == Kind::load ? kernel.loads : kernel.stores;
      ++traffic.requests;
      traffic.bytes += bytes;
      traffic.sectors += sectors(request, instruction.width);
    }
  }
  instruction.requests.clear();
  std::fill_n(instruction.executions, kWarpLanes, 0);
}

}  // namespace pellucid::emulator
