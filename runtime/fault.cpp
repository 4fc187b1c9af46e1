#include "runtime/fault.h"

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/error.h"

namespace pellucid {
namespace {

struct Plan {
  std::string point, error;
  long skip = 0, count = 0;
};

struct Known {
  const char* point;
  std::vector<const char*> errors;
};

const std::vector<Known>& known() {
  static const std::vector<Known> points = {{"open", {"ENOSPC", "EIO", "EACCES"}},
                                            {"write", {"ENOSPC", "EIO", "EACCES", "short"}},
                                            {"fsync", {"ENOSPC", "EIO", "EACCES"}},
                                            {"close", {"ENOSPC", "EIO", "EACCES"}},
                                            {"rename", {"ENOSPC", "EIO", "EACCES"}},
                                            {"allocate", {"oom"}},
                                            {"copy", {"failed"}},
                                            {"launch", {"failed", "illegal"}}};
  return points;
}

bool is_known(const Plan& plan) {
  for (const Known& one : known())
    for (const char* error : one.errors)
      if (plan.point == one.point && plan.error == error) return true;
  return false;
}

Plan parse(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ':') parts.emplace_back();
    else parts.back() += c;
  }
  Plan plan;
  const auto number = [](const std::string& digits, long& value) {
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    return error == std::errc() && stop == end && value >= 0;
  };
  if (parts.size() == 4) {
    plan.point = parts[0];
    plan.error = parts[3];
    if (number(parts[1], plan.skip) && number(parts[2], plan.count) && is_known(plan)) return plan;
  }
  throw UsageError(concat("no plan of faults: '", text,
                          "'; expected point:skip:count:error, see runtime/fault.h"));
}

std::mutex mutex;
Plan plan;
// Whether a kernel met an illegal address, and whether the host has been told.
enum class DeviceHealth { fine, broken, known_broken } health = DeviceHealth::fine;

// Whether this call of a point is one of those that fail; says so on stderr, so that a test can tell
// a fault that was passed over from none.
bool fails(std::string_view point) {
  if (point != plan.point || plan.count == 0) return false;
  if (plan.skip > 0) return --plan.skip, false;
  --plan.count;
  std::fprintf(stderr, "planned fault: %s %s\n", plan.point.c_str(), plan.error.c_str());
  return true;
}

int number_of(const std::string& error) {
  return error == "EIO" ? EIO : error == "EACCES" ? EACCES : ENOSPC;
}

void fail_if_broken(bool waits) {
  if (health == DeviceHealth::fine || (health == DeviceHealth::broken && !waits)) return;
  health = DeviceHealth::known_broken;
  fail("the device met an illegal address (planned fault)");
}

}  // namespace

void plan_fault(std::string_view text) {
  const Plan parsed = text.empty() ? Plan{} : parse(text);
  const std::lock_guard lock(mutex);
  plan = parsed;
  health = DeviceHealth::fine;
  fault::planned = !text.empty();
}

namespace fault {

std::atomic<bool> planned = false;

int file(const char* point, std::size_t* bytes) {
  const std::lock_guard lock(mutex);
  if (!fails(point)) return 0;
  if (bytes) *bytes = plan.error == "short" ? *bytes / 2 : 0;
  return number_of(plan.error);
}

void allocate(std::size_t bytes) {
  const std::lock_guard lock(mutex);
  fail_if_broken(false);
  if (fails("allocate"))
    throw OutOfMemoryError(concat("out of memory: asked for ", bytes, " bytes (planned fault)"));
}

void copy(bool to_host) {
  const std::lock_guard lock(mutex);
  fail_if_broken(to_host);
  if (fails("copy"))
    fail("a copy ", to_host ? "to the host" : "to the device", " failed (planned fault)");
}

void launch(const char* kernel) {
  const std::lock_guard lock(mutex);
  fail_if_broken(false);
  if (!fails("launch")) return;
  if (plan.error == "illegal") health = DeviceHealth::broken;
  else fail("launch of ", kernel, " failed (planned fault)");
}

void wait() {
  const std::lock_guard lock(mutex);
  fail_if_broken(true);
}

}  // namespace fault
}  // namespace pellucid
