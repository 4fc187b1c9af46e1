#include "nn/data/mias/mias.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <span>

#include "nn/data/codec/image_file.h"
#include "nn/data/md5.h"
#include "nn/data/mias/preprocess.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/parallel.h"

namespace pellucid {
namespace {

std::string id_of(int image_index) {
  const int number = image_index + 1;
  return concat("mdb", number / 100, number / 10 % 10, number % 10);
}

std::filesystem::path film_path(const std::filesystem::path& folder, const std::string& id) {
  std::filesystem::path path = find_image(folder, id);
  if (path.empty())
    fail((folder / id).string(), ": missing (found no ", id, " as ", image_extensions(),
         "; expected the ", kMiasImages, " images of mini-MIAS)");
  return path;
}

// record: labels and lesion are known.
void prepare(MiasRecord& record, const std::filesystem::path& folder, const MiasOptions& options,
             std::size_t index) {
  const std::filesystem::path path = film_path(folder, record.id);
  Image film = read_image(path, &record.notes);
  record.content = content_hash(film);
  film = with_planes(std::move(film), 1, &record.notes);
  record.width = film.width;
  record.height = film.height;
  record.white = film.pixels.white();
  try {
    const FilmPlanes planes = prepare_film(std::move(film), options.protocol);
    record.otsu = planes.otsu;
    record.resized = digest(planes.resized);
    record.noise_free = digest(planes.noise_free);
    record.enhanced = digest(planes.enhanced);
    if (record.label == 0)
      record.crop = normal_crop(planes, {options.seed, kMiasWindowStream + index});
    else if (record.lesion) record.crop = lesion_crop(planes, *record.lesion);
    if (!record.crop) return;
    record.roi = cut(planes, *record.crop);
    const Box seen = record.lesion ? circle_box(planes, *record.lesion) : *record.crop;
    record.kept = brightest(planes.enhanced, seen) >= kMiasBlackLevel;
    if (record.lesion)
      record.circle = circle_in_crop(*record.lesion, *record.crop, planes.enhanced.width);
  } catch (const Error& error) {
    fail(path.string(), ": ", error.what());
  }
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

// "12 films … (the first: mdb001)" for those that are `odd`; "" if none is.
template <class Odd>
std::string said_of(const std::vector<MiasRecord>& records, const Odd& odd, const char* what,
                    const char* assumed) {
  const auto first = std::find_if(records.begin(), records.end(), odd);
  if (first == records.end()) return "";
  return concat(std::count_if(first, records.end(), odd), " of ", records.size(), " films are not ",
                what, " (the first: ", first->id, "): ", assumed);
}

std::vector<std::string> notes_of(const std::vector<MiasRecord>& records) {
  std::vector<std::string> notes = {
      said_of(
          records,
          [](const MiasRecord& r) { return r.width != kMiasFilmSide || r.height != kMiasFilmSide; },
          "of 1024 x 1024 pixels",
          "each is taken for a whole film, and Info.txt for pixels of 1024 x 1024"),
      said_of(
          records, [](const MiasRecord& r) { return r.white != kWhite8; }, "of 8 bits",
          "they are reduced to 8 bits, as CLAHE takes them")};
  std::erase(notes, "");
  std::vector<ImageNotes> of_files;
  for (const MiasRecord& record : records) of_files.push_back(record.notes);
  const ImageNotes all = counted(of_files);
  notes.insert(notes.end(), all.begin(), all.end());
  return notes;
}

}  // namespace

PlaneDigest digest(const GreyImage& plane) {
  return {std::accumulate(plane.pixels.begin(), plane.pixels.end(), std::uint64_t{0}),
          md5_hex(std::as_bytes(std::span(plane.pixels)))};
}

std::vector<MiasRecord> load_mias(const std::filesystem::path& folder, const MiasOptions& options) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error))
    fail(folder.string(), ": not a folder (found ",
         std::filesystem::exists(folder, error) ? "a file" : "nothing",
         "; expected the folder of the mini-MIAS images)");
  std::vector<MiasRecord> records = read_labels(folder / "Info.txt");
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < records.size(); ++i)
    if (!options.only || options.only->contains(records[i].id)) wanted.push_back(i);
  parallel_for(wanted.size(),
               [&](std::size_t k) { prepare(records[wanted[k]], folder, options, wanted[k]); });
  std::vector<MiasRecord> out;
  for (const std::size_t i : wanted) out.push_back(std::move(records[i]));
  return out;
}

Dataset list_mias(const std::filesystem::path& folder, const MiasOptions& options) {
  std::vector<MiasRecord> records = read_labels(folder / "Info.txt");
  for (MiasRecord& record : records) record.kept = record.label == 0 || record.lesion;
  Dataset dataset = mias_dataset(records, options);
  dataset.notes.clear();  // of films
  return dataset;
}

Dataset mias_dataset(const std::vector<MiasRecord>& records, const MiasOptions& options) {
  Dataset dataset;
  dataset.height = dataset.width = kMiasSide;
  dataset.channels = 3;
  dataset.class_names = {"normal", "benign", "malignant"};
  for (const MiasRecord& record : records) {
    if (!record.kept) continue;
    Sample sample;
    sample.id = record.id;
    sample.label = record.label;
    sample.group = concat("woman", record.woman);
    sample.pixels = record.roi.pixels;
    sample.annotation = record.circle;
    sample.content = record.content;
    dataset.train.push_back(std::move(sample));
  }
  dataset.notes = notes_of(records);
  dataset.source = kMiasSource;
  dataset.protocol = to_string(options.protocol);
  const std::string noise_removal = concat(R"("noise_removal":")", kMiasNoiseRemoval,
                                           R"(","clahe":{"clip_limit":2.0,"tiles":[8,8]},)");
  dataset.preprocessing =
      options.protocol == MiasProtocol::paper
          ? concat(R"({"resize":[224,224],)", noise_removal, R"("crop":")", kMiasPaperCrop,
                   R"(","enlarge":[224,224],)", R"("interpolation":"bilinear","scale":"1/255"})")
          : concat("{", noise_removal,
                   R"("window":[256,256],"centre":"annotation, or a random place in )",
                   R"(the breast, drawn by the square of the breast's share","seed":)",
                   options.seed,
                   R"(,"resize":[224,224],"interpolation":"bilinear","scale":"1/255"})");
  return dataset;
}

}  // namespace pellucid
