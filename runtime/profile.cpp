#include "runtime/profile.h"

#include <chrono>
#include <utility>

#include "runtime/error.h"

namespace pellucid {
namespace {

// Launches are collected this many at a time, so that the log does not grow for a whole training.
constexpr std::size_t kMostPending = 4096;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Profile::Profile(Stream& stream) : stream_(stream), detail_before_(stream.launches().detail()) {
  require(!stream.profile(), "the stream is profiled already");
  stream_.synchronize();
  stream_.launches().take();
  stream_.launches().observe([this](const LaunchRecord& record) { launches_.push_back(record); });
  stream_.launches().set_detail(LaunchLog::Detail::times);
  stream_.set_profile(this);
  whole_ = {"profile", now(), 0};
}

Profile::~Profile() {
  if (stream_.profile() != this) return;  // finished
  stream_.set_profile(nullptr);
  stream_.launches().observe({});
  stream_.launches().set_detail(detail_before_);
}

void Profile::begin(std::string name) {
  open_.push_back(scopes_.size());
  scopes_.push_back({std::move(name), now(), 0});
}

void Profile::end() {
  ProfileSlice& scope = scopes_[open_.back()];
  open_.pop_back();
  scope.seconds = now() - scope.begin;
  if (stream_.launches().size() > kMostPending) stream_.launches().take();
}

void Profile::finish() {
  if (!open_.empty()) fail("the profile is finished inside the scope ", scopes_[open_.back()].name);
  stream_.synchronize();
  whole_.seconds = now() - whole_.begin;
  stream_.launches().take();
  stream_.set_profile(nullptr);
  stream_.launches().observe({});
  stream_.launches().set_detail(detail_before_);
}

std::string Profile::clock() const { return device_api(stream_.device()).timer_clock(); }

}  // namespace pellucid
