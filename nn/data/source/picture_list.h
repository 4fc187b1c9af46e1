// picture_list.h: the image files of a user, in whatever layout they were found, and the set that they become.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "nn/data/codec/image_file.h"
#include "nn/data/dataset.h"
#include "nn/data/preparation.h"

namespace pellucid {

// How a user's image files become pictures of a set.
struct PictureOptions {
  int height = 224, width = 224;
  int channels = 1;     // of the network: 1, or 3
  bool colour = false;  // RGB pictures; else grey ones, which 3 channels repeat
  // The preparation (nn/data/preparation.h) as JSON, of a model that takes pictures of height × width, which are
  // taken as prepared. Empty: each is resized to that, whatever its proportions.
  std::string recipe = {};
  // Names of files and groups, which often are a patient's, stay out of the set: ids are made of the pictures'
  // content (anonymous_id), groups are numbered, failures name no file.
  bool anonymous = false;
  // Sets of more bytes, were all of 8 bits, lie in a file while they are used (nn/data/pixel_file.h).
  std::size_t most_in_memory = std::size_t{256} << 20;
};

// Two are needed to train; a model that exists may be asked about pictures of one.
inline std::size_t classes_needed(const PictureOptions& options) {
  return options.recipe.empty() ? 2 : 1;
}

struct ListedPicture {
  std::filesystem::path file;
  std::string name;         // its id is made of it (nn/data/ids.h)
  std::string class_name;   // one of PictureList::class_names; of a list without classes empty
  std::string subset = {};  // "train", "valid" or "test"; of a list that is not divided empty
  std::string group = {};   // Sample::group
  std::optional<Circle> circle = {};  // around the lesion, in pixels of the file
  std::optional<Box> box = {};        // the same
  std::filesystem::path mask =
      {};  // an image file of the same sides, not black in the lesion; or empty
};

struct PictureList {
  std::vector<ListedPicture> pictures;
  std::vector<std::string> class_names;  // empty: the classes are not known
  std::string split;                     // Dataset::split
  std::vector<std::string> notes;        // Dataset::notes
};

// Makes pictures of files, in any program in one way. Its functions may run at the same time.
class PictureLoader {
 public:
  // Throws UsageError for channels other than 1 and 3, Error for a recipe that is none.
  explicit PictureLoader(const PictureOptions& options);

  const std::string& recipe() const { return recipe_; }
  // Without id and label. What was assumed is added to `notes`. Throws Error naming the file, unless that is to be
  // anonymous, if it cannot be used.
  Sample load(const ListedPicture& listed, ImageNotes& notes,
              const DecodeOptions& decoding = {}) const;

 private:
  Sample loaded(const ListedPicture& listed, ImageNotes& notes,
                const DecodeOptions& decoding) const;
  bool fits(const Image& image) const;
  void prepare(PictureUnderway& picture, const std::string& file) const;

  PictureOptions options_;
  std::string recipe_;
  Preparation preparation_;
};

// Reads and prepares the files, each at its own depth, on every hardware thread; the result does not depend on
// their number. A file that cannot be used is one of the set's failures and the others go on. Pictures without
// classes are all in `test`, since nothing can be learnt of them. only: the ids of those to read, where not all are.
// Throws Error, the first file's, if none of all can be used; UsageError for channels other than 1 and 3.
Dataset load_pictures(const PictureList& list, const PictureOptions& options,
                      const std::optional<std::set<std::string>>& only = {});

// The samples that they become if all can be used, before any is read: without pixels and contents, and with no
// notes. Of a set whose ids are not to be anonymous, since those are made of the contents.
Dataset listed_samples(const PictureList& list, const PictureOptions& options);

// "train" of "Training", "valid" of "val", "validation" and "dev", "test" of "testing"; "" of anything else.
std::string_view subset_named(const std::string& name);

// Throws Error "PLACE: …" for a class name that tables and options could not hold: with a comma, a quote or a
// control character, or not in UTF-8.
void check_class_name(const std::string& place, const std::string& name);

}  // namespace pellucid
