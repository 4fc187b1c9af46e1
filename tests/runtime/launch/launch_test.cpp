// Devices, launch validation, and the launch log. The kernels themselves are tested with the
// emulator and the operators.
#include <doctest/doctest.h>

#include <chrono>
#include <limits>

#include "runtime/error.h"
#include "runtime/launch/launch_seam.h"
#include "runtime/tensor.h"
#include "tests/support/device.h"

using namespace pellucid;
using pellucid::test::device;

namespace {

LaunchConfig config(Dim3 grid, Dim3 block, std::size_t shared = 0) {
  return {"some_kernel", grid, block, shared, {.flops = 3, .bytes = 7}};
}

}  // namespace

TEST_CASE("devices: every GPU, cpu and emu, each with a description; cpu and emu always there") {
  const auto statuses = device_statuses();
  REQUIRE(statuses.size() >= 3);
  const std::size_t gpus = statuses.size() - 2;
  for (std::size_t i = 0; i < gpus; ++i)
    CHECK((statuses[i].device == Device{DeviceKind::cuda, static_cast<int>(i)}));
  CHECK((statuses[gpus].device == Device{DeviceKind::cpu}));
  CHECK((statuses[gpus + 1].device == Device{DeviceKind::emu}));
  CHECK(statuses[gpus].available);
  CHECK(statuses[gpus + 1].available);
  for (const auto& status : statuses) {
    CHECK_FALSE(status.description.empty());
    CHECK_EQ(describe_device(status.device),
             concat(to_string(status.device), ": ", status.description));
  }
  CHECK_EQ(to_string(resolve_device("cpu")), "cpu");
  CHECK_EQ(to_string(resolve_device("emu")), "emu");
  const bool gpu = statuses[0].available;
  CHECK_EQ(to_string(resolve_device("auto")), gpu ? "cuda" : "cpu");
  if (!gpu) {
    CHECK_THROWS_WITH_AS(resolve_device("cuda"),
                         concat("--device cuda: ", statuses[0].description).c_str(), Error);
    CHECK_THROWS_WITH_AS(device_api(DeviceKind::cuda), doctest::Contains("cuda is not available: "),
                         Error);
  }
}

TEST_CASE("devices: an unknown name is a usage error with the known ones") {
  for (const char* name : {"gpu", "CPU", "", "cpu "})
    CHECK_THROWS_WITH_AS(
        resolve_device(name),
        concat("unknown device '", name, "' (known: auto, cuda, cpu, emu)").c_str(), UsageError);
  for (const std::string name : {"emu:", "emu:x", "emu:-1", "emu:1 ", "emu:1000", "cpu:one"})
    CHECK_THROWS_WITH_AS(resolve_device(name),
                         concat("unknown device '", name, "': after '", name.substr(0, 4),
                                "' comes a number from 0 to 999")
                             .c_str(),
                         UsageError);
  CHECK_THROWS_WITH_AS(
      resolve_device("cpu:1"),
      "unknown device 'cpu:1': the cpu is one device, whatever its cores; take cpu", UsageError);
}

TEST_CASE("devices: a number names one of a kind, 0 is the kind's own name") {
  for (const char* name : {"cpu:0", "emu:0", "emu:1", "emu:12"}) {
    const std::string kind(name, 3), text = to_string(resolve_device(name));
    CHECK_EQ(text, std::string_view(name).ends_with(":0") ? kind : name);
    CHECK((resolve_device(text) == resolve_device(name)));
  }
  CHECK_EQ(to_string(Device{DeviceKind::cuda, 1}), "cuda:1");
  CHECK_EQ(to_string(Device{DeviceKind::cuda}), "cuda");
  CHECK(describe_device(resolve_device("emu:1")).starts_with("emu:1: the CUDA kernels"));
}

TEST_CASE("devices: a GPU that is not there is refused with what there is, and never replaced") {
  const auto statuses = device_statuses();
  const Device absent{DeviceKind::cuda, static_cast<int>(statuses.size()) + 5};
  const std::string name = to_string(absent), why = device_status(absent).description;
  std::string there;
  for (const auto& status : statuses)
    if (status.available) there += (there.empty() ? "" : ", ") + to_string(status.device);
  CHECK_THROWS_WITH_AS(resolve_device(name),
                       concat("--device ", name, ": ", why, "; there is ", there).c_str(), Error);
  CHECK_THROWS_WITH_AS(Stream{absent}, concat(name, " is not available: ", why).c_str(), Error);
}

TEST_CASE("devices: emu and emu:1 are two, and memory of one is refused by the other's stream") {
  Stream first(DeviceKind::emu), second(Device{DeviceKind::emu, 1});
  CHECK_EQ(to_string(first.device()), "emu");
  CHECK_EQ(to_string(second.device()), "emu:1");
  const std::vector<float> values = {1, 2, 3};
  const Tensor a = Tensor::from_host(first, {3}, values), b = Tensor::empty(second, {3});
  CHECK(first.arena().live_bytes() > 0);
  CHECK_EQ(first.arena().live_bytes(), second.arena().live_bytes());
  const std::size_t bytes = a.bytes();
  const Tensor more = Tensor::zeros(second, {4096});
  CHECK(first.arena().live_bytes() < second.arena().live_bytes());
  CHECK((device_holding(a.data<float>()) == Device{DeviceKind::emu}));
  CHECK((device_holding(b.data<float>() + 2) == Device{DeviceKind::emu, 1}));
  CHECK((device_holding(values.data()) == std::nullopt));

  const char* const wrong = "memory of emu was given to a stream on emu:1";
  CHECK_THROWS_WITH_AS(a.to_host<float>(second), wrong, Error);
  CHECK_THROWS_WITH_AS(a.clone(second), wrong, Error);
  CHECK_THROWS_WITH_AS(second.copy_on_device(a.data<float>(), b.data<float>(), bytes), wrong,
                       Error);
  CHECK_THROWS_WITH_AS(second.fill_bytes(a.data<float>(), 0, bytes), wrong, Error);
  CHECK_THROWS_WITH_AS(first.copy_to_device(b.data<float>(), values.data(), bytes),
                       "memory of emu:1 was given to a stream on emu", Error);
  CHECK_EQ(second.transfers().to_host_calls, 0);
  CHECK_EQ(a.to_host<float>(first), values);
  Stream third(DeviceKind::emu);  // another stream of the same device may copy it
  CHECK_EQ(a.to_host<float>(third), values);
}

TEST_CASE("validate_launch: every limit, at it and beyond") {
  const auto fails_with = [](const LaunchConfig& c, const char* text) {
    CHECK_THROWS_WITH_AS(validate_launch(c),
                         concat("illegal launch of some_kernel: ", text).c_str(), Error);
  };
  CHECK_NOTHROW(validate_launch(config({0x7FFFFFFF, 65535, 65535}, {1024})));
  CHECK_NOTHROW(validate_launch(config({1}, {1, 32, 32}, 232448)));
  CHECK_NOTHROW(validate_launch(config({1}, {1, 16, 64})));
  fails_with(config({0}, {32}), "the grid must not be empty, got 0");
  fails_with(config({1, 0}, {32}), "the grid must not be empty, got 0");
  fails_with(config({0x80000000}, {32}), "grid.x is at most 2147483647, got 2147483648");
  fails_with(config({1, 65536}, {32}), "grid.y is at most 65535, got 65536");
  fails_with(config({1, 1, 65536}, {32}), "grid.z is at most 65535, got 65536");
  fails_with(config({1}, {0}), "the block must not be empty, got 0");
  fails_with(config({1}, {1056}), "a block has at most 1024 threads, got 1056");
  fails_with(config({1}, {33, 32}), "a block has at most 1024 threads, got 1056");
  fails_with(config({1}, {33}), "a block is a multiple of 32 threads, got 33");
  fails_with(config({1}, {1, 1, 96}), "block.z is at most 64, got 96");
  fails_with(config({1}, {32}, 232449),
             "dynamic shared memory is at most 232448 bytes, got 232449");
}

TEST_CASE("blocks_for: rounds up, at least one, refuses more than a grid may have") {
  CHECK_EQ(blocks_for(0, 128), 1);
  CHECK_EQ(blocks_for(1, 128), 1);
  CHECK_EQ(blocks_for(128, 128), 1);
  CHECK_EQ(blocks_for(129, 128), 2);
  const long long most = std::numeric_limits<int>::max();
  CHECK_EQ(blocks_for(most, 1), most);
  CHECK_THROWS_AS(blocks_for(most + 1, 1), Error);
}

TEST_CASE("launch log: a record for each scope while it is enabled, oldest first") {
  Stream stream(device());
  { const LaunchScope off(stream, config({1}, {32})); }
  CHECK(stream.launches().take().empty());
  stream.launches().set_detail(LaunchLog::Detail::times);
  { const LaunchScope first(stream, config({5, 6, 7}, {32, 2}, 100)); }
  {
    const LaunchScope outer(stream, {"outer", {}, {}, 0, {}});
    const LaunchScope inner(stream, {"inner", {}, {}, 0, {}});
    CHECK_THROWS_WITH_AS(stream.launches().take(), doctest::Contains("being recorded"), Error);
  }
  stream.launches().set_detail(LaunchLog::Detail::off);
  const auto records = stream.launches().take();
  REQUIRE_EQ(records.size(), 3);
  CHECK_EQ(records[0].name, "some_kernel");
  CHECK_EQ(records[0].grid.x, 5);
  CHECK_EQ(records[0].grid.y, 6);
  CHECK_EQ(records[0].grid.z, 7);
  CHECK_EQ(records[0].block.count(), 64);
  CHECK_EQ(records[0].shared_bytes, 100);
  CHECK_EQ(records[0].cost.flops, 3);
  CHECK_EQ(records[0].cost.bytes, 7);
  CHECK_EQ(records[1].name, "outer");
  CHECK_EQ(records[1].block.count(), 1);
  CHECK_EQ(records[2].name, "inner");
  for (const auto& record : records) CHECK(record.span.seconds >= 0);
  if (device() != DeviceKind::cuda) CHECK(records[1].span.seconds >= records[2].span.seconds);
  CHECK(stream.launches().take().empty());
}

TEST_CASE("launch log: work that an exception ends leaves no record, and no scope open") {
  Stream stream(device());
  stream.launches().set_detail(LaunchLog::Detail::times);
  try {
    const LaunchScope outer(stream, {"outer", {}, {}, 0, {}});
    { const LaunchScope done(stream, {"done", {}, {}, 0, {}}); }
    const LaunchScope inner(stream, {"inner", {}, {}, 0, {}});
    fail("an operator fails");
  } catch (const Error&) {
  }
  { const LaunchScope after(stream, {"after", {}, {}, 0, {}}); }
  const auto records = stream.launches().take();
  REQUIRE_EQ(records.size(), 2);
  CHECK_EQ(records[0].name, "done");
  CHECK_EQ(records[1].name, "after");
}

TEST_CASE("timers: a stream's work on the host's clock; nested, and one that is never stopped") {
  Stream stream(device());
  DeviceApi& api = device_api(device());
  const std::size_t bytes = std::size_t{1} << 20;
  const Buffer from(stream.arena(), bytes), to(stream.arena(), bytes);
  const auto now = [] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  stream.synchronize();
  const double before = now();
  void* const outer = api.start_timer(stream.native());
  void* const inner = api.start_timer(stream.native());
  stream.copy_on_device(to.data(), from.data(), bytes);
  api.stop_timer(inner, stream.native());
  api.stop_timer(outer, stream.native());
  const WorkSpan span = api.read_timer(inner);
  CHECK(span.seconds > 0);
  // A GPU's clock was compared with the host's once, to some microseconds.
  CHECK(span.begin >= before - 1e-3);
  CHECK(span.begin + span.seconds <= now() + 1e-3);
  CHECK(api.read_timer(outer).seconds >= 0);
  api.destroy_timer(inner);
  api.destroy_timer(outer);
  api.destroy_timer(api.start_timer(stream.native()));
}
