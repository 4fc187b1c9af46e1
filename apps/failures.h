// failures.h: inputs that a program could not use while it went on with the others.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nn/data/dataset.h"
#include "runtime/formats/json.h"

namespace pellucid {

// Methods of an image that failed for one reason; none: the image as a whole.
struct InputFailure {
  std::string id, origin, message;
  std::vector<std::string> methods = {};
};

std::vector<InputFailure> input_failures(const Dataset& dataset);

// A line a failure in FOLDER/failures.jsonl; without failures, one of an earlier run is removed.
void write_failures(const std::filesystem::path& folder, const std::vector<InputFailure>& failures);

// The same beside a result: RESULT.failures.jsonl without RESULT's extension, since other programs may have theirs in
// its folder. `results`: the files that a program was asked for, of which the first that is one counts: neither ""
// nor "-". None: there is nothing to lie beside.
void write_failures_beside(const std::vector<std::string>& results,
                           const std::vector<InputFailure>& failures);

// [{"id", "input", "error"}]; apart from other facts of the set, since they tell where files lie.
Json describe_failures(const Dataset& dataset);

// kExitSomeFailed if there are files that could not be used.
int exit_code(const Dataset& dataset);

}  // namespace pellucid
