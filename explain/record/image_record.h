// image_record.h: the record of an image, ID.json: what its explanations are, how they came about, what they
// cost. One document that is written, resumed, merged, compared and reported; this is the only place where it
// is read.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/formats/json.h"

namespace pellucid {

// Of one method.
struct ExplanationRecord {
  std::string method;
  std::string target;                  // the class explained
  bool uniform = false;                // the map has one value everywhere
  int height = 0, width = 0;           // of the map
  std::optional<bool> peak_in_lesion;  // where the lesion is known
  double lesion_share = 0;             // of the image
  double seconds = 0;
  std::int64_t forwards = 0;
  std::vector<std::string> warnings;  // what a reader should not overlook
  Json scores;  // by name: a number, null where undefined, or such by layer; null without --scores
  // MD5 of the files beside the record, ID.METHOD.npy and ID.METHOD.png; empty where an older program
  // wrote it.
  std::string map_md5, picture_md5;
  bool pictured = true;  // whether there is an overlay

  // By name (figures.h); what is not defined for this map is left out.
  std::map<std::string, double, std::less<>> figures() const;
};

struct ImageRecord {
  std::string id;
  std::string group;                            // of images that belong together; empty: of none
  std::string predicted;                        // class
  std::optional<double> probability;             // of that class; none of values
  std::string truth;                            // class; empty where it is not known
  std::string content;                          // content_hash of the picture; empty in old records
  Json settings;                                // of the run
  std::vector<ExplanationRecord> explanations;  // each method once; at least one

  const ExplanationRecord* find(std::string_view method) const;
};

// What is looked at of a document. file: of the errors "FILE: WHAT (found …; expected …)".
ImageRecord image_record(const Json& document, const std::string& file);
ImageRecord read_image_record(const std::filesystem::path& file);

}  // namespace pellucid
