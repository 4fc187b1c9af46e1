// The arena against a plain list of its live blocks, over random allocations and releases.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "runtime/arena.h"
#include "runtime/random.h"
#include "tests/support/device.h"

using namespace pellucid;
using pellucid::test::device;

namespace {

struct Live {
  unsigned char* data;
  std::size_t bytes;
  unsigned char mark;
};

bool on_host() { return device() != DeviceKind::cuda; }

}  // namespace

TEST_CASE("arena: over random allocations and releases no block meets another or loses a byte") {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    CAPTURE(seed);
    Arena arena(device());
    std::vector<Live> live;
    std::uint64_t drawn = 0;
    const auto below = [&](std::uint32_t n) {
      return random_below({seed, 0x4152454E41}, drawn++, n);
    };
    std::size_t peak = 0;
    for (int step = 0; step < 600; ++step) {
      // More and more blocks at first, then fewer.
      if (live.empty() || below(600) + 100 > static_cast<std::uint32_t>(step)) {
        const std::size_t bytes = below(8) == 0 ? below(3u << 20) : below(5000);
        auto* data = static_cast<unsigned char*>(arena.allocate(bytes));
        const auto mark = static_cast<unsigned char>(below(256));
        REQUIRE(reinterpret_cast<std::uintptr_t>(data) % 256 == 0);
        for (const Live& other : live) {
          const bool apart = data + bytes <= other.data || other.data + other.bytes <= data;
          REQUIRE((apart || bytes == 0 || other.bytes == 0));
          REQUIRE(data != other.data);
        }
        if (on_host()) std::fill_n(data, bytes, mark);
        live.push_back({data, bytes, mark});
      } else {
        const std::size_t which = below(static_cast<std::uint32_t>(live.size()));
        const Live gone = live[which];
        live.erase(live.begin() + static_cast<std::ptrdiff_t>(which));
        if (on_host())
          REQUIRE(std::all_of(gone.data, gone.data + gone.bytes,
                              [&](unsigned char byte) { return byte == gone.mark; }));
        arena.release(gone.data);
        REQUIRE(!arena.contains(gone.data));
      }
      std::size_t asked = 0;
      for (const Live& block : live) {
        asked += block.bytes;
        if (block.bytes > 0) REQUIRE(arena.contains(block.data + block.bytes - 1));
      }
      // Rounding and a remainder too small to be a block of its own: less than 2 KiB each.
      REQUIRE(arena.live_bytes() >= asked);
      REQUIRE(arena.live_bytes() <= asked + live.size() * 2048);
      REQUIRE(arena.live_bytes() <= arena.reserved_bytes());
      peak = std::max(peak, arena.live_bytes());
      REQUIRE(arena.peak_bytes() == peak);
    }
    for (const Live& block : live) arena.release(block.data);
    CHECK(arena.live_bytes() == 0);
    // All neighbours have met again: what was reserved is there in one piece a chunk.
    const std::size_t reserved = arena.reserved_bytes();
    constexpr std::size_t chunk = std::size_t{32} << 20;
    for (std::size_t i = 0; i < reserved / chunk; ++i) arena.allocate(chunk - 512);
    CHECK(arena.reserved_bytes() == reserved);
  }
}
