// split.h: which sample is trained on, validated on, tested on.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pellucid {

// Ids in the order in which the samples are kept. Ids named nowhere are not used.
struct Split {
  std::vector<std::string> train;
  std::vector<std::string> valid;
  std::vector<std::string> test;

  bool operator==(const Split&) const = default;
};

struct LabelledId {
  std::string id;
  int label = 0;
};

// The split of Balve & Hendrix (CHIL 2024): 221 / 47 / 48 mini-MIAS images, in their order.
Split paper_split();

// A user's split: a CSV table (runtime/formats/csv.h) with the columns id (or mdb, as pellucid-data --csv calls it) and
// split, which is train, valid, test, or empty for a sample that is not used; other columns and the order of
// rows do not matter. `known` are the samples that may be named, labels index `class_names`. Throws Error
// naming `name`, line and value: another header, an unknown id, an id named twice, an unknown split; and Error
// if a class has no sample in train.
Split parse_split(std::string_view text, const std::string& name, std::span<const LabelledId> known,
                  const std::vector<std::string>& class_names);

// The same from a file.
Split read_split(const std::filesystem::path& path, std::span<const LabelledId> known,
                 const std::vector<std::string>& class_names);

}  // namespace pellucid
