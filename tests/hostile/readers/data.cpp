#include "nn/data/codec/image_file.h"
#include "nn/data/ids.h"
#include "nn/data/mias/mias_info.h"
#include "nn/data/source/packed.h"
#include "nn/data/split.h"
#include "runtime/file.h"
#include "runtime/formats/csv.h"
#include "runtime/formats/text.h"
#include "tests/hostile/readers/readers.h"
#include "tests/hostile/saved_files.h"

namespace pellucid::test {

void load_image(const Path& path) {
  ImageNotes notes;
  const Image image = read_image(path, &notes);
  expect(with_planes(with_planes(image, 3), 1).planes == 1, "the planes are wrong");
  if (image.pixels.white() != kWhite8) {
    expect(eight_bit(image.pixels).size() == unit_values(image.pixels).size(), "pixels were lost");
    return;
  }
  const std::vector<std::byte> png =
      encode_png(image.width, image.height, image.planes, image.pixels.bytes());
  expect(decode_image(png, "again") == image, "the picture is not what was written");
}

void load_mias_info(const Path& path) { parse_mias_info(read_text_file(path), path.string()); }

void load_split(const Path& path) {
  read_split(path, std::vector<LabelledId>{{"a", 0}, {"b", 1}, {"c", 0}, {"d", 1}},
             {"normal", "benign"});
  for (const CsvTable::Row& row : parse_csv(read_text_file(path), path.string()).rows)
    expect(parse_csv(csv_line(row.fields) + csv_line(row.fields), "again").rows[0].fields ==
               row.fields,
           "a row is not what was written");
}

namespace {

Dataset small_dataset() {
  Dataset dataset;
  dataset.height = 1;
  dataset.width = dataset.channels = 2;
  dataset.channels = 1;
  dataset.class_names = {"normal", "benign"};
  dataset.train = {{"x", 0, "w", {1, 2}, {}, {}}, {"y", 1, "w", {3, 4}, Circle{1, 0, 1}, {0, 255}}};
  dataset.test = {{"z", 1, "", {5, 6}, {}, {}}};
  dataset.source = dataset.protocol = "phantom";
  dataset.preprocessing = "{}";
  return dataset;
}

std::string packed(const Dataset& dataset) {
  return written_by([&](const auto& path) { pack_dataset(dataset, path); });
}

}  // namespace

std::string saved_packed() { return packed(small_dataset()); }

std::string saved_deep_packed() {
  Dataset dataset = small_dataset();
  dataset.train[1].pixels = {Pixels::Words{4, 1000}, 1000};
  return packed(dataset);
}

void load_packed(const Path& path) {
  const Dataset dataset = unpack_dataset(path);
  for (const std::string_view name : kSubsetNames)
    for (const Sample& sample : subset(dataset, name)) {
      const std::string id = id_of(sample.id);
      expect(is_utf8(id) && id_of(id) == id, "an id that is none");
    }
  pack_dataset(dataset, kNowhere);
}

}  // namespace pellucid::test
