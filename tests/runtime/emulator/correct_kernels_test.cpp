#include "tests/runtime/emulator/correct_kernels.h"

#include <doctest/doctest.h>

#include <set>
#include <vector>

#include "tests/runtime/emulator/kernels.h"
#include "tests/runtime/emulator/scoped_options.h"

namespace pellucid::emu::test {
namespace {

TEST_CASE("emulator: correct kernels compute the right bits in every order on 1, 2 and 4 workers") {
  emulator::with_all_options([] {
    for (const CorrectKernel& kernel : correct_kernels()) {
      CAPTURE(kernel.name);
      CHECK(kernel.run());
    }
  });
}

__global__ void write_indices(int* out) {
  const int block =
      static_cast<int>(blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z));
  const int size = static_cast<int>(blockDim.x * blockDim.y * blockDim.z);
  out[block * size + thread_rank()] =
      static_cast<int>(threadIdx.x + 100 * threadIdx.y + 10000 * threadIdx.z +
                       1000000 * blockIdx.x + 10000000 * blockIdx.y + 100000000 * blockIdx.z);
}

TEST_CASE("emulator: threads and blocks have three-dimensional indices, x fastest") {
  emulator::with_all_options([] {
    std::vector<int> out(2 * 3 * 4 * 64);
    run("write_indices", {2, 3, 4}, {8, 4, 2}, 0, write_indices, out.data());
    int i = 0;
    for (int bz = 0; bz < 4; ++bz)
      for (int by = 0; by < 3; ++by)
        for (int bx = 0; bx < 2; ++bx)
          for (int z = 0; z < 2; ++z)
            for (int y = 0; y < 4; ++y)
              for (int x = 0; x < 8; ++x)
                REQUIRE(out[i++] ==
                        x + 100 * y + 10000 * z + 1000000 * bx + 10000000 * by + 100000000 * bz);
  });
}

__global__ void start_order(int* started, int* place) {
  place[thread_rank()] = atomic_add(started, 1);
}

TEST_CASE("emulator: threads start forward or reversed") {
  for (const auto order : {emulator::ThreadOrder::forward, emulator::ThreadOrder::reversed}) {
    const emulator::ScopedOptions scoped({order, 1});
    int started = 0;
    std::vector<int> place(64);
    run("start_order", 1, 64, 0, start_order, &started, place.data());
    for (int i = 0; i < 64; ++i)
      CHECK(place[i] == (order == emulator::ThreadOrder::forward ? i : 63 - i));
  }
}

__global__ void stack_addresses(std::uintptr_t* out, bool wait) {
  out[thread_rank()] = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (wait) __syncthreads();
}

TEST_CASE("emulator: threads share a stack until they wait" *
          doctest::skip(emulator::kThreadSanitizer || emulator::kAddressSanitizer)) {
  for (const bool wait : {false, true}) {
    std::vector<std::uintptr_t> addresses(128);
    run("stack_addresses", 1, 128, 0, stack_addresses, addresses.data(), wait);
    CHECK(std::set<std::uintptr_t>(addresses.begin(), addresses.end()).size() == (wait ? 128 : 1));
  }
}

__global__ void shuffles(int* out) {
  const int lane = lane_id();
  int value = thread_rank();
  for (int i = 0; i < 5; ++i) value = shuffle(value, (lane + 1) % kWarp);  // rotates by 5 lanes
  out[3 * thread_rank()] = value;
  out[3 * thread_rank() + 1] = shuffle_xor(value, 3);
  out[3 * thread_rank() + 2] = static_cast<int>(ballot(value % 3 == 0));
}

TEST_CASE("emulator: shuffles and votes, warps independent of each other") {
  emulator::with_all_options([] {
    std::vector<int> out(3 * 96);
    run("shuffles", 1, 96, 0, shuffles, out.data());
    const auto rotated = [](int warp, int lane) { return warp * 32 + (lane + 5) % 32; };
    for (int t = 0; t < 96; ++t) {
      unsigned votes = 0;
      for (int lane = 0; lane < 32; ++lane)
        votes |= static_cast<unsigned>(rotated(t / 32, lane) % 3 == 0) << lane;
      REQUIRE(out[3 * t] == rotated(t / 32, t % 32));
      REQUIRE(out[3 * t + 1] == rotated(t / 32, t % 32 ^ 3));
      REQUIRE(static_cast<unsigned>(out[3 * t + 2]) == votes);
    }
  });
}

// Half the warp exchanges on its own, then all do; a lane's value must survive until it reads it,
// however far other lanes are ahead.
__global__ void partial_shuffles(int* out) {
  const int lane = lane_id();
  int value = lane;
  if (lane < 16) {
    for (int i = 0; i < 3; ++i)
      value = static_cast<int>(emulator::warp_exchange(0xFFFFu, static_cast<unsigned>(value),
                                                       (lane + 1) % 16, __FILE__, __LINE__));
    emulator::warp_barrier(0xFFFFu, __FILE__, __LINE__);
  }
  out[thread_rank()] = shuffle(value, 31 - lane);
}

TEST_CASE("emulator: part of a warp may shuffle") {
  emulator::with_all_options([] {
    std::vector<int> out(32);
    run("partial_shuffles", 1, 32, 0, partial_shuffles, out.data());
    for (int lane = 0; lane < 32; ++lane) {
      const int source = 31 - lane;
      REQUIRE(out[lane] == (source < 16 ? (source + 3) % 16 : source));
    }
  });
}

__global__ void atomics(int* i, unsigned* u, float* f) {
  const int rank = global_rank();
  atomic_add(&i[0], -1);
  atomic_max(&i[1], rank - 500);
  atomic_add(&u[0], 3u);
  atomic_max(&u[1], 0x80000000u + static_cast<unsigned>(rank));
  atomic_add(&f[0], 0.5f);
  atomic_max(&f[1], static_cast<float>(rank) - 1000.0f);
  atomic_compare_exchange(&i[2], 7, 8);
  atomic_compare_exchange(&f[2], 7.0f, 8.0f);
}

TEST_CASE("emulator: atomics on int, unsigned and float") {
  emulator::with_all_options([] {
    int i[3] = {0, -100000, 7};
    unsigned u[2] = {};
    float f[3] = {0, -1e30f, 7};
    run("atomics", 4, 64, 0, atomics, i, u, f);
    CHECK(i[0] == -256);
    CHECK(i[1] == 255 - 500);
    CHECK(i[2] == 8);
    CHECK(u[0] == 768u);
    CHECK(u[1] == 0x80000000u + 255u);
    CHECK(f[0] == 128.0f);
    CHECK(f[1] == 255.0f - 1000.0f);
    CHECK(f[2] == 8.0f);
  });
}

__global__ void shared_address(std::uintptr_t* out) {
  if (thread_rank() == 0)
    out[blockIdx.x] = reinterpret_cast<std::uintptr_t>(emulator::dynamic_shared());
}

TEST_CASE("emulator: dynamic shared memory is aligned to 128 bytes, up to the limit") {
  for (const std::size_t bytes : {1, 100, 4096, 227 * 1024}) {
    std::vector<std::uintptr_t> out(8);
    run("shared_address", 8, 32, bytes, shared_address, out.data());
    for (const std::uintptr_t address : out) {
      CHECK(address != 0);
      CHECK(address % 128 == 0);
    }
  }
}

}  // namespace
}  // namespace pellucid::emu::test
