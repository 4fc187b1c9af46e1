// tiff_codec.cpp: TIFF through libtiff, in memory: a page in grey, RGB, CMYK or a palette, of 8 or 16 bits
// (grey and palettes also of 1, 2 and 4), in strips or tiles, with the compressions that libtiff has.
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "nn/data/codec/blend.h"
#include "nn/data/codec/image_codec.h"
#include "nn/data/codec/image_file.h"
#include "nn/data/codec/orientation.h"
#include "nn/data/codec/tiff_file.h"
#include "runtime/error.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

// What the directory of a page says.
struct Page {
  std::uint32_t width = 0, height = 0;
  std::uint16_t bits = 1, samples = 1, photometric = 0, planar = PLANARCONFIG_CONTIG;
  std::uint16_t compression = COMPRESSION_NONE, format = SAMPLEFORMAT_UINT, orientation = 1;
  std::uint16_t extras = 0, extra = EXTRASAMPLE_UNSPECIFIED;  // how many, and what the first is

  std::uint16_t colours() const { return static_cast<std::uint16_t>(samples - extras); }
  int white() const { return (1 << bits) - 1; }
};

Page page_of(TIFF* tiff, const std::string& name) {
  Page page;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &page.width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &page.height);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &page.bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &page.samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &page.planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &page.compression);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &page.format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &page.orientation);
  const std::uint16_t* extras = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &page.extras, &extras);
  if (page.extras > 0) page.extra = extras[0];
  require(TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &page.photometric) == 1, name,
          ": corrupt TIFF (found no photometric interpretation; expected one)");
  return page;
}

std::string photometric_name(std::uint16_t photometric) {
  switch (photometric) {
    case PHOTOMETRIC_MASK:
      return "a transparency mask";
    case PHOTOMETRIC_YCBCR:
      return "YCbCr without JPEG";
    case PHOTOMETRIC_CIELAB:
      return "CIE L*a*b*";
    case PHOTOMETRIC_LOGL:
    case PHOTOMETRIC_LOGLUV:
      return "LogLuv";
    default:
      return concat("photometric interpretation ", photometric);
  }
}

// Samples that colours take; 0 of one that is not read.
std::uint16_t colours_of(std::uint16_t photometric) {
  switch (photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_PALETTE:
      return 1;
    case PHOTOMETRIC_RGB:
      return 3;
    case PHOTOMETRIC_SEPARATED:
      return 4;
    default:
      return 0;
  }
}

// Refuses by name what is not read, and gives a page that does not say so its other samples.
void check_kind(Page& page, const std::string& name) {
  const auto refuse = [&](const std::string& found) {
    fail(name, ": wrong kind of TIFF (found ", found,
         "; expected grey, RGB, CMYK or a palette of whole "
         "numbers of 8 or 16 bits)");
  };
  const std::uint16_t colours = colours_of(page.photometric);
  if (colours == 0) refuse(photometric_name(page.photometric));
  if (page.format == SAMPLEFORMAT_IEEEFP) refuse(concat(page.bits, "-bit floating point"));
  if (page.format == SAMPLEFORMAT_INT) refuse(concat(page.bits, "-bit signed numbers"));
  if (page.format != SAMPLEFORMAT_UINT && page.format != SAMPLEFORMAT_VOID)
    refuse(concat("sample format ", page.format));
  const bool part = page.bits == 1 || page.bits == 2 || page.bits == 4;
  if (!(page.bits == 8 || page.bits == 16 || (part && page.samples == 1)))
    refuse(concat(page.bits, "-bit samples, ", page.samples, " a pixel"));
  if (page.photometric == PHOTOMETRIC_PALETTE && (page.bits == 16 || page.samples != 1))
    refuse(concat("a palette of ", page.bits, " bits, ", page.samples, " samples a pixel"));
  constexpr std::uint16_t kMostSamples = 8;
  if (page.samples < colours || page.samples > kMostSamples)
    refuse(concat(page.samples, " samples a pixel"));
  if (page.colours() != colours) {
    page.extras = static_cast<std::uint16_t>(page.samples - colours);
    page.extra = EXTRASAMPLE_UNSPECIFIED;
  }
  if (TIFFIsCODECConfigured(page.compression) == 0)
    refuse(concat("compression ", page.compression, ", which libtiff has not"));
}

void check_size(TIFF* tiff, const Page& page, std::size_t file, const std::string& name) {
  if (page.width < 1 || page.height < 1 || page.width > kMaxImageSide ||
      page.height > kMaxImageSide)
    fail(name, ": bad size (found ", page.width, " × ", page.height, "; expected sides of 1 to ",
         kMaxImageSide, ")");
  if (TIFFIsTiled(tiff) != 0) {
    std::uint32_t width = 0, height = 0;
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &height);
    require(width >= 1 && height >= 1 && width <= kMaxImageSide && height <= kMaxImageSide, name,
            ": bad tile size (found ", width, " × ", height, "; expected sides of 1 to ",
            kMaxImageSide, ")");
  }
  // No compression leaves less of a picture that shows anything.
  constexpr std::uint64_t kBestCompression = 16384;
  const std::uint64_t bytes =
      std::max(std::uint64_t{TIFFIsTiled(tiff) != 0 ? TIFFTileSize64(tiff) : 0},
               std::uint64_t{page.width} * page.height * page.samples * page.bits / 8);
  require(bytes <= kBestCompression * file, name, ": truncated (found ", file,
          " bytes; expected more for ", page.width, " × ", page.height, ")");
}

// `count` samples from packed bytes, to every `step`-th place of `out`.
template <class T>
void unpack(const std::uint8_t* row, std::size_t count, unsigned bits, T* out, std::size_t step) {
  if (bits == 8 * sizeof(T)) {
    for (std::size_t i = 0; i < count; ++i)
      std::memcpy(out + i * step, row + i * sizeof(T), sizeof(T));
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t bit = i * bits;
    out[i * step] = static_cast<T>(row[bit / 8] >> (8 - bits - bit % 8) & ((1U << bits) - 1));
  }
}

// (height, width, samples) into `values`; false after an error of libtiff's. Planes that lie apart are
// read one after the other.
template <class T>
bool read_samples(TIFF* tiff, const Page& page, std::vector<T>& values) {
  const bool apart = page.planar == PLANARCONFIG_SEPARATE && page.samples > 1,
             tiled = TIFFIsTiled(tiff) != 0;
  std::uint32_t tile_width = page.width, tile_height = 1;  // a row of a strip is a tile
  if (tiled) {
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &tile_width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &tile_height);
  }
  const auto row_bytes =
      static_cast<std::size_t>(tiled ? TIFFTileRowSize64(tiff) : TIFFScanlineSize64(tiff));
  const std::size_t in_row = apart ? 1 : page.samples;
  if (row_bytes < (tile_width * in_row * page.bits + 7) / 8) return false;
  std::vector<std::uint8_t> tile(std::max(
      row_bytes * tile_height, static_cast<std::size_t>(tiled ? TIFFTileSize64(tiff) : 0)));
  for (std::uint16_t plane = 0; plane < (apart ? page.samples : 1); ++plane)
    for (std::uint32_t y = 0; y < page.height; y += tile_height)
      for (std::uint32_t x = 0; x < page.width; x += tile_width) {
        const tmsize_t read = tiled ? TIFFReadTile(tiff, tile.data(), x, y, 0, plane)
                                    : TIFFReadScanline(tiff, tile.data(), y, plane);
        if (read < 0) return false;
        for (std::uint32_t row = 0; row < std::min(tile_height, page.height - y); ++row)
          unpack(tile.data() + row * row_bytes, std::min(tile_width, page.width - x) * in_row,
                 page.bits,
                 values.data() + (std::size_t{y + row} * page.width + x) * page.samples + plane,
                 apart ? page.samples : 1);
      }
  return true;
}

// Opacity is made use of; what else there is beside the colours is left out.
template <class T>
void drop_extras(const Page& page, std::vector<T>& values, ImageNotes& notes) {
  if (page.extras == 0) return;
  const std::size_t colours = page.colours();
  const bool over = page.extra == EXTRASAMPLE_ASSOCALPHA,
             alpha = over || page.extra == EXTRASAMPLE_UNASSALPHA;
  const std::size_t ignored = page.extras - (alpha ? 1U : 0U);
  if (ignored > 0)
    notes.push_back(concat(ignored, " of ", page.samples, " samples a pixel ignored"));
  keep_first(values, page.samples, colours + (alpha ? 1 : 0));
  if (!alpha) return;
  if (over) {  // the colours have been multiplied by it already
    const auto white = static_cast<T>(page.white());
    bool opaque = true;
    for (std::size_t i = colours; i < values.size(); i += colours + 1)
      opaque = opaque && values[i] == white;
    if (!opaque) notes.emplace_back(kAlphaNote);
    keep_first(values, colours + 1, colours);
  } else if (over_black(values, colours, page.white())) {
    notes.emplace_back(kAlphaNote);
  }
}

// Colours are of 16 bits in a palette, and of 8 in pictures.
Pixels from_palette(TIFF* tiff, const std::vector<std::uint8_t>& places, const std::string& name) {
  std::array<std::uint16_t*, 3> map{};
  require(TIFFGetField(tiff, TIFFTAG_COLORMAP, &map[0], &map[1], &map[2]) == 1, name,
          ": corrupt TIFF (found no palette; expected one)");
  Pixels::Bytes out;
  out.reserve(3 * places.size());
  for (const std::uint8_t place : places)
    for (const std::uint16_t* colours : map)
      out.push_back(static_cast<std::uint8_t>(colours[place] >> 8));
  return out;
}

// T: of one byte, or with 16 bits of two.
template <class T>
Image decode_page(TiffFile& file, const Page& page, const std::string& name, ImageNotes& notes) {
  std::vector<T> values(std::size_t{page.width} * page.height * page.samples);
  file.take_warning();
  const bool read = read_samples(file.get(), page, values);
  // LZW of old writers ends without its mark; any other warning is of damaged pixels.
  const std::string guessed = page.compression == COMPRESSION_LZW ? "" : file.take_warning();
  if (!read || !guessed.empty()) {
    const std::string found = file.error().empty() ? guessed : file.error();
    fail(name, ": corrupt TIFF (found ",
         found.empty() ? "rows that are too short" : printable(found), "; expected a whole TIFF)");
  }
  if (page.photometric == PHOTOMETRIC_MINISWHITE) {
    for (std::size_t i = 0; i < values.size(); i += page.samples)
      values[i] = static_cast<T>(page.white() - values[i]);
    notes.emplace_back("min-is-white inverted");
  }
  drop_extras(page, values, notes);
  if (page.photometric == PHOTOMETRIC_SEPARATED) {
    inks_to_rgb(values, page.white());
    notes.emplace_back("CMYK made RGB");
  }
  const auto width = static_cast<int>(page.width), height = static_cast<int>(page.height);
  if constexpr (sizeof(T) == 1)
    if (page.photometric == PHOTOMETRIC_PALETTE)
      return {width, height, 3, from_palette(file.get(), values, name)};
  return {width, height, page.colours() == 1 ? 1 : 3, Pixels(std::move(values), page.white())};
}

void choose_page(TIFF* tiff, int frame, const std::string& name, ImageNotes& notes) {
  const int pages = static_cast<int>(TIFFNumberOfDirectories(tiff));
  require(frame >= 0 && frame < pages, name, ": no such frame (found ", frame,
          " asked for; expected 0 to ", pages - 1, ")");
  require(frame == 0 || TIFFSetDirectory(tiff, static_cast<tdir_t>(frame)) == 1, name,
          ": corrupt TIFF (found frame ", frame, " damaged; expected a whole TIFF)");
  if (pages > 1)
    notes.push_back(frame == 0 ? concat("the first of ", pages, " pages")
                               : concat("page ", frame + 1, " of ", pages));
}

Image decode_tiff(std::span<const std::byte> bytes, const std::string& name,
                  const DecodeOptions& options, ImageNotes& notes) {
  TiffFile file(bytes, name);
  TIFF* tiff = file.get();
  choose_page(tiff, options.frame, name, notes);
  Page page = page_of(tiff, name);
  if (page.photometric == PHOTOMETRIC_YCBCR && page.compression == COMPRESSION_JPEG) {
    TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    page.photometric = PHOTOMETRIC_RGB;
  }
  check_kind(page, name);
  check_size(tiff, page, bytes.size(), name);
  if (const std::string warning = file.take_warning(); !warning.empty())
    notes.push_back("libtiff: " + printable(warning));
  Image image = page.bits == 16 ? decode_page<std::uint16_t>(file, page, name, notes)
                                : decode_page<std::uint8_t>(file, page, name, notes);
  std::uint32_t size = 0;
  void* profile = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_ICCPROFILE, &size, &profile) == 1)
    notes.emplace_back(kProfileNote);
  return upright(std::move(image), page.orientation, notes);
}

bool is_tiff(std::string_view text) {
  using namespace std::string_view_literals;
  // Of classic and of big TIFF, of either byte order.
  for (const std::string_view signature : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv})
    if (text.starts_with(signature)) return true;
  return false;
}

}  // namespace

extern const ImageCodec tiff_codec;
const ImageCodec tiff_codec{.name = "TIFF",
                            .extensions = {".tif", ".tiff"},
                            .recognises = is_tiff,
                            .decode = decode_tiff,
                            .has_frames = true};

}  // namespace pellucid
