#include "nn/data/mias.h"

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <set>

#include "nn/data/augment.h"
#include "nn/data/mias_csv.h"
#include "nn/data/text.h"
#include "runtime/file.h"
#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// ---- folders with mistakes ----

std::string id_of(int number) { return concat("mdb", number / 100, number / 10 % 10, number % 10); }

// Rows for mdb001 … mdb322, all normal; `first` replaces the row of mdb001.
std::string info_text(const std::string& first = "mdb001 G NORM") {
  std::string text = first + "\n";
  for (int number = 2; number <= kMiasImages; ++number) text += id_of(number) + " G NORM\n";
  return text;
}

// A film that every step accepts: a bright disc on dark ground.
std::string film_pgm(int side = kMiasFilmSide) {
  std::string text = concat("P5 ", side, " ", side, " 255\n");
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      const int dx = 2 * x - side, dy = 2 * y - side;
      text += dx * dx + dy * dy < side * side / 2 ? '\x78' : '\x05';
    }
  return text;
}

std::string error_of(const TemporaryFolder& folder) {
  return message_of([&] { load_mias(folder.path()); });
}

// ---- the real images ----

// The records of the folder PELLUCID_MIAS, loaded once; null, with a word about it, if it is not
// set.
const std::vector<MiasRecord>* real_records() {
  const char* folder = std::getenv("PELLUCID_MIAS");
  if (folder == nullptr || *folder == '\0') {
    std::cout << "NOT CHECKED: the mini-MIAS images (PELLUCID_MIAS is not set)\n";
    return nullptr;
  }
  static const std::vector<MiasRecord> records = load_mias(folder);
  return &records;
}

}  // namespace

TEST_CASE("MIAS folder: what is missing or does not fit") {
  const TemporaryFolder folder;
  check_fragments(message_of([&] { load_mias(folder / "none"); }), {"none: not a folder"});
  check_fragments(error_of(folder), {"Info.txt: missing", "expected the label file"});

  write_text_file(folder / "Info.txt", "mdb001 G NORM\nmdb002 G CIRC B 1 2\n");
  check_fragments(error_of(folder), {"Info.txt:2: unreadable row", "mdb002 G CIRC B 1 2"});
  write_text_file(folder / "Info.txt", "mdb001 G NORM\n");
  check_fragments(error_of(folder), {"Info.txt: incomplete", "no row for mdb002"});
  write_text_file(folder / "Info.txt", info_text() + "mdb323 G NORM\n");
  check_fragments(error_of(folder), {"Info.txt: unknown image", "mdb323", "mdb001 to mdb322"});

  write_text_file(folder / "Info.txt", info_text());
  check_fragments(error_of(folder),
                  {"mdb001: missing", "neither mdb001.pgm nor mdb001.png", "322"});
  write_text_file(folder / "mdb001.pgm", film_pgm(512));
  check_fragments(error_of(folder),
                  {"mdb001.pgm: wrong size", "found 512 × 512", "expected 1024 × 1024"});
}

TEST_CASE("MIAS folder: of several mistakes the first image's is reported") {
  const TemporaryFolder folder;
  write_text_file(folder / "Info.txt", info_text());
  const std::string film = film_pgm();
  write_text_file(folder / "mdb001.pgm", film);
  write_text_file(folder / "mdb002.pgm", film.substr(0, film.size() - 1));
  write_text_file(folder / "mdb003.png", "GIF89a");
  check_fragments(error_of(folder), {"mdb002.pgm: truncated", "found 1048575 bytes"});

  write_text_file(folder / "Info.txt", info_text("mdb001 G CIRC B 5 500 20"));
  check_fragments(error_of(folder), {"mdb001.pgm: the circle leaves the film", "found x 5, y 500"});
  write_text_file(folder / "Info.txt", info_text());
  write_text_file(folder / "mdb001.pgm", "P5 1024 1024 255\n" + std::string(1024 * 1024, '\0'));
  check_fragments(error_of(folder), {"mdb001.pgm: no breast"});
}

TEST_CASE("MIAS: the circle in the crop") {
  MiasRecord record;
  CHECK_FALSE(roi_circle(record));
  // Film 512, 512 up, r 64: plane 112, 112 down, r 14; box 98 … 126.
  record.lesion = MiasLesion{512, 512, 64};
  record.crop = Box{98, 126, 98, 126};
  CHECK(roi_circle(record) == Circle{112, 112, 112});
  record.crop = Box{98, 154, 98, 126};  // twice as high: the height shrinks to half
  const Circle circle = *roi_circle(record);
  CHECK(circle.x == 112);
  CHECK(circle.y == 56);
  CHECK(circle.radius == doctest::Approx(112 / std::sqrt(2.0)));
}

TEST_CASE("MIAS: a split names only what is kept") {
  std::vector<MiasRecord> records(1);
  records[0].id = "mdb001";
  CHECK(contains(message_of([&] {
                   mias_dataset(records, {{"mdb001"}, {}, {}}, "mine");
                 }),
                 "split mine: mdb001 cannot be used"));
}

TEST_CASE("mini-MIAS: every plane, box, threshold and place as in the golden table") {
  const std::vector<MiasRecord>* records = real_records();
  if (records == nullptr) return;
  const std::string golden =
      read_text_file(std::filesystem::path(PELLUCID_TEST_DATA) / "mias-golden.csv");
  const std::string ours = mias_csv(*records, paper_split());
  const auto golden_lines = split_lines(golden), our_lines = split_lines(ours);
  REQUIRE(our_lines.size() == golden_lines.size());
  for (std::size_t i = 0; i < our_lines.size(); ++i) CHECK(our_lines[i] == golden_lines[i]);
  CHECK(ours == golden);
}

TEST_CASE("mini-MIAS: counts of the paper") {
  const std::vector<MiasRecord>* records = real_records();
  if (records == nullptr) return;
  std::vector<int> images(3), kept(3);
  for (const MiasRecord& record : *records) {
    ++images[static_cast<std::size_t>(record.label)];
    kept[static_cast<std::size_t>(record.label)] += record.kept;
  }
  CHECK(images == std::vector<int>{207, 64, 51});
  CHECK(kept == std::vector<int>{207, 61, 48});

  const Dataset set = mias_dataset(*records, mias_split(*records, "paper"), "paper");
  CHECK(class_counts(set.train, 3) == std::vector<std::size_t>{145, 43, 33});
  CHECK(class_counts(set.valid, 3) == std::vector<std::size_t>{31, 9, 7});
  CHECK(class_counts(set.test, 3) == std::vector<std::size_t>{31, 9, 8});
  CHECK(set.test[36].id == "mdb117");
  for (const Sample& sample : set.train) {
    CHECK(sample.pixels.size() == 224 * 224);
    CHECK(sample.annotation.has_value() == (sample.label != 0));
    // The box encloses the circle to within a pixel of the plane on each side.
    if (sample.annotation) CHECK(sample.annotation->radius > 60);
    if (sample.annotation) CHECK(sample.annotation->radius < 120);
  }

  const std::vector<Sample> augmented = augment_training(set, 1);
  CHECK(class_counts(augmented, 3) == std::vector<std::size_t>{528, 528, 528});
  std::set<std::string> whole;  // the malignant ones: all 16 views of all 33
  for (const Sample& sample : augmented)
    if (sample.label == 2) whole.insert(sample.id);
  CHECK(whole.size() == 528);
}

TEST_CASE("mini-MIAS: a user's split") {
  const std::vector<MiasRecord>* records = real_records();
  if (records == nullptr) return;
  const TemporaryFolder folder;
  write_text_file(folder / "mine.csv", "id,split\nmdb001,train\nmdb003,train\nmdb023,train\n");
  const Split split = mias_split(*records, (folder / "mine.csv").string());
  CHECK(split.train == std::vector<std::string>{"mdb001", "mdb003", "mdb023"});
  write_text_file(folder / "mine.csv", "id,split\nmdb001,train\nmdb059,test\n");
  check_fragments(message_of([&] { mias_split(*records, (folder / "mine.csv").string()); }),
                  {"mine.csv:3: unknown id", "\"mdb059\"", "one of the 316 samples"});
}
