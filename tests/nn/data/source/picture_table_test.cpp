#include "nn/data/codec/image_file.h"
#include "nn/data/source/load.h"
#include "runtime/file.h"
#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

void write_picture(const std::filesystem::path& path, std::uint8_t level) {
  write_png(path, 16, 8, 1, std::vector<std::uint8_t>(16 * 8, level));
}

struct Table {
  TemporaryFolder folder;

  Dataset load(const std::string& text) const {
    write_text_file(folder / "table.csv", text);
    DatasetOptions options;
    options.data = (folder / "table.csv").string();
    options.pictures = {8, 8, 1};
    return load_dataset(options);
  }
  std::string error(const std::string& text) const {
    return message_of([&] { load(text); });
  }
};

}  // namespace

TEST_CASE("table: paths, labels, splits and groups, columns in any order, quotes") {
  const Table table;
  for (const char* name : {"one.png", "sub/two.png", "sub/three, or so.png", "four.png"})
    write_picture(table.folder / name, 7);
  const Dataset set = table.load(
      "group,label,path,split,remark\nann,no,one.png,train,x\nann,yes,sub/two.png,val,\n"
      "eve,yes,\"sub/three, or so.png\",test,\neve,no,four.png,,\n");
  CHECK(set.source == "folder");
  CHECK(set.class_names == std::vector<std::string>{"no", "yes"});
  REQUIRE(set.train.size() == 1);
  REQUIRE(set.valid.size() == 1);
  REQUIRE(set.test.size() == 1);
  CHECK(set.train[0].id == "one");
  CHECK(set.train[0].group == "ann");
  CHECK(set.valid[0].id == "sub.two");
  CHECK(set.test[0].id == "sub.three__or_so");
  CHECK(set.test[0].label == 1);
  CHECK(set.split == "table.csv");
  REQUIRE(set.notes.size() == 1);
  CHECK(set.notes[0] == "1 rows without a split are left out");
}

TEST_CASE("table: circles, boxes and masks follow the pictures' size") {
  const Table table;
  for (const char* name : {"a.png", "b.png", "c.png"}) write_picture(table.folder / name, 7);
  std::vector<std::uint8_t> mask(16 * 8, 0);
  for (int y = 0; y < 4; ++y)
    mask[static_cast<std::size_t>(16 * y + 15)] = mask[static_cast<std::size_t>(16 * y + 14)] = 1;
  write_png(table.folder / "mask.png", 16, 8, 1, mask);
  const Dataset set =
      table.load("path,circle,box,mask\na.png,8 4 2,,\nb.png,,\"4, 0, 8, 8\",\nc.png,,,mask.png\n");
  REQUIRE(set.test.size() == 3);
  CHECK(set.class_names.empty());
  REQUIRE(set.test[0].annotation);
  CHECK(set.test[0].annotation->x == 4);  // 16 columns have become 8
  CHECK(set.test[0].annotation->y == 4);
  CHECK(set.test[0].lesion_mask.empty());
  const auto at = [&](std::size_t i, int y, int x) {
    return set.test[i].lesion_mask[static_cast<std::size_t>(8 * y + x)];
  };
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 8; ++x) {
      CHECK(at(1, y, x) == (x == 2 || x == 3 ? 255 : 0));
      CHECK(at(2, y, x) == (x == 7 && y < 4 ? 255 : 0));
    }
}

TEST_CASE("table: what cannot be used is named with its line") {
  const Table table;
  write_picture(table.folder / "a.png", 7);
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"name,label\na.png,x\n", "table.csv:1: wrong header"},
      {"path,label\na.png,x\na.png,\n", "table.csv:3: no class"},
      {"path,label\na.png,x\na.png,Gr\xF6\xDF\n", "table.csv:3: unusable class name"},
      {"path,label\na.png,x\na.png,\"y,z\"\n", "table.csv:3: unusable class name"},
      {"path,label\na.png,x\n", "too few classes (found 1"},
      {"path,label\n,x\n", "table.csv:2: no image"},
      {"path\n", "no images (found 0 rows"},
      {"path,split\na.png,exam\n", "table.csv:2: unknown split (found \"exam\""},
      {"path,circle\na.png,1 2\n", "table.csv:2: wrong circle (found \"1 2\"; expected 3 numbers"},
      {"path,circle\na.png,1 2 x\n", "wrong circle"},
      {"path,box\na.png,5 0 5 4\n", "empty box"},
      {"path,mask\na.png,none.png\n", "none.png: missing"},
      {"path\nnone.png\n", "none.png: missing"}};
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    CHECK(contains(table.error(text), message));
  }
  write_png(table.folder / "small.png", 2, 2, 1, std::vector<std::uint8_t>(4, 1));
  CHECK(contains(table.error("path,mask\na.png,small.png\n"),
                 "wrong size of a mask (found 2 x 2; expected 16 x 8"));
}
