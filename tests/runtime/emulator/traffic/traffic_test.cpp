// The counter on kernels whose traffic is plain to see.
#include <doctest/doctest.h>

#include "runtime/emulator/traffic/traffic_counter.h"
#include "runtime/error.h"
#include "runtime/tensor.h"
#include "tests/runtime/emulator/traffic/kernels.h"

using namespace pellucid;
using emulator::KernelTraffic;
using emulator::TrafficCounter;

namespace {

struct Fixture {
  Stream stream{DeviceKind::emu};
  Tensor input = Tensor::zeros(stream, {4096}), output = Tensor::zeros(stream, {4096});
  TrafficCounter counter{stream.arena()};
  const float* x = input.data<float>();
  float* y = output.data<float>();

  KernelTraffic only() {
    const auto kernels = counter.take();
    REQUIRE(kernels.size() == 1);
    return kernels.front();
  }
};

void check_global(const emulator::GlobalTraffic& traffic, unsigned requests, unsigned bytes,
                  unsigned sectors) {
  CHECK(traffic.requests == requests);
  CHECK(traffic.bytes == bytes);
  CHECK(traffic.sectors == sectors);
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "traffic: a coalesced copy takes 4 sectors a request") {
  emu::test::copy(stream, x, y, 3, 64, 1);
  const KernelTraffic k = only();
  CHECK(k.name == "copy");
  CHECK(k.launches == 1);
  CHECK(k.blocks == 3);
  CHECK(k.barriers == 0);
  check_global(k.loads, 6, 768, 24);
  check_global(k.stores, 6, 768, 24);
  CHECK(k.shared.requests == 0);
}

TEST_CASE_FIXTURE(Fixture, "traffic: a stride spreads a request over more sectors") {
  emu::test::copy(stream, x, y, 1, 32, 2);
  check_global(only().loads, 1, 128, 8);
  emu::test::copy(stream, x, y, 1, 32, 32);
  const KernelTraffic k = only();
  check_global(k.loads, 1, 128, 32);
  check_global(k.stores, 1, 128, 4);
  // Half a sector late: 5 sectors.
  emu::test::copy(stream, x + 4, y, 1, 32, 1);
  check_global(only().loads, 1, 128, 5);
}

TEST_CASE_FIXTURE(Fixture, "traffic: a float4 is one access; the stack is not counted") {
  emu::test::copy4(stream, x, y);
  const KernelTraffic k = only();
  check_global(k.loads, 1, 512, 16);
  check_global(k.stores, 1, 512, 16);
}

TEST_CASE_FIXTURE(Fixture, "traffic: a broadcast takes one sector") {
  emu::test::broadcast(stream, x, y);
  check_global(only().loads, 1, 128, 1);
}

TEST_CASE_FIXTURE(Fixture, "traffic: lanes that take no part move nothing") {
  emu::test::copy_lanes(stream, x, y, 0x0000FFFF);
  check_global(only().loads, 1, 64, 2);
  emu::test::copy_lanes(stream, x, y, 0x55555555);
  check_global(only().stores, 1, 64, 4);
  emu::test::copy_lanes(stream, x, y, 0);
  check_global(only().loads, 0, 0, 0);
}

TEST_CASE_FIXTURE(Fixture, "traffic: a transposed tile conflicts unless its rows are padded") {
  for (const int pitch : {32, 33, 34}) {
    CAPTURE(pitch);
    emu::test::transpose(stream, x, y, pitch);
    const KernelTraffic k = only();
    CHECK(k.barriers == 1);
    check_global(k.loads, 32, 4096, 128);
    check_global(k.stores, 32, 4096, 128);
    CHECK(k.shared.requests == 64);
    CHECK(k.shared.bytes == 8192);
    CHECK(k.shared.conflicts == (pitch == 32 ? 32 * 31 : 0));
  }
}

TEST_CASE_FIXTURE(Fixture, "traffic: doubles are served by halves of a warp, float4 by quarters") {
  const auto conflicts = [&] {
    const KernelTraffic k = only();
    CHECK(k.shared.requests == 2);
    return k.shared.conflicts;
  };
  emu::test::read_doubles(stream, 1);
  CHECK(conflicts() == 0);
  emu::test::read_doubles(stream, 2);  // a half reads 16 doubles over 64 words
  CHECK(conflicts() == 2 * 1);
  emu::test::read_doubles(stream, 0);
  CHECK(conflicts() == 0);
  emu::test::read_vectors(stream, 1);
  CHECK(conflicts() == 0);
  emu::test::read_vectors(stream, 4);  // a quarter reads 8 float4 over 128 words
  CHECK(conflicts() == 4 * 3);
}

TEST_CASE_FIXTURE(Fixture, "traffic: barriers are counted once a block, with threads that left") {
  emu::test::barriers(stream, 2);
  const KernelTraffic k = only();
  CHECK(k.blocks == 3);
  CHECK(k.barriers == 6);
}

TEST_CASE_FIXTURE(Fixture, "traffic: lanes that skip a turn meet the others again") {
  for (const bool shuffle : {false, true}) {
    CAPTURE(shuffle);
    emu::test::skip_first_row(stream, x, y, shuffle);
    // 31 lanes of the first row and all of the second, never lane 0's second with their first.
    check_global(only().loads, 2, 31 * 4 + 32 * 4, 4 + 4);
  }
}

TEST_CASE_FIXTURE(Fixture, "traffic: an atomic operation works, and is a load and a store") {
  const Tensor word = Tensor::zeros(stream, {1}, DType::i32);
  emu::test::add_to_word(stream, word.data<std::int32_t>());
  const KernelTraffic k = only();
  check_global(k.loads, 1, 128, 1);
  check_global(k.stores, 1, 128, 1);
  CHECK(word.to_host<std::int32_t>(stream) == std::vector<std::int32_t>{32});
}

TEST_CASE_FIXTURE(Fixture, "traffic: launches of a name add up, other memory does not count") {
  emu::test::copy(stream, x, y, 1, 32, 1);
  emu::test::broadcast(stream, x, y);
  emu::test::copy(stream, x, y, 2, 64, 1);
  auto kernels = counter.take();
  REQUIRE(kernels.size() == 2);
  CHECK(kernels[0].launches == 2);
  CHECK(kernels[0].blocks == 3);
  CHECK(kernels[0].loads.requests == 5);
  CHECK(kernels[1].name == "broadcast");
  CHECK(counter.take().empty());

  const std::vector<float> host(64);
  emu::test::copy(stream, host.data(), y, 1, 64, 1);
  const KernelTraffic k = only();
  check_global(k.loads, 0, 0, 0);
  check_global(k.stores, 2, 256, 8);
}

TEST_CASE("traffic: one counter at a time; the emulator's options come back") {
  Stream stream(DeviceKind::emu);
  const emulator::Options before = emulator::options();
  {
    const TrafficCounter counter(stream.arena());
    CHECK(emulator::options().workers == 1);
    CHECK_THROWS_AS(TrafficCounter{stream.arena()}, Error);
  }
  CHECK(emulator::options().workers == before.workers);
  CHECK(emulator::options().observer == nullptr);
}
