// dataset.h: the samples that networks are trained on and explained for, whatever they came from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/data/image.h"

namespace pellucid {

inline constexpr int kNoLabel = -1;  // of a picture whose class is not known

// One picture as the network sees it, before the division by its white (nn/data/pixels.h).
struct Sample {
  std::string id;  // "mdb001", "phantom000017"; an augmented copy adds "+r90", "+flip", "+light"
  int label = 0;   // index into Dataset::class_names, or kNoLabel
  std::string
      group;  // of samples that belong together, as two breasts of a woman: a division keeps
              // them on one side; empty: of none
  Pixels
      pixels;  // (height, width): ONE grey plane, whatever Dataset::channels; (height, width, 3),
               // RGB, where Dataset::colour; each sample has the depth of its file
  std::optional<Circle> annotation;       // around the lesion, in pixels of this picture
  std::vector<std::uint8_t> lesion_mask;  // (height, width), 255 in the lesion; phantoms only, else
                                          // empty
  // content_hash (nn/data/image.h) of the picture before its preparation; empty where it is not known, of old
  // packed sets. No part of the set's own hash.
  std::string content = {};
  // What a model's recipe did to a picture that was not prepared, for people; else empty.
  std::vector<std::string> prepared = {};
};

// A picture that could not be used, and why.
struct LoadFailure {
  std::string id, file, message;
};

// Sides in pixels. A batch is (N, height, width, channels): with channels = 3, batch assembly
// repeats a grey plane three times.
struct Dataset {
  int height = 0;
  int width = 0;
  int channels = 0;
  bool colour = false;                   // RGB pictures; channels is 3
  std::vector<std::string> class_names;  // empty: no classes are known, all samples are in test
  std::vector<Sample> train;             // not augmented; see nn/train/augment.h
  std::vector<Sample> valid;
  std::vector<Sample> test;
  std::string source;         // its name (nn/data/data_source.h)
  std::string protocol;       // "paper", "fixed-scale", "phantom" or "folder"
  std::string split;          // how it was divided (nn/data/division.h); empty: all is in train
  std::string preprocessing;  // what was done to the pictures: one JSON object on one line
  std::vector<std::string> notes;  // what was assumed about the files, for people: a line each
  std::vector<LoadFailure>
      failures;  // the files that could not be used; the set is that of the others

  int planes() const { return colour ? 3 : 1; }
};

inline constexpr std::array<std::string_view, 3> kSubsetNames = {"train", "valid", "test"};

// The samples named "train", "valid" or "test"; throws UsageError on any other name.
const std::vector<Sample>& subset(const Dataset& dataset, std::string_view name);

// counts[c]: the samples with label c; `classes` entries.
std::vector<std::size_t> class_counts(const std::vector<Sample>& samples, std::size_t classes);

// Of class_names those that none of the samples is of.
std::vector<std::string> absent_classes(const std::vector<Sample>& samples,
                                        const std::vector<std::string>& class_names);
// Which subsets that have samples have none of a class. Lines for people; none if none lacks any.
std::vector<std::string> absent_class_notes(const Dataset& dataset);

// 32 hexadecimal digits (MD5): equal for equal sets, whatever machine they were loaded on. Covers
// sizes, class names and every sample's subset, id, label, group, pixels and their white, annotation and
// mask, in order.
std::string content_hash(const Dataset& dataset);

// The same of a set that holds this sample alone: what one picture of the set is, whatever others there are.
std::string content_hash(const Dataset& dataset, const Sample& sample);

// Pictures that the set holds twice, by their content: how many, of how many in two classes, and in two
// subsets, which then learn of each other. Lines for people; none if there are none.
std::vector<std::string> duplicate_notes(const Dataset& dataset);

}  // namespace pellucid
