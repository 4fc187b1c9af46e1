// map_comparison.h: which of several explainers does better over a set of images, and by how much.
#pragma once

#include <string>
#include <vector>

#include "apps/map_records.h"
#include "nn/statistics/intervals.h"

namespace pellucid {

// The figures of sets of maps: for each set and figure the mean over the images where it is defined,
// its 95 % interval (bootstrap by group) and the number of images, null for none. Keys: figures, a list of
// {name, title, better}; rows, a list of {name, method, images, NAME: {mean, interval, images}};
// intervals. `names`: of the figures to tell; those that no set has are left out.
Json describe_maps(const std::vector<MapSet>& sets, const std::vector<std::string>& names);

// For each pair (a, b) of sets, over the images that both have: as describe_maps, with rows of
// {name, a, b, images, spearman, NAME: {a, b, difference, interval, images}}: the difference b − a with
// the interval of its mean; spearman: {mean, interval, images} of the rank correlation of the two maps,
// null where none is defined or sizes differ. Throws Error for a pair without a common image, or a map
// that cannot be read.
Json compare_maps(const std::vector<std::pair<MapSet, MapSet>>& pairs,
                  const std::vector<std::string>& names);

// Either of them as a table for people.
std::string comparison_text(const Json& comparison);

}  // namespace pellucid
