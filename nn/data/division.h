// division.h: a set divided into train, valid and test, anew.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nn/data/dataset.h"
#include "nn/data/split.h"

namespace pellucid {

// Dataset::split of pictures that are not to be divided.
inline constexpr const char* kUndivided = "none";

// Random stream of this file (see runtime/random.h).
inline constexpr std::uint64_t kDivisionStream = 0x444956494445;  // "DIVIDE"

// How a set is divided. Samples of one group (Sample::group) always stay together.
//
//   split      ""          its own; "paper" for mini-MIAS, else 70/15/15 if it has none
//              "paper"     that of Balve & Hendrix (CHIL 2024), by image: a woman's two breasts may be
//                          on two sides
//              "group"     70/15/15 by group, which every sample must have; "woman" is the same
//              "a/b/c"     three whole numbers: so many parts for train, valid, test
//              else        a CSV file with columns id,split (nn/data/split.h)
//   folds      K ≥ 3       cross-validation: K parts of equal size, of which number `fold` (1 … K)
//                          tests, the next one (after K the first) validates, the others train. Goes
//                          with the splits "", "group" and "woman".
//   seed       of "group", "a/b/c" and folds
struct DivisionOptions {
  std::string split;
  int folds = 0;
  int fold = 0;
  std::uint64_t seed = 0;
};

// Whether a split is one of these; a file must exist.
bool is_split(const std::string& split);

// Throws UsageError for options that contradict themselves or the set, Error for a file that cannot
// be used, for an id that the set lacks, or if a subset that should have samples would
// be left without. What the
// result holds depends on the samples and the options, not on how the set was divided before.
Dataset divide(Dataset dataset, const DivisionOptions& options);

// Whether a division depends on which samples there are, as parts and folds do: one that names ids, and the set's
// own, says of each sample where it belongs, whatever others there are.
bool depends_on_others(const Dataset& dataset, const DivisionOptions& options);

// The ids in the subsets of a set.
Split ids_of(const Dataset& dataset);

// parts[n] in 0 … fractions.size() − 1: the part of sample n. A part gets about its fraction (≥ 0, sum
// 1) of each class's samples, and no group is cut. Groups are taken in a random order, the ones with
// the largest share of a class first; each goes where the classes that it brings are rarest, measured
// by what the part should have. Where samples stand alone, each class is off by about one at most.
std::vector<int> stratified_parts(std::span<const Sample> samples, std::size_t classes,
                                  std::span<const double> fractions, std::uint64_t seed);

}  // namespace pellucid
