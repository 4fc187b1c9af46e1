#include "runtime/profile.h"

#include "runtime/error.h"
#include "runtime/launch/launch_seam.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

void launch_some(Stream& stream, const char* name) {
  const LaunchScope scope(stream, {name, {3}, {64}, 5, {.flops = 7, .bytes = 11}});
}

}  // namespace

TEST_CASE("profile: scopes nest, launches are between them, and nothing is kept before or after") {
  Stream stream(device());
  launch_some(stream, "before");
  { const ProfileScope ignored(stream, "before"); }
  Profile profile(stream);
  {
    const ProfileScope outer(stream, "outer");
    launch_some(stream, "first");
    const ProfileScope inner(stream, std::string("inner"));
    launch_some(stream, "second");
  }
  profile.finish();
  launch_some(stream, "after");
  { const ProfileScope ignored(stream, "after"); }
  CHECK(stream.profile() == nullptr);
  CHECK_FALSE(stream.launches().enabled());

  REQUIRE_EQ(profile.scopes().size(), 2);
  const ProfileSlice &outer = profile.scopes()[0], &inner = profile.scopes()[1];
  CHECK_EQ(outer.name, "outer");
  CHECK_EQ(inner.name, "inner");
  CHECK(profile.whole().begin <= outer.begin);
  CHECK(outer.begin <= inner.begin);
  CHECK(inner.begin + inner.seconds <= outer.begin + outer.seconds);
  CHECK(outer.begin + outer.seconds <= profile.whole().begin + profile.whole().seconds);

  REQUIRE_EQ(profile.launches().size(), 2);
  const LaunchRecord &first = profile.launches()[0], &second = profile.launches()[1];
  CHECK_EQ(first.name, "first");
  CHECK_EQ(second.name, "second");
  CHECK_EQ(second.cost.flops, 7);
  if (device() == DeviceKind::cuda) return;  // empty launches: no kernel ran
  CHECK_EQ(profile.clock(), "steady_clock");
  CHECK(outer.begin <= first.span.begin);
  CHECK(first.span.begin + first.span.seconds <= inner.begin);
  CHECK(inner.begin <= second.span.begin);
}

TEST_CASE("profile: kernels' times lie within the scope that waited for them") {
  Stream stream(device());
  const std::size_t bytes = std::size_t{1} << 22;
  Buffer a(stream.arena(), bytes), b(stream.arena(), bytes);
  Profile profile(stream);
  {
    const ProfileScope scope(stream, "copies");
    for (int i = 0; i < 8; ++i) {
      const LaunchScope launch(stream, {"copy", {}, {}, 0, {.bytes = 2.0 * bytes}});
      stream.copy_on_device(a.data(), b.data(), bytes);
    }
    stream.synchronize();
  }
  profile.finish();
  const ProfileSlice& scope = profile.scopes().front();
  double sum = 0;
  for (const LaunchRecord& launch : profile.launches()) {
    CHECK(launch.span.seconds > 0);
    // The two clocks of a GPU were compared once, to some microseconds.
    CHECK(launch.span.begin >= scope.begin - 1e-3);
    CHECK(launch.span.begin + launch.span.seconds <= scope.begin + scope.seconds + 1e-3);
    sum += launch.span.seconds;
  }
  CHECK_EQ(profile.launches().size(), 8);
  CHECK(sum <= scope.seconds + 1e-3);
}

TEST_CASE("profile: of a long run, whose records are collected on the way") {
  Stream stream(device());
  Profile profile(stream);
  constexpr int kLaunches = 10000;
  for (int i = 0; i < kLaunches; ++i) {
    const ProfileScope scope(stream, "step");
    launch_some(stream, "kernel");
    CHECK(stream.launches().size() < 5000);
  }
  profile.finish();
  CHECK_EQ(profile.launches().size(), kLaunches);
  CHECK_EQ(profile.scopes().size(), kLaunches);
}

TEST_CASE("profile: sees what another reader of the log takes") {
  Stream stream(device());
  Profile profile(stream);
  launch_some(stream, "taken");
  CHECK_EQ(stream.launches().take().size(), 1);
  profile.finish();
  REQUIRE_EQ(profile.launches().size(), 1);
  CHECK_EQ(profile.launches().front().name, "taken");
}

TEST_CASE("profile: one at a time, closed scopes, and unfinished ones leave no trace") {
  Stream stream(device());
  {
    Profile profile(stream);
    CHECK_THROWS_WITH_AS(Profile{stream}, "the stream is profiled already", Error);
    const ProfileScope open(stream, "open");
    CHECK_THROWS_WITH_AS(profile.finish(), "the profile is finished inside the scope open", Error);
  }
  CHECK(stream.profile() == nullptr);
  CHECK_FALSE(stream.launches().enabled());
}
