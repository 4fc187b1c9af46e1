#include "nn/data/source/folder.h"

#include <algorithm>

#include "nn/data/codec/image_file.h"
#include "nn/data/division.h"
#include "nn/data/mias/mias.h"
#include "nn/data/source/packed.h"
#include "runtime/file.h"
#include "tests/nn/data/mias/films.h"
#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

void write_grey(const std::filesystem::path& path, int side, std::uint8_t level) {
  write_png(path, side, side, 1,
            std::vector<std::uint8_t>(static_cast<std::size_t>(side) * side, level));
}

void write_colour(const std::filesystem::path& path, std::vector<std::uint8_t> pixels) {
  write_png(path, 2, 2, 3, pixels);
}

Dataset load_folder(const std::filesystem::path& folder, PictureOptions options) {
  options.colour = options.channels == 3;
  return load_pictures(list_folder(folder), options);
}

Pixels read_picture(const std::filesystem::path& file, const PictureOptions& options) {
  ImageNotes notes;
  return PictureLoader(options).load({.file = file, .name = "", .class_name = ""}, notes).pixels;
}

std::vector<std::string> ids_in(const std::vector<Sample>& samples) {
  std::vector<std::string> ids;
  for (const Sample& sample : samples) ids.push_back(sample.id);
  return ids;
}

std::string error_of(const TemporaryFolder& folder, const PictureOptions& options = {8, 8, 1}) {
  return message_of([&] { load_folder(folder.path(), options); });
}

}  // namespace

TEST_CASE("folder: classes by name, images resized, ids that can name files") {
  const TemporaryFolder folder;
  write_grey(folder / "dog/b c.png", 16, 40);
  write_grey(folder / "dog/a.PNG", 8, 30);
  write_text_file(folder / "cat/x.pgm", "P5 4 4 255\n" + std::string(16, 'd'));
  write_text_file(folder / "dog/.hidden", "x");
  write_text_file(folder / "notes.txt", "beside the classes, which is fine");
  const Dataset set = load_folder(folder.path(), {8, 8, 1});
  CHECK(set.class_names == std::vector<std::string>{"cat", "dog"});
  CHECK_FALSE(set.colour);
  REQUIRE(set.train.size() == 3);
  CHECK(set.train[0].id == "cat.x");
  CHECK(set.train[1].id == "dog.a");
  CHECK(set.train[2].id == "dog.b_c");
  CHECK(set.train[0].pixels == std::vector<std::uint8_t>(64, 'd'));
  CHECK(set.train[2].pixels == std::vector<std::uint8_t>(64, 40));
  CHECK(set.train[2].label == 1);
}

TEST_CASE("folder: shrinking averages instead of picking pixels") {
  const TemporaryFolder folder;
  std::vector<std::uint8_t> board;
  for (int i = 0; i < 64 * 64; ++i)
    board.push_back((i % 64 + i / 64) % 2 == 0 ? 0 : 200);  // a chessboard
  write_png(folder / "board.png", 64, 64, 1, board);
  CHECK(read_picture(folder / "board.png", {8, 8, 1}) == std::vector<std::uint8_t>(64, 100));
  // 5 pixels to 2: two and a half each.
  write_png(folder / "five.png", 5, 1, 1, std::vector<std::uint8_t>{10, 20, 60, 70, 80});
  CHECK(read_picture(folder / "five.png", {1, 2, 1}) == std::vector<std::uint8_t>{24, 72});
}

TEST_CASE(
    "folder: colour comes in three planes, grey files in three equal ones; packed it stays so") {
  const TemporaryFolder folder;
  const std::vector<std::uint8_t> pixels = {250, 1, 2, 3, 240, 5, 6, 7, 230, 9, 10, 11};
  write_colour(folder / "a/one.png", pixels);
  write_grey(folder / "b/two.png", 2, 77);
  const Dataset set = load_folder(folder.path(), {2, 2, 3});
  CHECK(set.colour);
  CHECK(set.channels == 3);
  CHECK(set.train[0].pixels == pixels);
  CHECK(set.train[1].pixels == std::vector<std::uint8_t>(12, 77));

  const std::filesystem::path file = folder / "packed.safetensors";
  pack_dataset(set, file);
  const Dataset again = unpack_dataset(file);
  CHECK(again.colour);
  CHECK(again.train[0].pixels == pixels);
  CHECK(content_hash(again) == content_hash(set));

  CHECK(set.notes == ImageNotes{"1 image: grey as three equal planes"});
}

TEST_CASE("folder: of colour that is read in grey there is a note, with the number of images") {
  const TemporaryFolder folder;
  const std::vector<std::uint8_t> pixels = {250, 1, 2, 3, 240, 5, 6, 7, 230, 9, 10, 11};
  write_colour(folder / "a/one.png", pixels);
  write_colour(folder / "a/two.png", pixels);
  write_colour(folder / "b/three.png", pixels);
  write_grey(folder / "b/four.png", 2, 77);
  const Dataset set = load_folder(folder.path(), {2, 2, 1});
  CHECK_FALSE(set.colour);
  CHECK(set.train[0].pixels == Pixels{76, 142, 32, 10});
  CHECK(set.notes == ImageNotes{"3 images: colour made grey (BT.601 luma)"});
}

TEST_CASE("folder: each file keeps its depth, packed as well") {
  const TemporaryFolder folder;
  write_grey(folder / "a/eight.png", 2, 200);
  write_text_file(folder / "a/shallow.pgm", "P5 2 2 3\n" + std::string("\0\1\2\3", 4));
  write_text_file(folder / "b/deep.pgm", "P5 2 2 1000\n" + std::string("\0\0\0\7\1\xF4\3\xE8", 8));
  for (const int channels : {1, 3}) {
    const Dataset set = load_folder(folder.path(), {2, 2, channels});
    REQUIRE(set.train.size() == 3);
    CHECK(set.train[0].pixels.white() == 255);
    CHECK(set.train[1].pixels.white() == 3);
    CHECK(set.train[2].pixels.white() == 1000);
    if (channels == 1) CHECK(set.train[2].pixels == Pixels(Pixels::Words{0, 7, 500, 1000}, 1000));

    const std::filesystem::path file = folder / "packed.safetensors";
    pack_dataset(set, file);
    const Dataset again = unpack_dataset(file);
    for (std::size_t i = 0; i < 3; ++i) CHECK(again.train[i].pixels == set.train[i].pixels);
    CHECK(content_hash(again) == content_hash(set));
    CHECK(again.colour == set.colour);
    CHECK(contains(read_text_file(file), "pellucid data 3"));
  }
  // Of 8 bits alone it is what programs read that know no other depth.
  std::filesystem::remove(folder / "a/shallow.pgm");
  std::filesystem::remove(folder / "b/deep.pgm");
  write_grey(folder / "b/other.png", 2, 100);
  pack_dataset(load_folder(folder.path(), {2, 2, 1}), folder / "packed.safetensors");
  CHECK(contains(read_text_file(folder / "packed.safetensors"), "pellucid data 2"));
  CHECK_FALSE(contains(read_text_file(folder / "packed.safetensors"), "whites"));
}

TEST_CASE("folder: what cannot be used is named") {
  const TemporaryFolder folder;
  check_fragments(error_of(folder), {"no images", "found 0 folders and 0 other files"});
  write_grey(folder / "a/x.png", 8, 1);
  check_fragments(error_of(folder), {"found 1 sub-folders", "at least two classes"});
  std::filesystem::create_directories(folder / "b");
  check_fragments(error_of(folder), {"b: empty class", "found no image"});
  write_grey(folder / "b/x.png", 8, 1);
  write_grey(folder / "c,d/x.png", 8, 1);
  check_fragments(error_of(folder), {"unusable class name", "\"c,d\""});
  std::filesystem::remove_all(folder / "c,d");
  write_grey(folder / "Gr\xF6\xDF/x.png", 8, 1);  // Latin-1
  check_fragments(error_of(folder), {"unusable class name", "not UTF-8"});
  std::filesystem::remove_all(folder / "Gr\xF6\xDF");
  CHECK(contains(message_of<UsageError>([&] {
                   load_folder(folder.path(), {8, 8, 2});
                 }),
                 "1 or 3 channels, got 2"));
  for (const char* name : {"a/x.png", "b/x.png"}) write_text_file(folder / name, "GIF89a");
  check_fragments(error_of(folder), {"x.png: not an image that can be read"});  // all of them
}

TEST_CASE("folder: a file that cannot be read is a failure, and the others go on") {
  const TemporaryFolder folder;
  for (const char* name : {"a/x.png", "a/y.png", "b/z.png"}) write_grey(folder / name, 8, 1);
  write_text_file(folder / "a/y.png", "GIF89a");
  const Dataset set = load_folder(folder.path(), {8, 8, 1});
  CHECK(ids_in(set.train) == std::vector<std::string>{"a.x", "b.z"});
  REQUIRE(set.failures.size() == 1);
  CHECK(set.failures[0].id == "a.y");
  CHECK(set.failures[0].file == (folder / "a/y.png").string());
  CHECK(contains(set.failures[0].message, "y.png: not an image that can be read"));
}

TEST_CASE("folder: what systems leave behind is passed over, other strangers are counted") {
  const TemporaryFolder folder;
  for (const char* name : {"a/x.png", "b/z.png", "b/deep/er/y.png"})
    write_grey(folder / name, 8, 1);
  for (const char* name :
       {"a/Thumbs.db", "b/desktop.ini", ".DS_Store", "a/._x.png", "__MACOSX/a/x.png"})
    write_text_file(folder / name, "x");
  CHECK(load_folder(folder.path(), {8, 8, 1}).notes.empty());
  write_text_file(folder / "a/notes.txt", "x");
  write_text_file(folder / "b/table.xlsx", "x");
  std::filesystem::create_directory_symlink(folder.path(), folder / "b/loop");
  std::filesystem::create_symlink(folder / "nowhere.png", folder / "b/nowhere.png");
  const Dataset set = load_folder(folder.path(), {8, 8, 1});
  CHECK(ids_in(set.train) == std::vector<std::string>{"a.x", "b.deep.er.y", "b.z"});
  REQUIRE(set.notes.size() == 1);
  check_fragments(set.notes[0], {"4 files are no images and left out (the first: ", "notes.txt"});
}

TEST_CASE("folder: ids keep letters of every script, and differ") {
  const TemporaryFolder folder;
  const std::string longest = "b/" + std::string(200, 'm') + ".png";
  for (const std::string& name :
       {std::string("正常/img0.png"), std::string("異常/img0.png"),
        std::string("異常/снимок 1.png"), std::string("異常/снимок_1.png"),
        std::string("異常/صورة.png"), std::string("異常/😀.png"), longest})
    write_grey(folder / name, 8, 1);
  const Dataset set = load_folder(folder.path(), {8, 8, 1});
  const std::vector<std::string> ids = ids_in(set.train);
  REQUIRE(ids.size() == 7);
  for (const char* id :
       {"正常.img0", "異常.img0", "異常.снимок_1", "異常.снимок_1_2", "異常.صورة", "異常.😀"})
    CHECK(std::count(ids.begin(), ids.end(), id) == 1);
  CHECK(ids[0].size() == 100);
  CHECK(ids[0].starts_with("b.mmm"));
}

TEST_CASE("folder: divided by its folders, with the classes of all three") {
  const TemporaryFolder folder;
  for (const char* name :
       {"Train/a/x.png", "Train/b/x.png", "val/a/x.png", "test/a/x.png", "test/c/x.png"})
    write_grey(folder / name, 8, 1);
  const Dataset set = load_folder(folder.path(), {8, 8, 1});
  CHECK(set.class_names == std::vector<std::string>{"a", "b", "c"});
  CHECK(ids_in(set.train) == std::vector<std::string>{"Train.a.x", "Train.b.x"});
  CHECK(ids_in(set.valid) == std::vector<std::string>{"val.a.x"});
  CHECK(ids_in(set.test) == std::vector<std::string>{"test.a.x", "test.c.x"});
  CHECK(set.test[1].label == 2);
  CHECK(set.split == "folders");
  CHECK(divide(set, {}).train.size() == 2);  // it stays divided so
  write_grey(folder / "valid/a/x.png", 8, 1);
  check_fragments(error_of(folder), {"two folders for the subset valid"});
}

TEST_CASE("folder: pictures without classes are all to be tested") {
  const TemporaryFolder folder;
  for (const char* name : {"x.png", "y.png"}) write_grey(folder / name, 8, 1);
  write_text_file(folder / "Info.txt", "somebody's own");
  const Dataset set = load_folder(folder.path(), {8, 8, 1});
  CHECK(set.class_names.empty());
  CHECK(ids_in(set.test) == std::vector<std::string>{"x", "y"});
  CHECK(set.test[0].label == kNoLabel);
  CHECK(ids_in(load_folder(folder.path().string() + "/", {8, 8, 1}).test) == ids_in(set.test));
  CHECK(divide(set, {}).test.size() == 2);
  CHECK(contains(message_of<UsageError>([&] { divide(set, {.split = "1/1/1"}); }),
                 "are not divided"));
}

TEST_CASE(
    "folder: for a model, pictures of its size are taken as they are, others as its recipe says") {
  const TemporaryFolder folder;
  write_grey(folder / "fits.png", 8, 1);
  write_grey(folder / "other.png", 16, 2);
  PictureOptions options{8, 8, 1};
  options.recipe = R"({"resize":[8,8],"interpolation":"bilinear","scale":"1/255"})";
  const Dataset set = load_pictures(list_folder(folder.path()), options);
  CHECK(set.test[0].prepared.empty());
  CHECK(set.test[1].prepared == std::vector<std::string>{"resized to 8 x 8"});
  REQUIRE(set.notes.size() == 1);
  CHECK(contains(set.notes[0],
                 "1 images are prepared as the model's were in training (the first, other: "));
  options.recipe = "null";
  const Dataset none = load_pictures(list_folder(folder.path()), options);
  REQUIRE(none.failures.size() == 1);
  CHECK(contains(none.failures[0].message, "wrong size (found 16 x 16; expected 8 x 8"));
}

TEST_CASE("folder: with a model's recipe films are prepared as in its training, and said how") {
  const TemporaryFolder folder;
  write_text_file(folder / "benign/film.pgm", film_pgm(kMiasFilmSide, kMiasFilmSide, 255));
  write_grey(folder / "benign/prepared.png", kMiasSide, 90);
  PictureOptions options{kMiasSide, kMiasSide, 3};
  options.recipe = mias_dataset({}).preprocessing;
  const Dataset set = load_pictures(list_folder(folder.path(), 1), options);
  CHECK(set.channels == 3);
  CHECK_FALSE(set.colour);
  REQUIRE(set.train.size() == 2);
  const FilmPlanes planes =
      prepare_film(read_image(folder / "benign/film.pgm"), MiasProtocol::paper);
  CHECK(Image(kMiasSide, kMiasSide, 1, set.train[0].pixels) ==
        Image(cut(planes, middle_crop(planes))));
  CHECK(set.train[1].pixels == std::vector<std::uint8_t>(std::size_t{kMiasSide} * kMiasSide, 90));
  REQUIRE(set.notes.size() == 1);
  check_fragments(set.notes[0],
                  {"1 images are prepared as the model's were in training (the first, benign.film: "
                   "resized to 224 x 224, all but",
                   "in the middle, for want of a circle"});
  CHECK(set.preprocessing == options.recipe);
}

TEST_CASE("folder: a set that memory is not to hold is the same") {
  const TemporaryFolder folder;
  for (const char* name : {"a/x.png", "a/y.png", "b/z.png"}) write_grey(folder / name, 8, name[2]);
  PictureOptions options{8, 8, 1};
  const Dataset in_memory = load_pictures(list_folder(folder.path()), options);
  options.most_in_memory = 100;
  const Dataset in_file = load_pictures(list_folder(folder.path()), options);
  CHECK_FALSE(in_memory.train[0].pixels.in_file());
  CHECK(in_file.train[0].pixels.in_file());
  CHECK(content_hash(in_file) == content_hash(in_memory));
  CHECK(divide(in_file, {.split = "1/0/1"}).test[0].pixels ==
        divide(in_memory, {.split = "1/0/1"}).test[0].pixels);
}

TEST_CASE("folder: known before a picture is read, of which only those asked for are") {
  const TemporaryFolder folder;
  for (const char* name : {"train/a/x.png", "train/a/x.bmp.png", "train/b/y.png", "test/a/x.png"})
    write_grey(folder / name, 8, static_cast<std::uint8_t>(std::string(name).size()));
  write_grey(folder / "train/b/x y.png", 8, 70);
  write_grey(folder / "train/b/x_y.png", 8, 71);  // whose id is the same
  const PictureList list = list_folder(folder.path());
  const PictureOptions options{8, 8, 1};
  const Dataset all = load_pictures(list, options), listed = listed_samples(list, options);
  CHECK(ids_in(listed.train) == ids_in(all.train));
  CHECK(ids_in(listed.test) == ids_in(all.test));
  CHECK(ids_in(all.train).back() == "train.b.y");
  CHECK(listed.split == all.split);
  CHECK(listed.preprocessing == all.preprocessing);
  for (std::size_t i = 0; i < all.train.size(); ++i)
    CHECK(listed.train[i].label == all.train[i].label);
  CHECK_FALSE(depends_on_others(listed, {}));

  write_text_file(folder / "train/b/x y.png", "no picture");
  const Dataset second =
      load_pictures(list, options, std::set<std::string>{"train.b.x_y_2", "test.a.x"});
  REQUIRE(ids_in(second.train) == std::vector<std::string>{"train.b.x_y_2"});
  CHECK(second.train[0].pixels[0] == 71);
  CHECK(ids_in(second.test) == std::vector<std::string>{"test.a.x"});
  CHECK(second.failures.empty());
  const Dataset none = load_pictures(list, options, std::set<std::string>{"train.b.x_y"});
  CHECK(none.train.empty());
  CHECK(none.failures.size() == 1);
}
