// augmentation.h: training pictures drawn anew in each epoch: "flip,rotate=10,shift=0.05". (The paper's
// own set of copies, drawn once, is nn/train/augment.h.)
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/data/dataset.h"
#include "nn/train/trainer.h"
#include "runtime/random.h"

namespace pellucid {

inline constexpr std::uint64_t kAugmentationStream = 0x5649455700000000;  // "VIEW", + epoch

// How strongly each kind acts; 0: not at all. The kinds, their units and ranges are in augmentation_kinds().
struct Augmentation {
  double flip = 0, flip_vertical = 0, rotate = 0, shift = 0, zoom = 0, brightness = 0;

  bool operator==(const Augmentation&) const = default;
};

struct AugmentationKind {
  std::string_view name;
  std::string_view unit;  // of its strength; empty: it has none, and acts or does not
  double most;            // the greatest strength
  std::string_view help;
  double Augmentation::*strength;
};
const std::vector<AugmentationKind>& augmentation_kinds();
// "flip: …; rotate=DEGREES: … (up to 180); …", for --help.
std::string augmentation_help();

// "flip,rotate=10" → the strengths. Throws UsageError for an unknown kind (naming the nearest), one that is
// given twice, and a strength that is missing, superfluous or out of range.
Augmentation parse_augmentation(const std::string& text);
// What parse_augmentation() reads, in the order of the table; "none" if nothing acts.
std::string to_text(const Augmentation& augmentation);

// One picture as one epoch sees it. Drawn from (seed, kAugmentationStream + epoch) at the picture's
// place in its set: in any order, by any number of threads, the same. Flips act on every second picture, by chance;
// what has a strength s is uniform: degrees and shifts (of width and of height, each its own) in ±s, the
// factors of zoom and brightness in 1 ± s.
//
// Flips, zoom about the centre, rotation about the centre and shift, in this order, are one affine map, by
// which the picture is resampled once, bilinearly; beyond its border it goes on with its nearest pixel. Each value
// is then multiplied by the brightness, cut to 0 … white, and rounded, once. Where only flips act, no value
// changes. The result has the depth of `sample`, and neither annotation nor mask.
// sample: (height, width) or (height, width, 3) values; throws Error for another number.
Sample augmented(const Sample& sample, int height, int width, const Augmentation& augmentation,
                 RandomKey key, std::uint64_t place);

// `samples` for a training, each of which is transformed once an epoch, on all cores, a few MiB ahead of
// the batches; the samples must outlive it. Shapes as of ImageSet. What a batch gets depends on seed, epoch and
// samples alone.
TrainingImages augmented_images(std::span<const Sample> samples, int height, int width,
                                int channels, int classes, const Augmentation& augmentation,
                                std::uint64_t seed);

}  // namespace pellucid
