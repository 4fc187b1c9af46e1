// pattern_plan.h: which patterns of masks the places of each feature map see
// (kernels/mask_patterns.h), layer after layer. Integers on the host: a few milliseconds for 1000
// masks of a 224 × 224 picture, once a picture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "kernels/mask_patterns.h"

namespace pellucid {

// Which places of its input an output (i, j) of a layer depends on: `field` rows from i·step − pad
// on, and columns alike. Those outside the input are nothing.
struct PatternField {
  int h, w;  // outputs, each ≥ 1
  int field_h, field_w;
  int step_h, step_w;
  int pad_h = 0, pad_w = 0;
};

// The patterns of a layer's outputs.
struct PatternLevel {
  int views = 0;                              // different sets of superpixels in view
  std::vector<PatternPlace> places;           // (h, w)
  std::vector<std::int32_t> pattern_of_mask;  // (views, masks)
  std::vector<PatternRow> rows;               // by place, then by the pattern's first mask
};

class PatternPlanner {
 public:
  // labels: (h, w), each from 0 to 32·words − 1; bits: (masks, words), as in MaskedImage.
  PatternPlanner(std::span<const std::int32_t> labels, int h, int w,
                 std::span<const std::uint32_t> bits, int words);

  // Of the layer behind those asked for before; nothing if it had more rows than `most_rows`, or
  // pattern_of_mask more than `most_entries`, which is known before any is found.
  std::optional<PatternLevel> next(const PatternField& field, std::size_t most_rows,
                                   std::size_t most_entries);

 private:
  using Word = std::uint64_t;
  static int threads();
  std::vector<Word> supports_of(const PatternField& field) const;

  int h_, w_, masks_;
  std::size_t words_;             // of a support
  std::vector<Word> supports_;    // (h, w, words): the superpixels that a place of the layer sees
  std::vector<std::uint8_t> on_;  // (superpixels, masks)
};

}  // namespace pellucid
