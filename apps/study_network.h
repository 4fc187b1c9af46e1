// study_network.h: what a study is asked for: networks, each trained with several seeds, evaluated and explained.
// The list of them is the document that `pellucid study --plan` reads and study.json repeats (docs/study.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/formats/json.h"

namespace pellucid {

struct StudyNetwork {
  std::string name;  // of its folder: letters, digits, "-", "_" and "."
  // Options of the programs by their long names without "--": {"lr": 0.003, "shortcut": true}. In a text "{seed}"
  // stands for the seed of the training.
  Json data = Json::object();        // that choose the data, of all programs
  Json training = Json::object();    // of pellucid-train
  Json explaining = Json::object();  // of pellucid-explain; a method gets those that it looks at
  std::string given;                 // a model that is there: nothing is trained; or empty
  std::vector<std::uint64_t> seeds;  // at least one, unless it is given
  int folds = 0;                     // of a cross-validation; 0: none
  std::vector<std::string>
      methods;            // that explain the network of the first seed; none: nothing is explained
  int images = 0;         // so many test images at most; 0: all
  int sanity_images = 0;  // of which so many are explained with the scores of stability; 0: none
  std::vector<std::string> sanity_methods;
  int profile_images = 0;  // and so many with a profile; 0: none
};

// Throws Error "FILE: PATH: WHAT (found …; expected …)" for a document that is no list of networks, names that
// are no folder's or come twice, and methods that are unknown.
std::vector<StudyNetwork> read_networks(const Json& document, const std::string& file);
Json describe_networks(const std::vector<StudyNetwork>& networks);

// "paper": all that results/study.md and results/maps.md tell of the CPU; "fixed-scale": its part at one scale;
// "phantom": a small one on phantoms. data: the folder of mini-MIAS; phantoms need none. Throws UsageError for
// another name, and for data that are missing.
std::vector<StudyNetwork> preset_networks(const std::string& preset, const std::string& data);

// Of a user's data: three seeds, every method.
StudyNetwork network_of_data(const std::string& name);

// Options as arguments: {"lr": 0.003, "shortcut": true} is --lr 0.003 --shortcut.
std::vector<std::string> arguments_of(const Json& options, const std::string& seed);

}  // namespace pellucid
