// run_folder.h: what a program wrote into its --out, for comparison with another run.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace pellucid::test {

std::string in_work(const std::string& name);  // a path in the work folder

std::vector<std::string> with(std::vector<std::string> arguments,
                              const std::vector<std::string>& more);

// The files of a folder in the work folder by name; of JSON what depends neither on the clock nor
// on where it lies.
std::map<std::string, std::string> contents_of(const std::string& folder);

}  // namespace pellucid::test
