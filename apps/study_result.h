// study_result.h: the tables of a study, from the files that its parts have written (docs/study.md).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "apps/study_plan.h"

namespace pellucid {

// Writes NETWORK/comparison.json and .svg, NETWORK/sanity.json, study-result.json and study.txt into `folder`, and
// returns study-result.json. study: study.json, whose facts of program and device are repeated. What is not there is
// left out; a file that cannot be read is an Error.
Json write_study_result(const std::filesystem::path& folder,
                        const std::vector<StudyNetwork>& networks,
                        const std::vector<StudyPart>& parts, const Json& study);

// The same as tables for people.
std::string study_text(const Json& result);

}  // namespace pellucid
