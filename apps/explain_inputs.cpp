#include "apps/explain_inputs.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>

#include "apps/command_line.h"
#include "apps/data_source.h"
#include "nn/data/codec/image_file.h"
#include "nn/data/md5.h"
#include "nn/data/preparation.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/values.h"

namespace pellucid {
namespace {

// An id becomes part of file names: no separators, no hidden files.
void check_id(const std::string& id) {
  const bool plain = std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '_' || c == '+' || c == '-';
  });
  require(plain && !id.empty() && id[0] != '.' && id.size() <= kMaxIdLength, "id '", id,
          "' cannot name a file: letters, digits and . _ + - only, at most ", kMaxIdLength);
}

std::optional<Circle> parse_circle(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const std::vector<std::string> parts = split_list(text, "--circle");
  if (parts.size() != 3) throw UsageError(concat("--circle expects x,y,r, got '", text, "'"));
  return Circle{parse_real(parts[0], "--circle", 0, 16384),
                parse_real(parts[1], "--circle", 0, 16384),
                parse_real(parts[2], "--circle", 0.5, 16384)};
}

std::string size_text(const PictureUnderway& picture) {
  return concat(picture.image.width, " x ", picture.image.height);
}

// As the model's pictures were in training, but for one of the model's size, which is prepared.
LoadedImage load_file(const std::string& file, const std::optional<Circle>& circle,
                      const ActivationShape& input, const Json& recipe, bool colour) {
  ImageNotes notes;
  Image image = read_image(file, &notes);
  const std::string content = content_hash(image);
  PictureUnderway picture(with_planes(std::move(image), colour ? 3 : 1, &notes), circle);
  const auto fits = [&] {
    return picture.image.width == input.w && picture.image.height == input.h;
  };
  LoadedImage out;
  if (!fits()) {
    const std::string size = size_text(picture);
    const Preparation preparation(recipe, "the model's preprocessing");
    try {
      preparation.run(picture);
    } catch (const Error& error) {
      fail(file, ": ", error.what());
    }
    require(fits(), file, ": wrong size (found ", size_text(picture), "; expected ", input.w, " x ",
            input.h, ", as the model's preparation resizes nothing)");
    notes.push_back(concat("images of ", size, " are prepared as the model's were in training: ",
                           joined(picture.done)));
  }
  for (const std::string& note : notes) out.note += (out.note.empty() ? "note: " : "; ") + note;
  out.sample.pixels = std::move(picture.image.pixels);
  out.sample.annotation = picture.annotation;
  out.sample.content = content;
  return out;
}

}  // namespace

void ExplainInput::hash() {
  // What is no regular file, such as a pipe, can be read once only.
  if (std::filesystem::is_regular_file(file)) md5 = md5_hex(read_file(file));
}

std::vector<ExplainInput> inputs_of_subset(const Dataset& dataset, const std::string& subset_name,
                                           const std::string& ids, int most) {
  const std::vector<ChosenSample> chosen = choose_subset(dataset, subset_name);
  std::set<std::string> wanted;
  if (!ids.empty())
    for (const std::string& id : split_list(ids, "--ids")) wanted.insert(id);
  std::set<std::string> missing = wanted;
  std::vector<std::string> known;
  std::vector<ExplainInput> inputs;
  for (const ChosenSample& each : chosen) {
    const Sample& sample = *each.sample;
    known.push_back(sample.id);
    if (!wanted.empty() && !wanted.contains(sample.id)) continue;
    missing.erase(sample.id);
    if (most != 0 && inputs.size() == static_cast<std::size_t>(most)) continue;
    check_id(sample.id);
    ExplainInput& input = inputs.emplace_back();
    input.id = sample.id;
    input.origin = dataset.source + " " + std::string(each.subset);
    input.group = sample.group;
    input.truth = sample.label;
    input.load = [&sample] { return LoadedImage{sample, ""}; };
  }
  if (!missing.empty())
    fail("--ids: no image '", *missing.begin(), "' in subset ", subset_name,
         did_you_mean(*missing.begin(), known));
  return inputs;
}

std::vector<ExplainInput> inputs_of_files(const std::vector<std::string>& files,
                                          const std::string& circle_text,
                                          const Checkpoint& checkpoint) {
  const std::optional<Circle> circle = parse_circle(circle_text);
  if (circle && files.size() > 1)
    throw UsageError("--circle belongs to one --image, not to several");
  std::set<std::string> ids;
  std::vector<ExplainInput> inputs;
  for (const std::string& file : files) {
    const std::string id = std::filesystem::path(file).stem().string();
    check_id(id);
    if (!ids.insert(id).second)
      throw UsageError(concat("two images named '", id, "' would write the same files"));
    ExplainInput& input = inputs.emplace_back();
    input.id = id;
    input.origin = file;
    input.file = file;
    input.load = [file, circle, shape = checkpoint.model.input(),
                  recipe = part_at(checkpoint.info.preprocessing, "steps"),
                  colour = takes_colour(checkpoint)] {
      return load_file(file, circle, shape, recipe, colour);
    };
  }
  return inputs;
}

}  // namespace pellucid
