// packed.h: a whole data set in one safetensors file, so that a set is prepared once and used
// often.
//
//   SUBSET.pixels   (n, height, width) uint8   of train, valid and test, where they have samples; of
//                   colour pictures (n, height, width, 3); uint16 if one of the subset is so deep
//   SUBSET.whites   (n) int32   the value of white of each, unless that is 255 of all in the file
//   SUBSET.labels   (n) int32
//   SUBSET.masks    (n, height, width) uint8   255 in the lesion; only if a sample has a mask
//
// Metadata: format ("pellucid data 3", without whites "pellucid data 2", which programs read that knew
// 8 bits alone), classes, size [height, width, channels], source, protocol,
// split, preprocessing (JSON), content_hash, and `samples`: for each subset a list of {"id",
// "group", "circle": [x, y, radius]}, the last two where the sample has them: a packed set can be
// divided anew.
#pragma once

#include <filesystem>
#include <string>

#include "nn/data/dataset.h"

namespace pellucid {

inline constexpr std::size_t kPackedMaxClasses = 1000;
inline constexpr int kPackedMaxChannels = 4;

// Equal sets give equal bytes.
void pack_dataset(const Dataset& dataset, const std::filesystem::path& path);

// Throws Error "FILE: WHAT (found …; expected …)": not safetensors, not such a set, tensors that do not fit each
// other, a label without a class, a pixel above its white, contents that do not have the noted hash.
Dataset unpack_dataset(const std::filesystem::path& path);

}  // namespace pellucid
