#include "runtime/arena.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>

#include "runtime/error.h"
#include "tests/support/device.h"

using namespace pellucid;
using pellucid::test::device;

namespace {

constexpr std::size_t kMiB = 1 << 20, kChunk = 32 * kMiB;

// What a block of `bytes` adds to live_bytes(): rounding and, in some builds, guard bytes.
std::size_t extent_of(std::size_t bytes) {
  Arena arena(device());
  arena.allocate(bytes);
  return arena.live_bytes();
}

}  // namespace

TEST_CASE("arena: it knows the addresses of its live blocks") {
  Arena arena(device());
  int elsewhere = 0;
  CHECK(!arena.contains(&elsewhere));
  auto* first = static_cast<char*>(arena.allocate(1000));
  auto* second = static_cast<char*>(arena.allocate(1000));
  for (const char* block : {first, second}) {
    CHECK(arena.contains(block));
    CHECK(arena.contains(block + 999));
  }
  CHECK(!arena.contains(&elsewhere));
  CHECK(!arena.contains(first - 1));
  CHECK(!arena.contains(second + extent_of(1000)));
  arena.release(first);
  CHECK(!arena.contains(first));
  CHECK(arena.contains(second));
}

TEST_CASE("arena: blocks are aligned, distinct, and counted") {
  Arena arena(device());
  CHECK_EQ(arena.reserved_bytes(), 0);
  void* blocks[] = {arena.allocate(0), arena.allocate(1), arena.allocate(256), arena.allocate(257)};
  for (void* a : blocks) {
    CHECK(a != nullptr);
    CHECK_EQ(reinterpret_cast<std::uintptr_t>(a) % 256, 0);
    for (void* b : blocks) CHECK((a == b) == (&a == &b || a == b));
  }
  CHECK(blocks[0] != blocks[1]);
  CHECK_EQ(arena.live_bytes(), 3 * extent_of(1) + extent_of(257));
  CHECK_EQ(arena.reserved_bytes(), kChunk);
  for (void* block : blocks) arena.release(block);
  CHECK_EQ(arena.live_bytes(), 0);
}

TEST_CASE("arena: a released block is handed out again, the best fit first") {
  Arena arena(device());
  void* big = arena.allocate(2 * kMiB);
  void* wall1 = arena.allocate(1);
  void* small = arena.allocate(kMiB);
  void* wall2 = arena.allocate(1);
  arena.release(big);
  arena.release(small);
  // Both free blocks hold it, and so does the rest of the chunk; the small one fits best.
  CHECK_EQ(arena.allocate(kMiB - 4096), small);
  CHECK_EQ(arena.allocate(2 * kMiB), big);
  CHECK_EQ(arena.reserved_bytes(), kChunk);
  (void)wall1, (void)wall2;
}

TEST_CASE("arena: neighbours coalesce, in whatever order they are released") {
  const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  for (const auto& order : orders) {
    Arena arena(device());
    void* parts[] = {arena.allocate(9 * kMiB), arena.allocate(9 * kMiB), arena.allocate(9 * kMiB)};
    for (const int i : order) arena.release(parts[i]);
    CHECK_EQ(arena.live_bytes(), 0);
    CHECK_EQ(arena.allocate(30 * kMiB), parts[0]);
    CHECK_EQ(arena.reserved_bytes(), kChunk);
  }
}

TEST_CASE("arena: a block larger than a chunk gets a chunk of its own, and is reused") {
  Arena arena(device());
  void* large = arena.allocate(2 * kChunk);
  CHECK(arena.reserved_bytes() >= 2 * kChunk);
  const std::size_t reserved = arena.reserved_bytes();
  arena.release(large);
  CHECK_EQ(arena.allocate(2 * kChunk), large);
  CHECK_EQ(arena.reserved_bytes(), reserved);
}

TEST_CASE("arena: peak of a scope") {
  Arena arena(device());
  void* before = arena.allocate(kMiB);
  { const Buffer passing(arena, 4 * kMiB); }
  const ArenaPeakScope scope(arena);
  CHECK_EQ(scope.peak_bytes(), extent_of(kMiB));
  {
    const Buffer passing(arena, 2 * kMiB);
    CHECK_EQ(passing.bytes(), 2 * kMiB);
  }
  CHECK_EQ(scope.peak_bytes(), extent_of(kMiB) + extent_of(2 * kMiB));
  CHECK_EQ(arena.live_bytes(), extent_of(kMiB));
  arena.release(before);
}

TEST_CASE(
    "arena: out of memory says what was asked and what would help, and leaves the arena usable") {
  Arena arena(device());
  void* block = arena.allocate(kMiB);
  // 2^50 bytes are more than any address space limit or GPU allows; 2^61 is a wrong size.
  CHECK_THROWS_WITH_AS(arena.allocate(std::size_t{1} << 50), doctest::Contains("out of memory on "),
                       OutOfMemoryError);
  CHECK_THROWS_WITH_AS(arena.allocate(std::size_t{1} << 50), doctest::Contains("--batch"),
                       OutOfMemoryError);
  CHECK_THROWS_WITH_AS(arena.allocate(std::size_t{1} << 61), doctest::Contains("computed wrongly"),
                       OutOfMemoryError);
  CHECK_EQ(arena.live_bytes(), extent_of(kMiB));
  CHECK_EQ(arena.reserved_bytes(), kChunk);
  arena.release(block);
  // Now the chunk holds nothing live: before it gives up, the arena gives it back.
  CHECK_THROWS_AS(arena.allocate(std::size_t{1} << 50), OutOfMemoryError);
  CHECK_EQ(arena.reserved_bytes(), 0);
  arena.release(arena.allocate(kMiB));
  CHECK_EQ(arena.reserved_bytes(), kChunk);
}

TEST_CASE("arena: foreign and null pointers are ignored by release") {
  Arena arena(device());
  int value = 0;
  arena.release(&value);
  arena.release(nullptr);
  CHECK_EQ(arena.live_bytes(), 0);
}

#if !defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__)
TEST_CASE("arena, debug build: blocks start as NaN; a write behind a block is reported once") {
  if (device() == DeviceKind::cuda) return;
  Arena arena(device());
  auto* block = static_cast<unsigned char*>(arena.allocate(100));
  for (int i = 0; i < 100; ++i) REQUIRE_EQ(block[i], 0xFF);
  block[100] = 0;  // the first byte behind
  arena.release(block);
  CHECK_THROWS_WITH_AS(arena.allocate(1), doctest::Contains("out of bounds"), Error);
  arena.release(arena.allocate(1));
  block = static_cast<unsigned char*>(arena.allocate(256));
  std::memset(block, 0, 256);  // all of it and nothing more
  arena.release(block);
  arena.release(arena.allocate(1));
}
#endif
