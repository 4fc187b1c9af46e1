#include "nn/data/source/load.h"

#include <nlohmann/json.hpp>

#include "runtime/file.h"
#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

DatasetOptions small_phantom() {
  DatasetOptions options;
  options.phantom = {32, 1, 2, 1, 1};
  return options;
}

}  // namespace

TEST_CASE("dataset: a phantom by name") {
  const Dataset set = load_dataset(small_phantom());
  CHECK(set.source == "phantom");
  CHECK(set.protocol == "phantom");
  CHECK(set.train.size() == 6);
  CHECK(set.valid.size() == 3);
  CHECK(&subset(set, "train") == &set.train);
  CHECK(&subset(set, "valid") == &set.valid);
  CHECK(&subset(set, "test") == &set.test);
  CHECK(contains(message_of<UsageError>([&] { subset(set, "all"); }), "unknown subset \"all\""));
  const nlohmann::json preprocessing = nlohmann::json::parse(set.preprocessing);
  CHECK(preprocessing["size"] == 32);

  DatasetOptions other = small_phantom();
  other.phantom_seed = 1;
  CHECK(content_hash(load_dataset(other)) != content_hash(set));
}

TEST_CASE("dataset: pictures that are there twice are counted, classes and subsets named") {
  Dataset set = load_dataset(small_phantom());
  CHECK(duplicate_notes(set).empty());
  set.train[3].content = set.train[0].content;  // both normal
  set.train[4].content = set.train[0].content;
  set.test[0].content = set.train[1].content;
  const std::vector<std::string> notes = duplicate_notes(set);
  REQUIRE(notes.size() == 3);
  CHECK(contains(notes[0],
                 "3 images show the same as an earlier one (the first: phantom000000 and "
                 "phantom000003)"));
  CHECK(contains(notes[1], "2 of them are in another class"));
  CHECK(contains(notes[1], "phantom000000 and phantom000004"));
  CHECK(contains(notes[2], "1 of them are in another subset"));
  for (Sample& sample : set.train) sample.content.clear();  // not known: of old packed sets
  CHECK(duplicate_notes(set).empty());
}

TEST_CASE("dataset: the hash of 8 bits is what it was before other depths were read") {
  CHECK(content_hash(load_dataset(small_phantom())) == "8266bc84cd7083c89ae695b6e7ac849c");
}

TEST_CASE("dataset: the hash sees everything") {
  const Dataset set = load_dataset(small_phantom());
  const std::string hash = content_hash(set);
  CHECK(hash.size() == 32);
  const auto changed = [&](auto change) {
    Dataset copy = set;
    change(copy);
    return content_hash(copy) != hash;
  };
  CHECK(changed([](Dataset& s) { s.channels = 3; }));
  CHECK(changed([](Dataset& s) { s.class_names[0] = "other"; }));
  CHECK(changed([](Dataset& s) { s.train[0].label = 1; }));
  CHECK(changed([](Dataset& s) { s.train[0].group = "woman3"; }));
  CHECK(changed([](Dataset& s) { s.train[0].pixels.bytes()[5] ^= 1; }));
  CHECK(changed([](Dataset& s) { s.train[0].pixels = {s.train[0].pixels.bytes(), 254}; }));
  CHECK(changed([](Dataset& s) { s.train[0].id += "x"; }));
  CHECK(changed([](Dataset& s) { s.train[1].annotation->radius += 1e-9; }));
  CHECK(changed([](Dataset& s) { s.train[1].annotation.reset(); }));
  CHECK(changed([](Dataset& s) { s.test[1].lesion_mask[0] ^= 255; }));
  CHECK(changed([](Dataset& s) { std::swap(s.train[0], s.train[1]); }));
  CHECK(changed([](Dataset& s) {
    s.valid.insert(s.valid.begin(), s.train.back());
    s.train.pop_back();
  }));
  CHECK_FALSE(changed([](Dataset&) {}));
}

TEST_CASE("dataset: real images that are not there, and an unknown protocol") {
  DatasetOptions options;
  options.data = "no/such/folder";
  check_fragments(message_of([&] { load_dataset(options); }),
                  {"no/such/folder: not a folder", "found nothing"});
  const TemporaryFolder folder;
  write_text_file(folder / "Info.txt", "mdb001 G CIRC B 535 425 197\n");
  options.data = folder.path().string();
  options.protocol = "papr";
  check_fragments(message_of<UsageError>([&] { load_dataset(options); }),
                  {"unknown protocol 'papr'", "paper, fixed-scale"});
}

TEST_CASE("data sources: what a name is recognised as, and what is chosen for it") {
  const TemporaryFolder folder;
  CHECK(recognise_data("phantom") == &phantom_source);
  CHECK(recognise_data(folder.path().string()) == &folder_source);  // which says what is missing
  write_text_file(folder / "Info.txt", "of somebody's own");
  CHECK(recognise_data(folder.path().string()) == &folder_source);
  write_text_file(folder / "Info.txt", "mdb001 G CIRC B 535 425 197\n");
  CHECK(recognise_data(folder.path().string()) == &mias_source);
  write_text_file(folder / "table.CSV", "path,label\n");
  CHECK(recognise_data((folder / "table.CSV").string()) == &folder_source);
  const DataSource* packed = recognise_data((folder / "Info.txt").string());
  REQUIRE(packed != nullptr);
  CHECK(packed->training.model.empty());
  CHECK(recognise_data((folder / "none").string()) == nullptr);

  for (const DataSource* source : all_data_sources())
    CHECK(find_data_source(source->name) == source);
  CHECK(find_data_source("elsewhere") == nullptr);
  CHECK(training_defaults("elsewhere").model == "balve2024");
  CHECK(training_defaults("phantom").learning_rate == 1e-3);
  CHECK(training_defaults("mini-MIAS").class_weights == "1,2,3");
  CHECK(training_defaults("mini-MIAS").augmented);
  CHECK(training_defaults("folder").fits_model);
}

TEST_CASE("hash of a sample: of it and of what holds for all, not of the others") {
  Dataset set = load_dataset(small_phantom());
  const std::string hash = content_hash(set, set.train[4]);
  CHECK(hash.size() == 32);
  CHECK(content_hash(set, set.train[1]) != hash);
  REQUIRE_FALSE(set.train[4].lesion_mask.empty());
  set.train[1].pixels = set.train[4].pixels;
  set.test.clear();
  CHECK(content_hash(set, set.train[4]) == hash);
  const auto changed = [&](auto change) {
    Dataset copy = set;
    change(copy, copy.train[4]);
    return content_hash(copy, copy.train[4]) != hash;
  };
  CHECK(changed([](Dataset&, Sample& sample) { sample.label ^= 1; }));
  CHECK(changed([](Dataset&, Sample& sample) { sample.lesion_mask.clear(); }));
  CHECK(changed([](Dataset&, Sample& sample) { sample.annotation = Circle{1, 2, 3}; }));
  CHECK(changed([](Dataset& copy, Sample&) { copy.class_names[0] = "other"; }));
  CHECK(changed([](Dataset& copy, Sample&) { copy.channels = 3; }));
}
