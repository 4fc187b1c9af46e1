// mias.h: the mini-MIAS database, prepared as by Balve & Hendrix (CHIL 2024) or at fixed scale.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nn/data/dataset.h"
#include "nn/data/image.h"
#include "nn/data/mias/film.h"
#include "nn/data/mias/mias_info.h"

namespace pellucid {

inline constexpr std::string_view kMiasSource = "mini-MIAS";  // Dataset::source
inline constexpr int kMiasImages = 322;
inline constexpr int kMiasBlackLevel = 40;  // a crop or circle whose maximum is below is dropped

// Random stream of the windows on normals (see runtime/random.h), + the image's index.
inline constexpr std::uint64_t kMiasWindowStream = 0x57494E444F570000;  // "WINDOW"

// Sum and MD5 of a plane's bytes.
struct PlaneDigest {
  std::uint64_t sum = 0;
  std::string md5;
};
PlaneDigest digest(const GreyImage& plane);

// One image; nn/data/mias/film.h says what the planes are.
struct MiasRecord {
  std::string id;                    // "mdb001" … "mdb322"
  int width = 0, height = 0;         // of the file,
  int white = kWhite8;               // and of its pixels (nn/data/pixels.h)
  std::string content;               // content_hash of the file's picture
  int label = 0;                     // 0 normal, 1 benign, 2 malignant: of the image's FIRST row
  int woman = 0;                     // 0 … 160: two consecutive images are one woman's breasts
  std::optional<MiasLesion> lesion;  // of the first row
  int otsu = 0;                      // threshold between breast and background
  PlaneDigest resized, noise_free, enhanced;
  std::optional<Box> crop;       // in the enhanced plane; none if abnormal without coordinates
  std::optional<Circle> circle;  // the annotation, in pixels of roi
  GreyImage roi;                 // the network's input; empty without crop
  bool kept = false;             // has a crop, and nothing black: 316 of the 322
  ImageNotes notes;              // what reading the file assumed
};

struct MiasOptions {
  MiasProtocol protocol = MiasProtocol::paper;
  std::uint64_t seed = 0;                          // of the windows on normals at fixed scale
  std::optional<std::set<std::string>> only = {};  // ids: no other film is read
};

// All 322 records, or those of options.only, in image order, from a folder with Info.txt and mdb001 … mdb322 in a format that is
// read (nn/data/codec; of several the first by name), of any size and depth: one that is not of
// 1024 × 1024 pixels of 8 bits is taken for a whole film (prepare_film), and Info.txt for pixels of
// 1024 × 1024 all the same. Uses every hardware thread; the result does not depend on their number.
// Throws Error naming the file: Info.txt missing or without a row for an image, an image missing,
// unreadable, a circle that leaves the film; of several, the first in image order.
std::vector<MiasRecord> load_mias(const std::filesystem::path& folder,
                                  const MiasOptions& options = {});

// The records of a folder's Info.txt as samples, before any film is read: without pixels, and with those that
// load_mias() does not keep for what the film shows (of mini-MIAS three).
Dataset list_mias(const std::filesystem::path& folder, const MiasOptions& options = {});

// The kept records as samples in image order, all in `train`: not divided yet (nn/data/division.h).
// Two images of a woman are one group. Its notes say of films that are not as the database's what was
// assumed, as that one in colour was made grey.
Dataset mias_dataset(const std::vector<MiasRecord>& records, const MiasOptions& options = {});

}  // namespace pellucid
