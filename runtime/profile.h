// profile.h: where the time of a stream's work goes: named scopes of the host, and the launches.
//
//     Profile profile(stream);
//     { const ProfileScope scope(stream, "forward"); … }
//     profile.finish();
//
// Launches come from the stream's launch log with the device's times (on a GPU CUPTI's, see
// runtime/device.h), scopes from the host's clock; both are on one time axis.
#pragma once

#include <string>
#include <vector>

#include "runtime/stream.h"

namespace pellucid {

struct ProfileSlice {
  std::string name;
  double begin = 0, seconds = 0;  // on std::chrono::steady_clock
};

class Profile {
 public:
  // From here to the end of its life all launches of the stream are recorded, and all scopes. One
  // at a time a stream, else Error. The stream must outlive it.
  explicit Profile(Stream& stream);
  ~Profile();  // without finish() what was recorded is lost
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  // ProfileScope calls them.
  void begin(std::string name);
  void end();

  // Waits for the stream's work; afterwards nothing more is recorded. All scopes must be closed.
  void finish();

  // After finish().
  const ProfileSlice& whole() const { return whole_; }
  const std::vector<ProfileSlice>& scopes() const { return scopes_; }      // outer before inner
  const std::vector<LaunchRecord>& launches() const { return launches_; }  // oldest first
  // What gave the launches their times: "cupti", "events", "steady_clock".
  std::string clock() const;

 private:
  Stream& stream_;
  LaunchLog::Detail detail_before_;
  ProfileSlice whole_;
  std::vector<ProfileSlice> scopes_;
  std::vector<std::size_t> open_;  // positions in scopes_
  std::vector<LaunchRecord> launches_;
};

// A part of the work by name, if the stream is profiled; scopes nest. Otherwise nothing.
class ProfileScope {
 public:
  template <class Name>
  ProfileScope(Stream& stream, const Name& name) : profile_(stream.profile()) {
    if (profile_) profile_->begin(std::string(name));
  }
  ~ProfileScope() {
    if (profile_) profile_->end();
  }
  ProfileScope(const ProfileScope&) = delete;
  ProfileScope& operator=(const ProfileScope&) = delete;

 private:
  Profile* profile_;
};

}  // namespace pellucid
