// A folder of mini-MIAS with films of other sizes, depths and formats.
#include "nn/data/division.h"
#include "nn/data/preparation.h"
#include "nn/data/source/load.h"
#include "tests/nn/data/mias/films.h"
#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE("MIAS folder: films of any size, depth and format are prepared as the recipe says") {
  const TemporaryFolder folder;
  write_films(folder.path());
  // mdb006 in colour.
  const std::string grey = film_pgm(48, 40, 255);
  std::vector<std::uint8_t> colour;
  for (std::size_t i = grey.size() - 48 * 40; i < grey.size(); ++i) {
    const auto value = static_cast<std::uint8_t>(grey[i]);
    colour.insert(colour.end(), {value, static_cast<std::uint8_t>(value / 2), value});
  }
  std::filesystem::remove(folder / "mdb006.pgm");
  write_png(folder / "mdb006.png", 48, 40, 3, colour);
  const Dataset set = mias_dataset(load_mias(folder.path()));
  REQUIRE(set.train.size() == kMiasImages);
  const Preparation preparation(parse_json(set.preprocessing, "test"), "the recipe");
  for (std::size_t i = 0; i < 6; ++i) {
    const Sample& sample = set.train[i];
    CAPTURE(sample.id);
    std::optional<Circle> circle;
    if (i == 1) circle = circle_of_mdb002();
    PictureUnderway picture(with_planes(read_image(find_image(folder.path(), sample.id)), 1),
                            circle);
    preparation.run(picture);
    CHECK(picture.image.pixels == sample.pixels);
    CHECK(picture.annotation == sample.annotation);
  }
  CHECK(set.notes ==
        std::vector<std::string>{
            "320 of 322 films are not of 1024 x 1024 pixels (the first: mdb001): each is taken for "
            "a whole film, and Info.txt for pixels of 1024 x 1024",
            "3 of 322 films are not of 8 bits (the first: mdb002): they are reduced to 8 bits, as "
            "CLAHE takes them",
            "1 image: colour made grey (BT.601 luma)"});
  // Of several formats the first by name.
  write_text_file(folder / "mdb001.bmp", "BM");
  CHECK(find_image(folder.path(), "mdb001") == folder / "mdb001.bmp");
}

TEST_CASE("MIAS folder: known before a film is read, of which only those asked for are") {
  const TemporaryFolder folder;
  write_films(folder.path());
  const Dataset all = mias_dataset(load_mias(folder.path())), listed = list_mias(folder.path());
  CHECK(listed.notes.empty());
  CHECK(listed.preprocessing == all.preprocessing);
  REQUIRE(listed.train.size() == all.train.size());
  for (std::size_t i = 0; i < listed.train.size(); ++i) {
    CHECK(listed.train[i].id == all.train[i].id);
    CHECK(listed.train[i].label == all.train[i].label);
    CHECK(listed.train[i].group == all.train[i].group);
    CHECK(listed.train[i].pixels.empty());
  }
  // What is not asked for may be missing; a place in a normal breast is drawn by the film's number.
  std::filesystem::remove(folder / "mdb001.png");
  for (const MiasProtocol protocol : {MiasProtocol::paper, MiasProtocol::fixed_scale}) {
    const MiasOptions options{protocol, 3};
    MiasOptions few = options;
    few.only = {"mdb004", "mdb002"};
    const Dataset two = mias_dataset(load_mias(folder.path(), few), few);
    REQUIRE(two.train.size() == 2);
    CHECK(two.train[0].id == "mdb002");
    CHECK(two.train[1].id == "mdb004");
    write_films(folder.path());
    const Dataset whole = mias_dataset(load_mias(folder.path(), options), options);
    CHECK(two.train[0].pixels == whole.train[1].pixels);
    CHECK(two.train[1].pixels == whole.train[3].pixels);
    CHECK(content_hash(two, two.train[1]) == content_hash(whole, whole.train[3]));
  }
  CHECK_FALSE(depends_on_others(listed, {}));
  CHECK_FALSE(depends_on_others(listed, {"paper", 0, 0, 0}));
  CHECK(depends_on_others(listed, {"woman", 0, 0, 0}));
  CHECK(depends_on_others(listed, {"70/15/15", 0, 0, 0}));
  CHECK(depends_on_others(listed, {"", 5, 1, 0}));
}
