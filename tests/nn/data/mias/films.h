// films.h: a folder as that of mini-MIAS, with films of other sizes, depths and formats.
#pragma once

#include <cmath>
#include <filesystem>
#include <span>
#include <string>

#include "nn/data/codec/image_file.h"
#include "nn/data/mias/mias.h"
#include "runtime/error.h"
#include "runtime/file.h"

namespace pellucid::test {

// A bright, textured disc on dark ground, as binary PGM.
inline std::string film_pgm(int width, int height, int white) {
  std::string text = concat("P5 ", width, " ", height, " ", white, "\n");
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double dx = (2.0 * x - width) / width, dy = (2.0 * y - height) / height;
      const int value = dx * dx + dy * dy < 0.5 ? white / 2 + (7 * x + 3 * y) % (white / 4) : 5;
      if (white > 255) text += static_cast<char>(value >> 8);
      text += static_cast<char>(value & 0xFF);
    }
  return text;
}

// Info.txt and 322 films, small ones but for the first five: a PNG of 700 × 500 (mdb001), a PGM of that
// size and 16 bits with a lesion (mdb002), films of 1024 × 1024 with 12 bits (mdb003) and 8 (mdb004), one
// of 300 × 300 with the white 100 (mdb005).
inline void write_films(const std::filesystem::path& folder) {
  std::string info = "mdb001 G NORM\nmdb002 G CIRC B 530 490 61\n";
  const std::string small = film_pgm(48, 40, 255);
  for (int number = 1; number <= kMiasImages; ++number) {
    const std::string id = concat("mdb", number / 100, number / 10 % 10, number % 10);
    if (number > 2) info += id + " G NORM\n";
    if (number > 5) write_text_file(folder / (id + ".pgm"), small);
  }
  write_text_file(folder / "Info.txt", info);
  const std::string grey = film_pgm(700, 500, 255);
  write_png(folder / "mdb001.png", 700, 500, 1,
            std::span(reinterpret_cast<const std::uint8_t*>(grey.data()) + grey.size() - 700 * 500,
                      700 * 500));
  write_text_file(folder / "mdb002.pgm", film_pgm(700, 500, 65535));
  write_text_file(folder / "mdb003.pgm", film_pgm(kMiasFilmSide, kMiasFilmSide, 4095));
  write_text_file(folder / "mdb004.pgm", film_pgm(kMiasFilmSide, kMiasFilmSide, 255));
  write_text_file(folder / "mdb005.pgm", film_pgm(300, 300, 100));
}

// The lesion of mdb002 in pixels of its file, as --circle takes it.
inline Circle circle_of_mdb002() {
  return {530 * 700 / 1024.0, (1024 - 490) * 500 / 1024.0,
          61 / std::sqrt(1024 / 700.0 * 1024 / 500.0)};
}

}  // namespace pellucid::test
