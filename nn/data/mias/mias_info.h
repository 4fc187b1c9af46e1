// mias_info.h: Info.txt, the label file of the mini-MIAS database.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pellucid {

// A lesion as the radiologists marked it: pixels of the 1024 × 1024 film, origin BOTTOM-left.
struct MiasLesion {
  int x = 0;
  int y = 0;
  int radius = 0;

  bool operator==(const MiasLesion&) const = default;
};

// One row. An image with several lesions has several rows.
struct MiasRow {
  std::string id;                    // "mdb001"
  char tissue = 0;                   // F fatty, G fatty-glandular, D dense-glandular
  std::string abnormality;           // CALC CIRC SPIC MISC ARCH ASYM NORM
  char severity = 0;                 // B benign, M malignant; 0 with NORM
  std::optional<MiasLesion> lesion;  // none with NORM, and where the file gives no coordinates
};

// Of a lesion's centre and radius.
inline constexpr int kMiasMaxPixel = 9999;

// The rows in file order. The table begins at the first line that starts with "mdb" and ends at a
// line of '='; blank lines are skipped. `name` stands for the file in the errors: a row that does
// not parse (with line number and text), and a text without any row.
std::vector<MiasRow> parse_mias_info(std::string_view text, const std::string& name);

}  // namespace pellucid
