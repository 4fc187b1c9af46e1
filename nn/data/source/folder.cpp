#include "nn/data/source/folder.h"

#include <algorithm>
#include <array>
#include <set>

#include "nn/data/codec/image_file.h"
#include "nn/data/source/found_files.h"
#include "nn/data/source/load.h"
#include "nn/data/source/picture_table.h"
#include "runtime/error.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;

// The sub-folders of a folder that no operating system left there.
std::vector<fs::path> folders_in(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> folders;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code none;
    if (!is_system_name(entry->path().filename().string()) && fs::is_directory(entry->path(), none))
      folders.push_back(entry->path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

bool is_divided(const std::vector<fs::path>& folders) {
  return folders.size() >= 2 &&
         std::all_of(folders.begin(), folders.end(), [](const fs::path& path) {
           return !subset_named(path.filename().string()).empty() && !folders_in(path).empty();
         });
}

// "dog.img1" of ROOT/dog/img1.png.
std::string name_of(const fs::path& root, const fs::path& file) {
  std::string name = file.lexically_relative(root).replace_extension().generic_string();
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

class Lister {
 public:
  explicit Lister(const fs::path& root) : root_(root) {}

  // The classes of a folder, each a sub-folder. subset: where they are of one.
  void classes_of(const fs::path& folder, std::string_view subset) {
    for (const fs::path& class_folder : folders_in(folder)) {
      const std::string name = class_folder.filename().string();
      check_class_name(class_folder.string(), name);
      const FoundFiles found = find_files(class_folder);
      require(!found.images.empty(), class_folder.string(),
              ": empty class (found no image; expected ", image_extensions(), " files)");
      names_.insert(name);
      add(found, name, subset);
    }
  }
  void pictures_of(const FoundFiles& found) { add(found, "", ""); }

  PictureList list(const char* split) && {
    list_.class_names.assign(names_.begin(), names_.end());
    list_.split = split;
    list_.notes = notes_of_others(others_);
    return std::move(list_);
  }

 private:
  void add(const FoundFiles& found, const std::string& class_name, std::string_view subset) {
    for (const fs::path& file : found.images)
      list_.pictures.push_back({.file = file,
                                .name = name_of(root_, file),
                                .class_name = class_name,
                                .subset = std::string(subset)});
    others_.insert(others_.end(), found.others.begin(), found.others.end());
  }

  fs::path root_;
  PictureList list_;
  std::set<std::string> names_;
  std::vector<fs::path> others_;
};

Recognition recognise(const std::string& data) {
  std::error_code none;
  if (fs::is_directory(data, none)) return Recognition::perhaps;
  return is_table_name(data) && fs::is_regular_file(data, none) ? Recognition::by_name
                                                                : Recognition::no;
}

PictureList pictures_named(const DatasetOptions& options) {
  const std::size_t least = classes_needed(options.pictures);
  return is_table_name(options.data) && !fs::is_directory(options.data)
             ? list_table(options.data, least)
             : list_folder(options.data, least);
}

Dataset of_this_source(Dataset dataset) {
  dataset.source = dataset.protocol = folder_source.name;
  return dataset;
}

Dataset load(const DatasetOptions& options) {
  return of_this_source(load_pictures(pictures_named(options), options.pictures, options.only));
}

Dataset list(const DatasetOptions& options) {
  return of_this_source(listed_samples(pictures_named(options), options.pictures));
}

}  // namespace

const DataSource folder_source{.name = "folder",
                               .description = "a folder of images or a table of them",
                               .recognise = recognise,
                               .load = load,
                               .list = list,
                               .training = {.fits_model = true},
                               .size_options = "--size and --channels"};

PictureList list_folder(const fs::path& named, std::size_t least) {
  // "DIR/" is DIR: the paths of its files are compared with it.
  const fs::path folder = named.has_filename() ? named : named.parent_path();
  const std::vector<fs::path> folders = folders_in(folder);
  Lister lister(folder);
  if (is_divided(folders)) {
    std::set<std::string_view> there;
    for (const fs::path& each : folders) {
      const std::string_view subset = subset_named(each.filename().string());
      require(there.insert(subset).second, folder.string(), ": two folders for the subset ", subset,
              " (found ", in_quotes(each.filename().string()), " too; expected one)");
      lister.classes_of(each, subset);
    }
    return std::move(lister).list("folders");
  }
  const FoundFiles all = find_files(folder);
  require(
      !all.images.empty(), folder.string(), ": no images (found ", folders.size(), " folders and ",
      all.others.size(), " other files; expected ", image_extensions(),
      " files, in a folder for each class, or train, valid and test with such folders in each)");
  const auto directly = [&](const fs::path& file) { return file.parent_path() == folder; };
  if (std::all_of(all.images.begin(), all.images.end(), directly)) {
    lister.pictures_of(all);
    return std::move(lister).list("");
  }
  lister.classes_of(folder, "");
  PictureList list = std::move(lister).list("");
  require(list.class_names.size() >= least, folder.string(), ": too few classes (found ",
          list.class_names.size(),
          " sub-folders; expected one with images for each of at least two classes)");
  if (const auto beside = std::count_if(all.images.begin(), all.images.end(), directly); beside > 0)
    list.notes.push_back(concat(beside, " images beside the classes' folders are left out"));
  return list;
}

PictureList list_pictures(const fs::path& folder) {
  Lister lister(folder);
  lister.pictures_of(find_files(folder));
  return std::move(lister).list("");
}

}  // namespace pellucid
