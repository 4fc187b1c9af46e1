// A folder of mini-MIAS with films of other sizes, depths and formats.
#include "nn/data/preparation.h"
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
