#include <algorithm>
#include <limits>

#include "runtime/emulator/emulator.h"
#include "runtime/error.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid {

void validate_launch(const LaunchConfig& config) {
  const Dim3 &grid = config.grid, &block = config.block;
  const auto check = [&](bool ok, const char* limit, unsigned long long value) {
    require(ok, "illegal launch of ", config.name, ": ", limit, ", got ", value);
  };
  check(grid.count() >= 1, "the grid must not be empty", grid.count());
  check(grid.x <= 0x7FFFFFFFu, "grid.x is at most 2147483647", grid.x);
  check(grid.y <= 65535, "grid.y is at most 65535", grid.y);
  check(grid.z <= 65535, "grid.z is at most 65535", grid.z);
  check(block.count() >= 1, "the block must not be empty", block.count());
  check(block.count() <= 1024, "a block has at most 1024 threads", block.count());
  check(block.count() % 32 == 0, "a block is a multiple of 32 threads", block.count());
  check(block.z <= 64, "block.z is at most 64", block.z);
  check(config.shared_bytes <= 227 * 1024, "dynamic shared memory is at most 232448 bytes",
        config.shared_bytes);
}

unsigned blocks_for(long long count, long long per_block) {
  const long long blocks = std::max(1LL, (count + per_block - 1) / per_block);
  require(blocks <= std::numeric_limits<int>::max(), "a grid of ", blocks, " blocks is too large");
  return static_cast<unsigned>(blocks);
}

void launch_in_emulator(Stream& stream, const LaunchConfig& config, void (*body)(void*),
                        void* closure) {
  require(stream.device().kind == DeviceKind::emu, config.name,
          " is the emulated build of a kernel, but the stream is on ", to_string(stream.device()));
  validate_launch(config);
  const LaunchScope scope(stream, config);
  emulator::run(config, body, closure);
}

}  // namespace pellucid
