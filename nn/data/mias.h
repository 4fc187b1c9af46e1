// mias.h: the mini-MIAS database, prepared as by Balve & Hendrix (CHIL 2024).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nn/data/dataset.h"
#include "nn/data/image.h"
#include "nn/data/mias_info.h"
#include "nn/data/split.h"

namespace pellucid {

inline constexpr int kMiasImages = 322;
inline constexpr int kMiasFilmSide = 1024;  // of the films
inline constexpr int kMiasSide = 224;       // of every prepared plane
inline constexpr int kMiasBlackLevel = 40;  // a crop whose maximum is below is dropped

// One image. Planes are kMiasSide × kMiasSide.
struct MiasRecord {
  std::string id;                    // "mdb001" … "mdb322"
  int label = 0;                     // 0 normal, 1 benign, 2 malignant: of the image's FIRST row
  int woman = 0;                     // 0 … 160: two consecutive images are one woman's breasts
  std::optional<MiasLesion> lesion;  // of the first row
  std::optional<Box> crop;           // in the enhanced plane; none if abnormal without coordinates
  int otsu = 0;                      // threshold of the noise removal
  GreyImage resized;
  GreyImage noise_free;
  GreyImage enhanced;
  GreyImage roi;      // the crop, enlarged: the network's input; empty without crop
  bool kept = false;  // has a crop, and one that is not black: 316 of the 322
};

// All 322 records in image order, from a folder with Info.txt and mdb001 … mdb322 as .pgm or .png
// (.pgm if both are there). Uses every hardware thread; the result does not depend on their number.
// Throws Error naming the file: Info.txt missing or without a row for an image, an image missing,
// unreadable or not 1024 × 1024, a circle that leaves the film; of several, the first in image
// order.
std::vector<MiasRecord> load_mias(const std::filesystem::path& folder);

// The annotated circle in pixels of record.roi (there it touches about all four sides; where the
// crop is not square, the radius is that of the circle of equal area); none for a normal.
std::optional<Circle> roi_circle(const MiasRecord& record);

// The split named by `option`: "paper", or a CSV file whose ids are kept records. Errors as
// read_split.
Split mias_split(const std::vector<MiasRecord>& records, const std::string& option);

// The kept records as samples, in the split's order. `split_name` is noted in the set.
// Throws Error if the split names a record that is not kept.
Dataset mias_dataset(const std::vector<MiasRecord>& records, const Split& split,
                     const std::string& split_name);

}  // namespace pellucid
