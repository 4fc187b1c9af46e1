// explanation_again.h: an explanation that is there, done anew from what its picture or record tells of it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/formats/json.h"

namespace pellucid {

// What ID.METHOD.png or ID.json says about how it came to be.
struct EarlierExplanation {
  std::filesystem::path file;
  bool is_picture = false;
  std::string id, method;  // method: of a picture
  std::string input;       // its file, or data set and subset
  std::string input_md5;   // or empty, of an older picture
  std::string version, device;
  Json settings;
  Json variants;  // null or {OPERATOR: VARIANT}
  Json document;  // of a record
};

// Throws Error "FILE: WHAT (found …; expected …)" for what pellucid-explain has not written.
EarlierExplanation read_earlier(const std::filesystem::path& file);

// The options of pellucid-explain that are not as they would be anyway; without those that say what is explained, by
// which model, and where to.
std::vector<std::string> again_options(const EarlierExplanation& earlier);

// Explains again and says what came of it: {"file", "equal", "differences": ["…"]}. look: folders in
// which a model or an image is sought by its hash that is not where it was. What cannot be done again has a
// difference that says why.
Json explain_again(const EarlierExplanation& earlier, const std::vector<std::string>& look);

}  // namespace pellucid
