// ranking.h: the pixels of a map in the order in which scores of it take them.
//
// Equal values come in row-major order. A map that is constant over superpixels therefore takes each
// of them from its top row downwards, and a share of the pixels may end within one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pellucid {

enum class Relevance { most_first, least_first };

// (pixels): positions in `map`.
std::vector<std::int32_t> ranking(std::span<const float> map, Relevance order);

}  // namespace pellucid
