#include "nn/data/preparation.h"

#include <algorithm>
#include <cmath>

#include "nn/data/codec/image_file.h"
#include "nn/data/mias/mias.h"
#include "nn/data/phantom/phantom.h"
#include "nn/data/resize.h"
#include "nn/data/source/folder.h"
#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

Preparation preparation_of(const std::string& recipe) {
  return {parse_json(recipe, "test"), "the recipe"};
}

PictureUnderway prepared(const std::string& recipe, Image image,
                         const std::optional<Circle>& circle = std::nullopt) {
  PictureUnderway picture(std::move(image), circle);
  preparation_of(recipe).run(picture);
  return picture;
}

std::string error_of(const std::string& recipe) {
  return message_of([&] { preparation_of(recipe); });
}

std::string mias_recipe(MiasProtocol protocol) {
  return mias_dataset({}, {protocol, 7}).preprocessing;
}

// A bright disc with some texture on dark ground, as a breast on a film.
GreyImage film(int width, int height) {
  GreyImage image = random_image(width, height, 3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double dx = (2.0 * x - width) / width, dy = (2.0 * y - height) / height;
      image.at(y, x) =
          static_cast<std::uint8_t>(dx * dx + dy * dy < 0.5 ? 100 + image.at(y, x) / 4 : 5);
    }
  return image;
}

// The same of 16 bits, or with another white; the last bits differ from pixel to pixel.
Image deep_film(int width, int height, int white = 65535) {
  const GreyImage grey = film(width, height);
  Pixels::Words words;
  for (std::size_t i = 0; i < grey.pixels.size(); ++i)
    words.push_back(static_cast<std::uint16_t>(grey.pixels[i] * (white / 256) + i % 3));
  return {width, height, 1, {words, white}};
}

constexpr std::string_view kFolderRecipe =
    R"({"resize":[32,48],"interpolation":"means of whole pixels, then bilinear","scale":"1/255"})";

}  // namespace

TEST_CASE("preparation: a file of a folder, alone, gives the bytes that it gives in the set") {
  const TemporaryFolder folder;
  const GreyImage wide = random_image(700, 500, 1), tall = random_image(33, 90, 2);
  write_png(folder / "a/wide.png", wide.width, wide.height, 1, wide.pixels);
  write_png(folder / "b/tall.png", tall.width, tall.height, 1, tall.pixels);
  std::vector<std::uint8_t> rgb;
  for (int c = 0; c < 3; ++c) rgb.insert(rgb.end(), wide.pixels.begin(), wide.pixels.end());
  write_png(folder / "b/rgb.png", wide.width, wide.height, 3, rgb);
  for (const int channels : {1, 3}) {
    if (channels == 1) std::filesystem::rename(folder / "b/rgb.png", folder / "rgb.png");
    else std::filesystem::rename(folder / "rgb.png", folder / "b/rgb.png");
    const Dataset set =
        load_pictures(list_folder(folder.path()), {64, 40, channels, channels == 3});
    for (const Sample& sample : set.train) {
      CAPTURE(sample.id);
      std::string file = sample.id + ".png";
      file[1] = '/';
      const PictureUnderway picture =
          prepared(set.preprocessing, with_planes(read_image(folder / file), set.planes()));
      CHECK(picture.image.pixels == sample.pixels);
      CHECK(picture.done == std::vector<std::string>{"resized to 40 x 64"});
    }
  }
}

TEST_CASE("preparation: a circle keeps to what it surrounds") {
  const PictureUnderway picture =
      prepared(std::string(kFolderRecipe), random_image(96, 128, 1), Circle{48, 32, 10});
  REQUIRE(picture.annotation);
  CHECK(*picture.annotation == Circle{24, 8, 10 * std::sqrt(0.5 * 0.25)});
  CHECK(picture.image.width == 48);
  CHECK(picture.image.height == 32);
}

TEST_CASE("preparation: a film by both protocols, as the set is prepared") {
  const GreyImage whole = film(kMiasFilmSide, kMiasFilmSide);
  const MiasLesion lesion{530, 490, 61};
  const Circle circle{530, kMiasFilmSide - 490, 61};
  for (const MiasProtocol protocol : {MiasProtocol::paper, MiasProtocol::fixed_scale}) {
    CAPTURE(to_string(protocol));
    const FilmPlanes planes = prepare_film(whole, protocol);
    CHECK(prepared(mias_recipe(protocol), whole).image == Image(cut(planes, middle_crop(planes))));
    const PictureUnderway picture = prepared(mias_recipe(protocol), whole, circle);
    const Box crop = lesion_crop(planes, lesion);
    CHECK(picture.image == Image(cut(planes, crop)));
    CHECK(picture.annotation == circle_in_crop(lesion, crop, planes.enhanced.width));
    check_fragments(message_of([&] {
                      prepared(mias_recipe(protocol), whole, Circle{5, 5, 600});
                    }),
                    {"the circle leaves the film"});
  }
}

TEST_CASE("preparation: a picture of any size is taken for a film") {
  const Circle circle{350, 250, 40};
  for (const MiasProtocol protocol : {MiasProtocol::paper, MiasProtocol::fixed_scale})
    for (const auto& [width, height] : {std::pair{700, 500}, {300, 2000}, {97, 61}}) {
      CAPTURE(width);
      const PictureUnderway picture = prepared(mias_recipe(protocol), film(width, height));
      CHECK(picture.image.width == kMiasSide);
      CHECK(picture.image.height == kMiasSide);
      CHECK_FALSE(picture.done.empty());
      if (width != 700) continue;
      const PictureUnderway around = prepared(mias_recipe(protocol), film(width, height), circle);
      REQUIRE(around.annotation);
      CHECK(around.annotation->x == doctest::Approx(112).epsilon(0.03));
      CHECK(around.annotation->y == doctest::Approx(112).epsilon(0.03));
    }
  CHECK(contains(message_of([&] {
                   prepared(mias_recipe(MiasProtocol::paper), Image(1, 1, 3, {1, 2, 3}));
                 }),
                 "films are grey"));
  CHECK(contains(message_of([&] { prepared(mias_recipe(MiasProtocol::paper), GreyImage(64, 64)); }),
                 "no breast can be told"));
}

TEST_CASE("preparation: a film of any depth, as the set is prepared, which says what was reduced") {
  const Circle circle{350, 250, 40};
  for (const MiasProtocol protocol : {MiasProtocol::paper, MiasProtocol::fixed_scale})
    for (const auto& image : {deep_film(700, 500), deep_film(kMiasFilmSide, kMiasFilmSide, 4095)}) {
      CAPTURE(to_string(protocol));
      CAPTURE(image.width);
      const FilmPlanes planes = prepare_film(image, protocol);
      const PictureUnderway middle = prepared(mias_recipe(protocol), image);
      CHECK(middle.image == Image(cut(planes, middle_crop(planes))));
      CHECK(std::count(middle.done.begin(), middle.done.end(),
                       concat("reduced to 8 bits, as CLAHE takes them, from ",
                              image.pixels.white() + 1, " levels")) == 1);
      if (image.width != 700) continue;
      // 350, 250 and 40 in pixels of the whole film, from its lower left corner.
      const MiasLesion lesion{512, 512, 69};
      CHECK(prepared(mias_recipe(protocol), image, circle).image ==
            Image(cut(planes, lesion_crop(planes, lesion))));
    }
}

TEST_CASE("preparation: a folder's picture keeps its depth through every step") {
  const Image image = deep_film(96, 64, 1000);
  const PictureUnderway picture = prepared(std::string(kFolderRecipe), image);
  CHECK(picture.image.pixels.white() == 1000);
  CHECK(picture.image.pixels.size() == 48 * 32);
  CHECK(picture.image.pixels != resize_bilinear(image, 48, 32).pixels);  // means, by 2 a side
  CHECK(picture.done == std::vector<std::string>{"resized to 48 x 32"});
}

TEST_CASE("preparation: a phantom and a picture of an unknown model stay as they are") {
  const std::string recipe = make_phantom({32, 1, 1, 0, 0, true}, 3).preprocessing;
  const GreyImage image = random_image(20, 30, 4);
  CHECK(prepared(recipe, image).image == Image(image));
  PictureUnderway picture(image, std::nullopt);
  Preparation(Json(), "none").run(picture);
  CHECK(picture.image == Image(image));
  CHECK(picture.done.empty());
}

TEST_CASE("preparation: a recipe that this version cannot follow is refused") {
  check_fragments(error_of("[]"), {"the recipe", "expected an object"});
  check_fragments(error_of(R"({"resize":[8,8],"interpolation":"bilinear","mean":[0.5]})"),
                  {"the recipe: unknown step", "found \"mean\""});
  check_fragments(error_of(R"({"resize":[8,8]})"), {"the recipe", "interpolation"});
  check_fragments(error_of(R"({"resize":[8,8],"interpolation":"lanczos"})"),
                  {"interpolation", "lanczos",
                   "\"exact area means; enlarging bilinear\" or \"means of whole pixels"});
  check_fragments(error_of(R"({"resize":[0,8],"interpolation":"bilinear"})"), {"resize[0]", "0"});
  check_fragments(error_of(R"({"enlarge":[8],"interpolation":"bilinear"})"), {"enlarge"});
  check_fragments(error_of(R"({"scale":"1/127"})"), {"scale", "1/127", "\"1/255\""});
  check_fragments(error_of(R"({"noise_removal":"median"})"), {"noise_removal", "median"});
  check_fragments(error_of(R"({"crop":"all"})"), {"crop", "all", "middle quarter"});
  check_fragments(error_of(R"({"window":[128,128]})"), {"window[0]", "128"});
  check_fragments(error_of(R"({"clahe":{"clip_limit":2,"tiles":[8,4]}})"), {"clahe.tiles[1]", "4"});
  check_fragments(error_of(R"({"clahe":{"clip_limit":2,"tile":[8,8]}})"), {"clahe", "tile"});
  // A crop of what is no film.
  check_fragments(message_of([&] {
                    prepared(R"({"crop":"annotated circle or middle quarter"})", film(64, 64));
                  }),
                  {"224 x 224", "64 x 64"});
}
