#include "runtime/launch_log.h"

namespace pellucid {

LaunchLog::~LaunchLog() {
  for (const Pending& pending : pending_) {
    api_.destroy_event(pending.begin);
    api_.destroy_event(pending.end);
  }
}

void LaunchLog::begin(const LaunchConfig& config) {
  pending_.push_back({{config.name, config.grid, config.block, config.shared_bytes, config.cost},
                      api_.create_event(),
                      api_.create_event()});
  api_.record_event(pending_.back().begin, queue_);
}

void LaunchLog::end() { api_.record_event(pending_.back().end, queue_); }

std::vector<LaunchRecord> LaunchLog::take() {
  std::vector<LaunchRecord> records;
  records.reserve(pending_.size());
  for (Pending& pending : pending_) {
    pending.record.seconds = api_.seconds_between(pending.begin, pending.end);
    records.push_back(std::move(pending.record));
    api_.destroy_event(pending.begin);
    api_.destroy_event(pending.end);
  }
  pending_.clear();
  return records;
}

}  // namespace pellucid
