#include "apps/failures.h"

#include <algorithm>

#include "apps/command_line.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

Json described_failure(const InputFailure& failure) {
  Json line = {{"id", failure.id}, {"input", failure.origin}, {"error", failure.message}};
  if (!failure.methods.empty()) line["methods"] = failure.methods;
  return line;
}

void write_lines(const std::filesystem::path& file, const std::vector<InputFailure>& failures) {
  std::error_code none;
  if (failures.empty()) {
    std::filesystem::remove(file, none);
    return;
  }
  std::string lines;
  for (const InputFailure& failure : failures) lines += to_text(described_failure(failure)) + "\n";
  write_text_file(file, lines);
}

}  // namespace

std::vector<InputFailure> input_failures(const Dataset& dataset) {
  std::vector<InputFailure> out;
  for (const LoadFailure& failure : dataset.failures)
    out.push_back({failure.id, failure.file, failure.message});
  return out;
}

void write_failures(const std::filesystem::path& folder,
                    const std::vector<InputFailure>& failures) {
  write_lines(folder / "failures.jsonl", failures);
}

void write_failures_beside(const std::vector<std::string>& results,
                           const std::vector<InputFailure>& failures) {
  const auto result = std::find_if(results.begin(), results.end(), [](const std::string& name) {
    return !name.empty() && name != "-";
  });
  if (result == results.end()) return;
  write_lines(std::filesystem::path(*result).replace_extension(".failures.jsonl"), failures);
}

Json describe_failures(const Dataset& dataset) {
  Json out = Json::array();
  for (const InputFailure& failure : input_failures(dataset))
    out.push_back(described_failure(failure));
  return out;
}

int exit_code(const Dataset& dataset) {
  return dataset.failures.empty() ? kExitDone : kExitSomeFailed;
}

}  // namespace pellucid
