#include "nn/data/source/picture_list.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "nn/data/division.h"
#include "nn/data/ids.h"
#include "nn/data/pixel_file.h"
#include "nn/data/preparation.h"
#include "nn/data/resize.h"
#include "runtime/error.h"
#include "runtime/formats/json.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/text.h"
#include "runtime/parallel.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPicturesRecipe = "preprocessing";  // in errors

// The recipe of pictures that are only resized: one JSON object on one line.
std::string resizing(const PictureOptions& options) {
  return concat(R"({"resize":[)", options.height, ",", options.width, R"(],"interpolation":")",
                kAreaThenBilinear, R"(","colour":)", options.colour ? "true" : "false",
                R"(,"scale":"1/255"})");
}

// 255 inside a box, 0 outside.
Image mask_of(const Box& box, int width, int height) {
  GreyImage mask(width, height);
  for (int y = std::max(box.y0, 0); y < std::min(box.y1, height); ++y)
    for (int x = std::max(box.x0, 0); x < std::min(box.x1, width); ++x) mask.at(y, x) = 255;
  return mask;
}

// 255 wherever a picture is not black.
Image mask_of(const Image& image) {
  GreyImage mask(image.width, image.height);
  const auto planes = static_cast<std::size_t>(image.planes);
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    if (image.pixels[i] != 0) mask.pixels[i / planes] = 255;
  return mask;
}

// What the lesion covers of a picture of width × height, if that is known by more than a circle.
std::optional<Image> lesion_of(const ListedPicture& listed, int width, int height) {
  if (listed.box) return mask_of(*listed.box, width, height);
  if (listed.mask.empty()) return std::nullopt;
  const Image mask = read_image(listed.mask);
  require(mask.width == width && mask.height == height, listed.mask.string(),
          ": wrong size of a mask (found ", mask.width, " x ", mask.height, "; expected ", width,
          " x ", height, ", as ", listed.file.string(), ")");
  return mask_of(mask);
}

// For pictures of more bytes than are to be in memory; else null.
std::shared_ptr<PixelFile> spill_file(std::size_t count, const PictureOptions& options) {
  const std::size_t bytes = count * static_cast<std::size_t>(options.height) *
                            static_cast<std::size_t>(options.width) * (options.colour ? 3 : 1);
  return bytes > options.most_in_memory ? std::make_shared<PixelFile>() : nullptr;
}

// "12 images are prepared as the model's were in training (the first, dog.a: resized to 64 x 64)"
std::vector<std::string> preparation_notes(const Dataset& dataset) {
  std::size_t count = 0;
  const Sample* first = nullptr;
  for (const std::string_view name : kSubsetNames)
    for (const Sample& sample : subset(dataset, name)) {
      if (sample.prepared.empty()) continue;
      if (count++ == 0) first = &sample;
    }
  if (count == 0) return {};
  return {concat(count, " images are prepared as the model's were in training (the first, ",
                 first->id, ": ", joined(first->prepared), ")")};
}

// A picture of a list, with its id.
struct NamedPicture {
  const ListedPicture* listed;
  std::string id;
};

std::vector<NamedPicture> named_pictures(const PictureList& list) {
  UniqueIds ids;
  std::vector<NamedPicture> out;
  for (const ListedPicture& each : list.pictures) out.push_back({&each, ids.of(each.name)});
  return out;
}

// Ids of what the pictures show, and numbers for groups. problems: of those that cannot be used.
void make_anonymous(std::vector<NamedPicture>& named, std::vector<Sample>& samples,
                    const std::vector<std::string>& problems) {
  UniqueIds ids;
  std::map<std::string, std::string> groups;  // by name, as they are called
  for (std::size_t i = 0; i < named.size(); ++i) {
    const bool usable = problems[i].empty();
    named[i].id = ids.of(usable ? anonymous_id(samples[i].content) : "unreadable");
    if (std::string& group = samples[i].group; usable && !group.empty())
      group = groups.emplace(group, concat("group", groups.size() + 1)).first->second;
  }
}

// The set of a list, still without samples.
Dataset frame_of(const PictureList& list, const PictureOptions& options,
                 const std::string& recipe) {
  Dataset dataset;
  dataset.height = options.height;
  dataset.width = options.width;
  dataset.channels = options.channels;
  dataset.colour = options.colour;
  dataset.class_names = list.class_names;
  dataset.preprocessing = recipe;
  dataset.split = list.class_names.empty() ? kUndivided : list.split;
  return dataset;
}

void place(Dataset& dataset, const ListedPicture& listed, Sample sample) {
  const std::vector<std::string>& names = dataset.class_names;
  sample.label = names.empty()
                     ? kNoLabel
                     : static_cast<int>(std::find(names.begin(), names.end(), listed.class_name) -
                                        names.begin());
  const std::string subset = names.empty() ? "test" : listed.subset;
  (subset == "valid"  ? dataset.valid
   : subset == "test" ? dataset.test
                      : dataset.train)
      .push_back(std::move(sample));
}

}  // namespace

PictureLoader::PictureLoader(const PictureOptions& options)
    : options_(options),
      recipe_(options.recipe.empty() ? resizing(options) : options.recipe),
      preparation_(parse_json(recipe_, kPicturesRecipe), kPicturesRecipe) {
  if (options.channels != 1 && options.channels != 3)
    throw UsageError(concat("images have 1 or 3 channels, got ", options.channels));
}

bool PictureLoader::fits(const Image& image) const {
  return image.width == options_.width && image.height == options_.height;
}

void PictureLoader::prepare(PictureUnderway& picture, const std::string& file) const {
  if (!options_.recipe.empty() && fits(picture.image)) return;  // prepared before
  try {
    preparation_.run(picture);
  } catch (const Error& error) {
    fail(file, ": ", error.what());
  }
  require(fits(picture.image), file, ": wrong size (found ", picture.image.width, " x ",
          picture.image.height, "; expected ", options_.width, " x ", options_.height,
          ", as the model's preparation resizes nothing)");
}

Sample PictureLoader::load(const ListedPicture& listed, ImageNotes& notes,
                           const DecodeOptions& decoding) const {
  try {
    return loaded(listed, notes, decoding);
  } catch (const Error& error) {
    if (!options_.anonymous) throw;
    std::string message = error.what();
    for (const std::string& name : {listed.file.string(), listed.mask.string()})
      for (std::size_t at; !name.empty() && (at = message.find(name)) != std::string::npos;)
        message.replace(at, name.size(), "a file");
    fail(message);
  }
}

Sample PictureLoader::loaded(const ListedPicture& listed, ImageNotes& notes,
                             const DecodeOptions& decoding) const {
  Image image = read_image(listed.file, &notes, decoding);
  Sample sample;
  sample.content = content_hash(image);
  sample.group = listed.group;
  const std::optional<Image> lesion = lesion_of(listed, image.width, image.height);
  PictureUnderway picture(with_planes(std::move(image), options_.colour ? 3 : 1, &notes),
                          listed.circle);
  prepare(picture, listed.file.string());
  if (lesion) {
    sample.lesion_mask =
        grey_plane(resize_by_area(*lesion, options_.width, options_.height)).pixels;
    for (std::uint8_t& value : sample.lesion_mask) value = value >= 128 ? 255 : 0;
  }
  if (!options_.recipe.empty()) sample.prepared = std::move(picture.done);
  sample.pixels = std::move(picture.image.pixels);
  sample.annotation = picture.annotation;
  return sample;
}

Dataset load_pictures(const PictureList& list, const PictureOptions& options,
                      const std::optional<std::set<std::string>>& only) {
  const PictureLoader loader(options);
  std::vector<NamedPicture> named = named_pictures(list);
  if (only)
    std::erase_if(named, [&](const NamedPicture& each) { return !only->contains(each.id); });
  const std::size_t count = named.size();
  std::vector<Sample> samples(count);
  std::vector<ImageNotes> notes(count);
  std::vector<std::string> problems(count);
  const std::shared_ptr<PixelFile> file = spill_file(count, options);
  parallel_for(count, [&](std::size_t i) {
    try {
      samples[i] = loader.load(*named[i].listed, notes[i]);
      if (file) samples[i].pixels.move_to(file);
    } catch (const Error& error) {
      problems[i] = error.what();
    }
  });

  if (options.anonymous) make_anonymous(named, samples, problems);
  Dataset dataset = frame_of(list, options, loader.recipe());
  for (std::size_t i = 0; i < count; ++i) {
    const ListedPicture& listed = *named[i].listed;
    if (problems[i].empty()) {
      samples[i].id = std::move(named[i].id);
      place(dataset, listed, std::move(samples[i]));
    } else {
      dataset.failures.push_back({std::move(named[i].id),
                                  options.anonymous ? "" : listed.file.string(),
                                  std::move(problems[i])});
    }
  }
  if (!only && dataset.failures.size() == count && count > 0) fail(dataset.failures[0].message);
  dataset.notes = list.notes;
  if (options.anonymous)  // the first of what they count stands in brackets
    for (std::string& note : dataset.notes) note.erase(std::min(note.find(" ("), note.size()));
  for (std::string& note : counted(notes)) dataset.notes.push_back(std::move(note));
  for (std::string& note : preparation_notes(dataset)) dataset.notes.push_back(std::move(note));
  return dataset;
}

Dataset listed_samples(const PictureList& list, const PictureOptions& options) {
  Dataset dataset = frame_of(list, options, PictureLoader(options).recipe());
  for (NamedPicture& each : named_pictures(list)) {
    Sample sample;
    sample.id = std::move(each.id);
    sample.group = each.listed->group;
    place(dataset, *each.listed, std::move(sample));
  }
  return dataset;
}

std::string_view subset_named(const std::string& name) {
  const std::string lower = lower_case(name);
  if (lower == "train" || lower == "training") return "train";
  if (lower == "valid" || lower == "val" || lower == "validation" || lower == "dev") return "valid";
  if (lower == "test" || lower == "testing") return "test";
  return "";
}

void check_class_name(const std::string& place, const std::string& name) {
  require(is_utf8(name), place, ": unusable class name (found ", in_quotes(name),
          ", which is not UTF-8; expected a name in UTF-8)");
  for (const unsigned char c : name)
    if (c < 0x20 || c == 0x7F || c == ',' || c == '"')
      fail(place, ": unusable class name (found ", in_quotes(name),
           "; expected one without commas, quotes and control characters)");
}

}  // namespace pellucid
