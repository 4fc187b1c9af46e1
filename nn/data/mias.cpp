#include "nn/data/mias.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "nn/data/image_file.h"
#include "nn/data/parallel.h"
#include "nn/data/preprocess.h"
#include "nn/data/resize.h"
#include "runtime/error.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

std::string id_of(int image_index) {
  const int number = image_index + 1;
  return concat("mdb", number / 100, number / 10 % 10, number % 10);
}

// The film's .pgm if it is there, else its .png.
std::filesystem::path film_path(const std::filesystem::path& folder, const std::string& id) {
  std::error_code error;
  for (const char* extension : {".pgm", ".png"}) {
    std::filesystem::path path = folder / (id + extension);
    if (std::filesystem::exists(path, error)) return path;
  }
  fail((folder / id).string(), ": missing (found neither ", id, ".pgm nor ", id,
       ".png; expected the ", kMiasImages, " images of mini-MIAS)");
}

GreyImage read_film(const std::filesystem::path& path) {
  GreyImage film = read_image(path);
  if (film.width != kMiasFilmSide || film.height != kMiasFilmSide)
    fail(path.string(), ": wrong size (found ", film.width, " × ", film.height, "; expected ",
         kMiasFilmSide, " × ", kMiasFilmSide, ")");
  return film;
}

std::vector<std::string> mias_class_names() { return {"normal", "benign", "malignant"}; }

std::optional<Box> crop_box(const MiasRecord& record) {
  if (record.label == 0) return centre_box(kMiasSide);
  if (!record.lesion) return std::nullopt;
  return lesion_box(record.lesion->x, record.lesion->y, record.lesion->radius, kMiasFilmSide,
                    kMiasSide);
}

void prepare(MiasRecord& record, const std::filesystem::path& folder) {
  const std::filesystem::path path = film_path(folder, record.id);
  record.resized = resize_bilinear(read_film(path), kMiasSide, kMiasSide);
  try {
    NoiseFree noise_free = remove_noise(record.resized);
    record.noise_free = std::move(noise_free.image);
    record.otsu = noise_free.threshold;
    record.enhanced = enhance(record.noise_free);
    record.crop = crop_box(record);
  } catch (const Error& error) {
    fail(path.string(), ": ", error.what());
  }
  if (!record.crop) return;
  record.roi = resize_bilinear(record.enhanced, *record.crop, kMiasSide, kMiasSide);
  record.kept = brightest(record.enhanced, *record.crop) >= kMiasBlackLevel;
}

// Labels from the first row of each image; the planes are still empty.
std::vector<MiasRecord> read_labels(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    fail(path.string(), ": missing (found no such file; expected the label file of mini-MIAS)");
  std::map<std::string, MiasRow> first_rows;
  for (const MiasRow& row : parse_mias_info(read_text_file(path), path.string()))
    first_rows.emplace(row.id, row);

  std::vector<MiasRecord> records(kMiasImages);
  for (int i = 0; i < kMiasImages; ++i) {
    MiasRecord& record = records[static_cast<std::size_t>(i)];
    record.id = id_of(i);
    record.woman = i / 2;
    const auto row = first_rows.extract(record.id);
    if (row.empty())
      fail(path.string(), ": incomplete (found no row for ", record.id, "; expected rows for ",
           kMiasImages, " images)");
    record.label = row.mapped().severity == 0 ? 0 : row.mapped().severity == 'B' ? 1 : 2;
    record.lesion = row.mapped().lesion;
  }
  if (!first_rows.empty())
    fail(path.string(), ": unknown image (found a row for ", first_rows.begin()->first,
         "; expected mdb001 to ", id_of(kMiasImages - 1), ")");
  return records;
}

}  // namespace

std::vector<MiasRecord> load_mias(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error))
    fail(folder.string(), ": not a folder (found ",
         std::filesystem::exists(folder, error) ? "a file" : "nothing",
         "; expected the folder of the mini-MIAS images)");
  std::vector<MiasRecord> records = read_labels(folder / "Info.txt");
  parallel_for(records.size(), [&](std::size_t i) { prepare(records[i], folder); });
  return records;
}

std::optional<Circle> roi_circle(const MiasRecord& record) {
  if (!record.lesion || !record.crop) return std::nullopt;
  const double scale = static_cast<double>(kMiasSide) / kMiasFilmSide;
  const double enlarge_x = static_cast<double>(kMiasSide) / record.crop->width();
  const double enlarge_y = static_cast<double>(kMiasSide) / record.crop->height();
  return Circle{(record.lesion->x * scale - record.crop->x0) * enlarge_x,
                (kMiasSide - record.lesion->y * scale - record.crop->y0) * enlarge_y,
                record.lesion->radius * scale * std::sqrt(enlarge_x * enlarge_y)};
}

Split mias_split(const std::vector<MiasRecord>& records, const std::string& option) {
  if (option == "paper") return paper_split();
  std::vector<LabelledId> known;
  for (const MiasRecord& record : records)
    if (record.kept) known.push_back({record.id, record.label});
  return read_split(option, known, mias_class_names());
}

Dataset mias_dataset(const std::vector<MiasRecord>& records, const Split& split,
                     const std::string& split_name) {
  std::unordered_map<std::string, const MiasRecord*> kept;
  for (const MiasRecord& record : records)
    if (record.kept) kept.emplace(record.id, &record);
  const auto samples_of = [&](const std::vector<std::string>& ids) {
    std::vector<Sample> samples;
    for (const std::string& id : ids) {
      const auto found = kept.find(id);
      require(found != kept.end(), "split ", split_name, ": ", id,
              " cannot be used (found no crop or a black one; expected one of ", kept.size(),
              " kept images)");
      const MiasRecord& record = *found->second;
      samples.push_back({record.id, record.label, record.roi.pixels, roi_circle(record), {}});
    }
    return samples;
  };

  Dataset dataset;
  dataset.height = dataset.width = kMiasSide;
  dataset.channels = 3;
  dataset.class_names = mias_class_names();
  dataset.train = samples_of(split.train);
  dataset.valid = samples_of(split.valid);
  dataset.test = samples_of(split.test);
  dataset.source = "mini-MIAS";
  dataset.protocol = "paper";
  dataset.split = split_name;
  dataset.preprocessing =
      R"({"resize":[224,224],"noise_removal":"otsu, ellipse 5, largest component, ellipse 55",)"
      R"("clahe":{"clip_limit":2.0,"tiles":[8,8]},"crop":"annotated circle or middle quarter",)"
      R"("enlarge":[224,224],"interpolation":"bilinear","scale":"1/255"})";
  return dataset;
}

}  // namespace pellucid
