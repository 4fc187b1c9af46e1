#include "nn/data/source/folder.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "nn/data/codec/image_file.h"
#include "nn/data/preparation.h"
#include "nn/data/resize.h"
#include "nn/data/source/load.h"
#include "runtime/error.h"
#include "runtime/formats/json.h"
#include "runtime/formats/text.h"
#include "runtime/parallel.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRecipe = "preprocessing";  // in errors

bool hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

// What is in a folder, in alphabetical order, without hidden entries.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error))
    if (!hidden(entry.path())) entries.push_back(entry.path());
  if (error)
    fail(folder.string(), ": cannot be read (found ", error.message(), "; expected a folder)");
  std::sort(entries.begin(), entries.end());
  return entries;
}

std::string id_of(const std::string& class_name, const fs::path& file) {
  std::string id = class_name + "." + file.stem().string();
  for (char& c : id) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' ||
                       c == '+' || c == '-';
    if (!plain) c = '_';
  }
  return id;
}

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

void check_class_name(const fs::path& path, const std::string& name) {
  for (const unsigned char c : name)
    if (c < 0x20 || c == 0x7F || c == ',' || c == '"')
      fail(path.string(), ": unusable class name (found ", in_quotes(name),
           "; expected one without commas, quotes and control characters)");
}

struct Found {
  fs::path file;
  Sample sample;  // without pixels
};

std::vector<Found> find_images(const fs::path& folder, std::vector<std::string>& class_names) {
  std::vector<Found> found;
  std::map<std::string, fs::path> known;
  for (const fs::path& class_folder : entries_of(folder)) {
    if (!fs::is_directory(class_folder)) continue;
    const std::string name = class_folder.filename().string();
    check_class_name(class_folder, name);
    const std::size_t before = found.size();
    for (const fs::path& file : entries_of(class_folder)) {
      if (!has_image_extension(file))
        fail(file.string(), ": not an image that can be read (found ",
             in_quotes(lower_case(file.extension().string())), "; expected ", image_extensions(),
             ": convert it, or take it out)");
      Sample sample;
      sample.id = id_of(name, file);
      sample.label = static_cast<int>(class_names.size());
      const auto [other, is_new] = known.emplace(sample.id, file);
      if (!is_new)
        fail(file.string(), ": duplicate id (found ", sample.id, " of ", other->second.string(),
             " too; expected names that differ in letters and digits)");
      found.push_back({file, std::move(sample)});
    }
    require(found.size() > before, class_folder.string(),
            ": empty class (found no image; expected ", image_extensions(), " files)");
    class_names.push_back(name);
  }
  require(class_names.size() >= 2, folder.string(), ": too few classes (found ", class_names.size(),
          " sub-folders; expected one with images for each of at least two classes)");
  return found;
}

// The recipe: one JSON object on one line.
std::string recipe_of(const FolderOptions& options) {
  return concat(R"({"resize":[)", options.height, ",", options.width, R"(],"interpolation":")",
                kMeansThenBilinear, R"(","colour":)", options.channels == 3 ? "true" : "false",
                R"(,"scale":"1/255"})");
}

Pixels prepared(const fs::path& file, const FolderOptions& options, const Preparation& preparation,
                ImageNotes& notes) {
  PictureUnderway picture(with_planes(read_image(file, &notes), options.channels, &notes),
                          std::nullopt);
  preparation.run(picture);
  return std::move(picture.image.pixels);
}

}  // namespace

bool is_class_folder(const fs::path& folder) {
  std::error_code none;
  if (!fs::is_directory(folder, none) || fs::exists(folder / "Info.txt", none)) return false;
  for (const fs::path& entry : entries_of(folder))
    if (fs::is_directory(entry, none)) return true;
  return false;
}

Pixels read_picture(const fs::path& file, const FolderOptions& options) {
  ImageNotes unread;
  return prepared(file, options, Preparation(parse_json(recipe_of(options), kRecipe), kRecipe),
                  unread);
}

namespace {

Recognition recognise(const std::string& data) {
  return is_class_folder(data) ? Recognition::by_contents : Recognition::no;
}

Dataset load(const DatasetOptions& options) { return load_folder(options.data, options.folder); }

}  // namespace

const DataSource folder_source{.name = "folder",
                               .description = "a folder with a sub-folder a class",
                               .recognise = recognise,
                               .load = load,
                               .training = {.fits_model = true},
                               .size_options = "--size and --channels"};

Dataset load_folder(const fs::path& folder, const FolderOptions& options) {
  if (options.channels != 1 && options.channels != 3)
    throw UsageError(concat("images have 1 or 3 channels, got ", options.channels));
  Dataset dataset;
  std::vector<Found> found = find_images(folder, dataset.class_names);
  dataset.preprocessing = recipe_of(options);
  const Preparation preparation(parse_json(dataset.preprocessing, kRecipe), kRecipe);
  std::vector<ImageNotes> notes(found.size());
  parallel_for(found.size(), [&](std::size_t i) {
    found[i].sample.pixels = prepared(found[i].file, options, preparation, notes[i]);
  });
  dataset.notes = counted(notes);
  for (Found& each : found) dataset.train.push_back(std::move(each.sample));
  dataset.height = options.height;
  dataset.width = options.width;
  dataset.channels = options.channels;
  dataset.colour = options.channels == 3;
  dataset.source = dataset.protocol = folder_source.name;
  return dataset;
}

}  // namespace pellucid
