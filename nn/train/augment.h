// augment.h: the training set of Balve & Hendrix (CHIL 2024), 16 views a picture, balanced.
#pragma once

#include <cstdint>
#include <vector>

#include "nn/data/dataset.h"

namespace pellucid {

// Random streams of this file (see runtime/random.h).
inline constexpr std::uint64_t kAugmentLightStream = 0x4C49474854000000;    // "LIGHT"
inline constexpr std::uint64_t kAugmentBalanceStream = 0x42414C414E434500;  // "BALANCE", + class

// A quarter turn counter-clockwise, `turns` times (0 … 3). sample: square, `side` pixels a side;
// annotation and mask turn along.
Sample rotate_counter_clockwise(const Sample& sample, int side, int turns);

// Top row to the bottom; annotation and mask too.
Sample flip_top_bottom(const Sample& sample, int height, int width);

// v → trunc(clip(contrast · (clip(v + brightness, 0, 255) − 128) + 128, 0, 255)), in double, of 8 bits;
// of other depths in units of white / 255, truncated to a value of the picture.
Sample change_light(const Sample& sample, double brightness, double contrast);

// The n training samples, as in the paper:
//   1. turned by 0, 90, 180, 270 degrees, sample by sample            →  4n
//   2. then the top-bottom flips of all these, in their order         →  8n
//   3. then one copy of each of these with brightness from U(−15, 15)
//      and contrast from U(0.5, 1.5), drawn from (seed, copy)         → 16n
//   4. each class undersampled, without replacement, to the smallest one (kept whole), blocks of
//      class 0, 1, …; within a block the order of 1–3
// 221 mini-MIAS samples give 3536, then 528 of each class. Equal seeds give equal sets on every
// machine; the paper drew one set for all its trainings. Throws Error if the pictures are not square
// or not grey, or a class has no sample.
std::vector<Sample> augment_training(const Dataset& dataset, std::uint64_t seed);

}  // namespace pellucid
