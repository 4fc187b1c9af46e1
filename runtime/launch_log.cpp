#include "runtime/launch_log.h"

#include <exception>

#include "runtime/error.h"

namespace pellucid {

LaunchLog::~LaunchLog() {
  for (const Pending& pending : pending_)
    if (pending.timer) api_.destroy_timer(pending.timer);
}

void LaunchLog::begin(const LaunchConfig& config) {
  pending_.push_back(
      {{config.name, config.grid, config.block, config.shared_bytes, config.cost, {}},
       nullptr,
       std::uncaught_exceptions()});
  open_.push_back(pending_.size() - 1);
  if (detail_ == Detail::times) pending_.back().timer = api_.start_timer(queue_);
}

void LaunchLog::end() {
  const std::size_t at = open_.back();
  open_.pop_back();
  const Pending& pending = pending_[at];
  if (std::uncaught_exceptions() > pending.exceptions) {
    if (pending.timer) api_.destroy_timer(pending.timer);
    pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(at));
  } else if (pending.timer) {
    api_.stop_timer(pending.timer, queue_);
  }
}

std::vector<LaunchRecord> LaunchLog::take() {
  require(open_.empty(), "the launch log was taken while a launch is being recorded");
  // All times first: should one fail, every timer is still there for the destructor.
  for (Pending& pending : pending_)
    if (pending.timer) pending.record.span = api_.read_timer(pending.timer);
  std::vector<LaunchRecord> records;
  records.reserve(pending_.size());
  for (Pending& pending : pending_) {
    records.push_back(std::move(pending.record));
    if (pending.timer) api_.destroy_timer(pending.timer);
  }
  pending_.clear();
  if (observer_)
    for (const LaunchRecord& record : records) observer_(record);
  return records;
}

}  // namespace pellucid
