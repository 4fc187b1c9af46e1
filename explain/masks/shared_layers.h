// shared_layers.h: what masks over one picture share. An output of the first layers sees few superpixels, so
// that most masks look the same from it: it is computed once a pattern (kernels/mask_patterns.h), for as many
// of the convolutions that the picture passes one after the other (Plan::chain) as that is faster for.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "nn/plan/plan.h"

namespace pellucid {

// The outputs of the first `layers` convolutions (with their ReLU and pooling), a row a pattern.
struct SharedLayers {
  int layers = 0, masks = 0;
  double computed = 1;  // multiply-adds of these layers, of what the masks one by one would need
  Tensor rows, places, pattern_of_mask;  // of the last of them

  // Masks first … first + n − 1 of them → logits (n, classes): on the cpu the bits of the masks one by one,
  // elsewhere the same within rounding. Throws Error if there are not so many.
  Tensor logits(const Plan& plan, int first, int n) const;
};

inline constexpr std::size_t kMostSharedRows = std::size_t{1} << 22;

enum class SharedWhere { faster, possible };

// Whether share_layers() where `faster` would look at so many masks: else they are through one by one
// before what they share is found. words: of a mask.
bool may_share_layers(const Plan& plan, int masks, int words);

// masked: of one picture, so without image_of (Error); labels, bits: the same on the host, (h, w) and
// (masks, words). Nothing where the masks one by one are faster, by a model of the cost that knows the number
// of patterns and the device's speed; nor, even where `possible`, where the plan has no such chain, its first
// layer would have more rows than kMostSharedRows or there are more than 2^27 bits of masks.
std::optional<SharedLayers> share_layers(const Plan& plan, const MaskedImage& masked,
                                         std::span<const std::int32_t> labels,
                                         std::span<const std::uint32_t> bits, SharedWhere where);

}  // namespace pellucid
