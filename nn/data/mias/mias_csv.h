// mias_csv.h: one line an image with everything that the pipeline decided, to compare two
// pipelines.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nn/data/mias/mias.h"
#include "nn/data/split.h"

namespace pellucid {

// Columns: mdb, image_index (from 0), label, woman, split and split_pos (place in the subset;
// "dropped" and empty if the record is not kept, both empty if the split does not use it), x1024
// y1024 r1024 (the annotation; empty without), y0 y1 x0 x1 (the crop in the enhanced plane, which at
// fixed scale is the film; empty without), otsu, then of
// each plane the sum and MD5 of its bytes: resized, noisefree (sum only), enhanced; roi_index
// (among the crops), roi_sum, roi_md5 (all three empty without a crop).
std::string mias_csv(const std::vector<MiasRecord>& records, const Split& split);

void write_mias_csv(const std::filesystem::path& path, const std::vector<MiasRecord>& records,
                    const Split& split);

}  // namespace pellucid
