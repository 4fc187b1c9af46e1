// nearest.h: "did you mean": the known name nearest to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pellucid {

// Insertions, deletions and replacements that turn a into b (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b);

// The first of the names at the smallest distance; "" if `names` is empty.
std::string nearest_name(std::string_view word, std::span<const std::string> names);

// ", did you mean 'conv1'?", or "" if no name is within a third of the word's length (at least 2).
std::string did_you_mean(std::string_view word, std::span<const std::string> names);

// "conv1, relu1": the names, for an error that lists them.
std::string joined(std::span<const std::string> names);

}  // namespace pellucid
