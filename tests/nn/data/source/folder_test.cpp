#include "nn/data/source/folder.h"

#include "nn/data/codec/image_file.h"
#include "nn/data/division.h"
#include "nn/data/source/packed.h"
#include "runtime/file.h"
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

std::string error_of(const TemporaryFolder& folder, const FolderOptions& options = {8, 8, 1}) {
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
  CHECK(is_class_folder(folder.path()));
  const Dataset set = load_folder(folder.path(), {8, 8, 1});
  CHECK(set.class_names == std::vector<std::string>{"cat", "dog"});
  CHECK(set.source == "folder");
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
  // 5 pixels to 2: blocks of 2 and 3.
  write_png(folder / "five.png", 5, 1, 1, std::vector<std::uint8_t>{10, 20, 60, 70, 80});
  CHECK(read_picture(folder / "five.png", {1, 2, 1}) == std::vector<std::uint8_t>{15, 70});
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
  CHECK_FALSE(is_class_folder(folder.path()));
  CHECK_FALSE(is_class_folder(folder / "none"));
  write_grey(folder / "a/x.png", 8, 1);
  check_fragments(error_of(folder), {"found 1 sub-folders", "at least two classes"});
  std::filesystem::create_directories(folder / "b");
  check_fragments(error_of(folder), {"b: empty class", "found no image"});
  write_text_file(folder / "b/photo.jpg", "JFIF");
  check_fragments(error_of(folder),
                  {"photo.jpg: not an image that can be read (found", "\".jpg\""});
  std::filesystem::remove(folder / "b/photo.jpg");
  write_grey(folder / "b/x y.png", 8, 1);
  write_grey(folder / "b/x_y.png", 8, 1);
  check_fragments(error_of(folder), {"x_y.png: duplicate id (found b.x_y of ", "x y.png"});
  std::filesystem::remove(folder / "b/x_y.png");
  write_text_file(folder / "b/z.png", "GIF89a");
  check_fragments(error_of(folder), {"z.png: not an image that can be read"});
  CHECK_FALSE(contains(error_of(folder), "--channels"));
  std::filesystem::remove(folder / "b/z.png");
  write_grey(folder / "c,d/x.png", 8, 1);
  check_fragments(error_of(folder), {"unusable class name", "\"c,d\""});
  CHECK(contains(message_of<UsageError>([&] {
                   load_folder(folder.path(), {8, 8, 2});
                 }),
                 "1 or 3 channels, got 2"));
}
