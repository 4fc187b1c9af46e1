#include "runtime/launch_log.h"

#include <exception>

#include "runtime/error.h"

namespace pellucid {

LaunchLog::~LaunchLog() {
  for (const Pending& pending : pending_) {
    api_.destroy_event(pending.begin);
    api_.destroy_event(pending.end);
  }
}

void LaunchLog::begin(const LaunchConfig& config) {
  Pending pending;
  pending.record = {config.name, config.grid, config.block, config.shared_bytes, config.cost};
  pending.begin = api_.create_event();
  pending.end = api_.create_event();
  pending.exceptions = std::uncaught_exceptions();
  void* const begin_event = pending.begin;
  pending_.push_back(std::move(pending));
  open_.push_back(pending_.size() - 1);
  api_.record_event(begin_event, queue_);
}

void LaunchLog::end() {
  const std::size_t at = open_.back();
  open_.pop_back();
  const Pending& pending = pending_[at];
  if (std::uncaught_exceptions() > pending.exceptions) {
    api_.destroy_event(pending.begin);
    api_.destroy_event(pending.end);
    pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(at));
  } else {
    api_.record_event(pending.end, queue_);
  }
}

std::vector<LaunchRecord> LaunchLog::take() {
  require(open_.empty(), "the launch log was taken while a launch is being recorded");
  // All times first: should one fail, every event is still there for the destructor.
  for (Pending& pending : pending_)
    pending.record.seconds = api_.seconds_between(pending.begin, pending.end);
  std::vector<LaunchRecord> records;
  records.reserve(pending_.size());
  for (Pending& pending : pending_) {
    records.push_back(std::move(pending.record));
    api_.destroy_event(pending.begin);
    api_.destroy_event(pending.end);
  }
  pending_.clear();
  return records;
}

}  // namespace pellucid
