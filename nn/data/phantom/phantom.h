// phantom.h: procedural stand-ins for mammograms, for demonstrations and tests without patient
// data.
//
// A picture is a breast outline on a dark ground, filled with 1/f^3 tissue (octave noise), smooth
// densities, thin vessels and ring-shaped lymph nodes as large and bright as a mass, so that being
// bright betrays no lesion. That background is a function of (seed, index, size) alone; the class
// only decides what is added at the lesion's place:
//   0 normal      nothing
//   1 benign      a smooth round mass
//   2 malignant   a mass of the same contrast with a ragged rim and thin spicules
// so pictures of one index and two classes are equal, byte for byte, outside the two lesion masks.
#pragma once

#include <cstdint>
#include <string_view>

#include "nn/data/dataset.h"

namespace pellucid {

inline constexpr std::string_view kPhantomSource = "phantom";            // Dataset::source
inline constexpr std::uint64_t kPhantomsApart = std::uint64_t{1} << 32;  // indices of two subsets
inline constexpr int kPhantomMinSize = 32;
inline constexpr int kPhantomMaxSize = 1024;

// Samples of a phantom set: each class has the same number in a subset.
struct PhantomOptions {
  int size = 64;     // side of the square, 32 … 1024
  int channels = 1;  // 1, or 3: the grey plane repeated
  int train_per_class = 200;
  int valid_per_class = 50;
  int test_per_class = 50;
  bool shortcut = false;  // a corner marker that betrays the class
};

// One phantom. label 0, 1 or 2; size in [kPhantomMinSize, kPhantomMaxSize], the side of the square.
// lesion_mask is 255 exactly where the lesion was added (empty for a normal); annotation encloses
// it. Only +, −, ·, / and √ in double are used, so the bytes are the same on every machine.
// Throws UsageError on a size or label outside its range.
Sample phantom_sample(int size, std::uint64_t seed, std::uint64_t index, int label);

// 255 inside the breast outline of phantom (seed, index), 0 elsewhere; (size, size).
GreyImage phantom_breast(int size, std::uint64_t seed, std::uint64_t index);

// A marker such as films carry, in the dark corner above or below the nipple: a uniform bright bar,
// lying for a benign phantom, standing for a malignant one. A normal has none, so that the marker
// betrays the class. It lies in one cell of an 8 × 8 grid. 255 on it, 0 elsewhere; (size, size).
GreyImage phantom_marker(int size, std::uint64_t seed, std::uint64_t index, int label);

// Each subset has indices of its own, so that no count makes a test phantom of one that was trained on:
// sample k of train is phantom (seed, k), named "phantom00000k", of valid (seed, kPhantomsApart + k),
// "phantom-valid00000k", of test (seed, 2 kPhantomsApart + k), "phantom-test00000k". Classes take turns.
// With options.shortcut every abnormal phantom shows its marker.
// Throws UsageError on a size, channel number (1 or 3) or count outside its range, naming it.
Dataset make_phantom(const PhantomOptions& options, std::uint64_t seed);

}  // namespace pellucid
