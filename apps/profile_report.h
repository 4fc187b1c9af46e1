// profile_report.h: --profile FILE: the timeline of a program's work as a file, and what each kernel
// cost as a table.
#pragma once

#include <optional>
#include <string>

#include "apps/command_line.h"
#include "runtime/profile.h"

namespace pellucid {

void add_profile(CommandLine& app, std::string& path);

class ProfileReport {
 public:
  // Watches the stream from here on, unless `path` is empty: then there is no profile and no cost.
  ProfileReport(Stream& stream, std::string path, std::string program);

  // Ends the profile, writes FILE in Chrome's Trace Event Format (JSON; opens in Perfetto and
  // chrome://tracing) and the table on stderr. FILE also has the table, as "kernels", the time
  // of each scope's name, as "scopes", and the stream's policy.
  void write();

 private:
  Stream& stream_;
  std::string path_, program_;
  std::optional<Profile> profile_;
};

}  // namespace pellucid
