#include "nn/data/mias/mias.h"

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>
#include <set>
#include <span>

#include "nn/data/codec/image_file.h"
#include "nn/data/division.h"
#include "nn/data/mias/mias_csv.h"
#include "nn/data/preparation.h"
#include "nn/train/augment.h"
#include "runtime/file.h"
#include "runtime/formats/text.h"
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

GreyImage film_image() {
  const std::string text = film_pgm();
  return grey_plane(decode_image(std::as_bytes(std::span(text)), "film"));
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
                  {"mdb001: missing", "no mdb001 as " + image_extensions(), "322"});
  write_png(folder / "mdb001.png", 8, 8, 3, std::vector<std::uint8_t>(8 * 8 * 3));
  // Read in colour, made grey, and black.
  check_fragments(error_of(folder), {"mdb001.png: no breast can be told from the background"});
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
  // Film 512, 512 up, r 64: plane 112, 112 down, r 14; box 98 … 126.
  const MiasLesion lesion{512, 512, 64};
  CHECK(circle_in_crop(lesion, {98, 126, 98, 126}, 224) == Circle{112, 112, 112});
  // Twice as high: the height shrinks to half.
  const Circle circle = circle_in_crop(lesion, {98, 154, 98, 126}, 224);
  CHECK(circle.x == 112);
  CHECK(circle.y == 56);
  CHECK(circle.radius == doctest::Approx(112 / std::sqrt(2.0)));
  // A window of the film: 7/8 of its scale.
  CHECK(circle_in_crop({512, 512, 64}, {384, 640, 384, 640}, 1024) == Circle{112, 112, 56});
}

TEST_CASE(
    "MIAS at fixed scale: windows of the film around the lesion, or somewhere in the breast") {
  const GreyImage film = film_image();
  const FilmPlanes planes = prepare_film(film, MiasProtocol::fixed_scale);
  CHECK(planes.enhanced.width == kMiasFilmSide);
  CHECK(lesion_crop(planes, {500, 600, 20}) == Box{1024 - 600 - 128, 1024 - 600 + 128, 372, 628});
  CHECK(lesion_crop(planes, {100, 1000, 20}) == Box{0, 256, 0, 256});  // moved into the film
  CHECK(middle_crop(planes) == Box{384, 640, 384, 640});
  CHECK(cut(planes, middle_crop(planes)).width == kMiasSide);

  CHECK(breast_share(planes, middle_crop(planes)) == 1);
  CHECK(breast_share(planes, {0, 128, 0, 128}) == 0);
  std::set<int> columns;
  for (std::uint64_t image = 0; image < 50; ++image) {
    const Box box = normal_crop(planes, {7, image});
    CHECK(box == normal_crop(planes, {7, image}));
    CHECK(box.width() == kMiasWindow);
    CHECK(box.height() == kMiasWindow);
    // Its centre lies in the disc, of radius 362, give or take a pixel of the plane.
    const double dx = box.x0 + 128 - 512, dy = box.y0 + 128 - 512;
    CHECK(std::sqrt(dx * dx + dy * dy) < 368);
    columns.insert(box.x0);
  }
  CHECK(columns.size() > 40);
  CHECK(normal_crop(planes, {7, 1}) != normal_crop(planes, {8, 1}));
}

TEST_CASE("MIAS: the scale depends on the lesion in the paper's protocol alone") {
  // Stripes of 8 pixels of the film: their period in the network's input is the scale.
  GreyImage film = film_image();
  for (int y = 0; y < kMiasFilmSide; ++y)
    for (int x = 0; x < kMiasFilmSide; ++x)
      if (film.at(y, x) > 60) film.at(y, x) = x / 8 % 2 == 0 ? 90 : 150;
  const auto changes = [](const GreyImage& image) {  // along the middle row, of dark and bright
    int count = 0;
    const std::uint8_t* row = image.row(image.height / 2);
    for (int x = 1; x < image.width; ++x) count += (row[x - 1] < 120) != (row[x] < 120);
    return count;
  };
  const auto seen = [&](MiasProtocol protocol, int radius) {
    const FilmPlanes planes = prepare_film(film, protocol);
    return changes(cut(planes, lesion_crop(planes, {512, 512, radius})));
  };
  CHECK(seen(MiasProtocol::fixed_scale, 20) == 31);  // 256 / 8 stripes
  CHECK(seen(MiasProtocol::fixed_scale, 90) == 31);
  CHECK(seen(MiasProtocol::paper, 90) > 2 * seen(MiasProtocol::paper, 20));
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

  const Dataset set = divide(mias_dataset(*records), {});
  CHECK(set.split == "paper");
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
  DivisionOptions mine;
  mine.split = (folder / "mine.csv").string();
  write_text_file(mine.split, "id,split\nmdb001,train\nmdb003,train\nmdb023,train\n");
  const Split split = ids_of(divide(mias_dataset(*records), mine));
  CHECK(split.train == std::vector<std::string>{"mdb001", "mdb003", "mdb023"});
  write_text_file(mine.split, "id,split\nmdb001,train\nmdb059,test\n");
  check_fragments(message_of([&] { divide(mias_dataset(*records), mine); }),
                  {"mine.csv:3: unknown id", "\"mdb059\"", "one of the 316 samples"});
}

TEST_CASE(
    "mini-MIAS: split woman and folds put no woman on two sides and keep the classes' shares") {
  const std::vector<MiasRecord>* records = real_records();
  if (records == nullptr) return;
  const Dataset pool = mias_dataset(*records);
  const auto check_women = [](const Dataset& set) {
    std::map<std::string, std::string_view> side;
    for (const std::string_view name : kSubsetNames)
      for (const Sample& sample : subset(set, name)) {
        const int image = std::stoi(sample.id.substr(3));
        CHECK(sample.group == concat("woman", (image - 1) / 2));
        CHECK(side.emplace(sample.group, name).first->second == name);
      }
  };
  for (const std::uint64_t seed : {0u, 1u, 2u}) {
    const Dataset set = divide(pool, {"woman", 0, 0, seed});
    check_women(set);
    CHECK(set.train.size() + set.valid.size() + set.test.size() == 316);
    // 70/15/15 of 207, 61, 48, to within 2.
    const std::vector<std::vector<double>> shares = {
        {144.9, 42.7, 33.6}, {31.05, 9.15, 7.2}, {31.05, 9.15, 7.2}};
    for (std::size_t s = 0; s < 3; ++s) {
      const auto counts = class_counts(subset(set, kSubsetNames[s]), 3);
      for (std::size_t c = 0; c < 3; ++c)
        CHECK(std::abs(static_cast<double>(counts[c]) - shares[s][c]) <= 2);
    }
  }
  std::map<std::string, int> tested;
  for (int fold = 1; fold <= 5; ++fold) {
    const Dataset set = divide(pool, {"woman", 5, fold, 0});
    check_women(set);
    for (const Sample& sample : set.test) ++tested[sample.id];
    const auto counts = class_counts(set.test, 3);  // a fifth: 41.4, 12.2, 9.6
    CHECK(std::abs(static_cast<double>(counts[0]) - 41.4) <= 2);
    CHECK(std::abs(static_cast<double>(counts[1]) - 12.2) <= 2);
    CHECK(std::abs(static_cast<double>(counts[2]) - 9.6) <= 2);
  }
  CHECK(tested.size() == 316);
  for (const auto& [id, times] : tested) CHECK(times == 1);
}

TEST_CASE("mini-MIAS at fixed scale: the same 316 images, windows of one size") {
  const char* folder = std::getenv("PELLUCID_MIAS");
  if (real_records() == nullptr) return;
  const std::vector<MiasRecord> records = load_mias(folder, {MiasProtocol::fixed_scale, 0});

  for (std::size_t i = 0; i < records.size(); ++i) {
    CAPTURE(records[i].id);
    CHECK(records[i].kept == (*real_records())[i].kept);
    CHECK(records[i].resized.md5 == (*real_records())[i].resized.md5);
    if (!records[i].crop) continue;
    CHECK(records[i].crop->width() == kMiasWindow);
    CHECK(records[i].crop->height() == kMiasWindow);
    CHECK(records[i].roi.width == kMiasSide);
    // The annotation's centre is in the picture, where the film's edge did not move the window in
    // its middle.
    if (records[i].circle) CHECK(records[i].circle->x >= 0);
    if (records[i].circle) CHECK(records[i].circle->x < kMiasSide);
  }
}

TEST_CASE("mini-MIAS: a film alone is prepared as in the set, by both protocols") {
  if (real_records() == nullptr) return;
  const std::filesystem::path folder = std::getenv("PELLUCID_MIAS");
  for (const MiasProtocol protocol : {MiasProtocol::paper, MiasProtocol::fixed_scale}) {
    const MiasOptions options{protocol, 0};
    const Preparation preparation(
        parse_json(mias_dataset({}, options).preprocessing, "preprocessing"), "preprocessing");
    const std::vector<MiasRecord> records =
        protocol == MiasProtocol::paper ? *real_records() : load_mias(folder, options);
    for (const MiasRecord& record : records) {
      const bool random = protocol == MiasProtocol::fixed_scale && record.label == 0;
      if (!record.crop || random) continue;  // the window on a normal is drawn in training
      CAPTURE(record.id);
      std::filesystem::path file = folder / (record.id + ".pgm");
      if (!std::filesystem::exists(file)) file.replace_extension(".png");
      std::optional<Circle> circle;
      if (const auto& lesion = record.lesion)
        circle =
            Circle{double(lesion->x), double(kMiasFilmSide - lesion->y), double(lesion->radius)};
      PictureUnderway picture(read_image(file), circle);
      preparation.run(picture);
      CHECK(picture.image == Image(record.roi));
      CHECK(picture.annotation == record.circle);
    }
  }
}
