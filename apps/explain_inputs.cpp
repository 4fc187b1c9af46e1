#include "apps/explain_inputs.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "apps/command_line.h"
#include "apps/data_source.h"
#include "nn/data/ids.h"
#include "nn/data/md5.h"
#include "nn/data/source/picture_list.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/values.h"

namespace pellucid {
namespace {

std::optional<Circle> parse_circle(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const std::vector<std::string> parts = split_list(text, "--circle");
  if (parts.size() != 3) throw UsageError(concat("--circle expects x,y,r, got '", text, "'"));
  return Circle{parse_real(parts[0], "--circle", 0, 16384),
                parse_real(parts[1], "--circle", 0, 16384),
                parse_real(parts[2], "--circle", 0.5, 16384)};
}

LoadedImage load_file(const std::string& file, const std::optional<Circle>& circle,
                      const PictureLoader& loader, int frame) {
  ImageNotes notes;
  LoadedImage out{loader.load({.file = file, .name = file, .class_name = "", .circle = circle},
                              notes, {.frame = frame}),
                  ""};
  if (!out.sample.prepared.empty())
    notes.push_back("prepared as the model's were in training: " + joined(out.sample.prepared));
  for (const std::string& note : notes) out.note += (out.note.empty() ? "note: " : "; ") + note;
  return out;
}

// An id of what the file shows; it is read once more later.
std::string anonymous_name(const std::string& file) {
  try {
    return anonymous_id(content_hash(read_image(file)));
  } catch (const Error&) {
    return "unreadable";
  }
}

// `most` of the samples, of each class as many as of the others as far as it has them: the first of each, then
// the second of each. In their order.
std::vector<ChosenSample> taken_evenly(const std::vector<ChosenSample>& samples, std::size_t most) {
  std::map<int, std::size_t> of_class;
  std::vector<std::pair<std::size_t, std::size_t>>
      turns;  // which of its class it is, and its place
  for (std::size_t i = 0; i < samples.size(); ++i)
    turns.emplace_back(of_class[samples[i].sample->label]++, i);
  std::sort(turns.begin(), turns.end());
  turns.resize(std::min(most, turns.size()));
  std::sort(turns.begin(), turns.end(),
            [](const auto& a, const auto& b) { return a.second < b.second; });
  std::vector<ChosenSample> out;
  for (const auto& [turn, place] : turns) out.push_back(samples[place]);
  return out;
}

}  // namespace

void ExplainInput::hash() {
  // What is no regular file, such as a pipe, can be read once only.
  if (std::filesystem::is_regular_file(file)) md5 = md5_hex(read_file(file));
}

std::size_t pictured_images(const std::string& pictures, std::size_t images) {
  if (pictures == "all") return images;
  if (pictures == "none") return 0;
  return std::min(images,
                  static_cast<std::size_t>(parse_whole(pictures, "--pictures", 0, 1000000)));
}

void set_pictured(std::vector<ExplainInput>& inputs, const std::string& pictures) {
  const std::size_t count = pictured_images(pictures, inputs.size());
  for (std::size_t i = count; i < inputs.size(); ++i) inputs[i].pictured = false;
}

std::vector<ExplainInput> inputs_of_subset(const Dataset& dataset, const std::string& subset_name,
                                           const std::string& ids, int most) {
  std::vector<ChosenSample> chosen = choose_subset(dataset, subset_name);
  if (!ids.empty()) {
    std::set<std::string> wanted, known;
    for (const std::string& id : split_list(ids, "--ids")) wanted.insert(id);
    for (const ChosenSample& each : chosen) known.insert(each.sample->id);
    for (const std::string& id : wanted)
      if (!known.contains(id))
        fail("--ids: no image '", id, "' in subset ", subset_name,
             did_you_mean(id, std::vector(known.begin(), known.end())));
    std::erase_if(chosen,
                  [&](const ChosenSample& each) { return !wanted.contains(each.sample->id); });
  }
  if (most != 0) chosen = taken_evenly(chosen, static_cast<std::size_t>(most));
  UniqueIds names;  // a packed set may be from anywhere
  std::vector<ExplainInput> inputs;
  for (const ChosenSample& each : chosen) {
    const Sample& sample = *each.sample;
    ExplainInput& input = inputs.emplace_back();
    input.id = names.of(sample.id);
    input.origin = dataset.source + " " + std::string(each.subset);
    input.group = sample.group;
    if (sample.label != kNoLabel) input.truth = sample.label;
    input.load = [&sample] {
      LoadedImage image{sample, ""};
      if (sample.pixels.in_file()) image.sample.pixels = sample.pixels.in_memory();
      return image;
    };
  }
  return inputs;
}

std::vector<ExplainInput> inputs_of_files(const std::vector<std::string>& files,
                                          const std::string& circle_text,
                                          const Checkpoint& checkpoint, int frame,
                                          bool anonymous_ids) {
  const std::optional<Circle> circle = parse_circle(circle_text);
  if (circle && files.size() > 1)
    throw UsageError("--circle belongs to one --image, not to several");
  const auto loader = std::make_shared<PictureLoader>(pictures_for(checkpoint, anonymous_ids));
  UniqueIds ids;
  std::vector<ExplainInput> inputs;
  for (const std::string& file : files) {
    ExplainInput& input = inputs.emplace_back();
    const std::string name = std::filesystem::path(file).stem().string();
    input.id = ids.of(anonymous_ids ? anonymous_name(file) : name);
    input.origin = anonymous_ids ? "a file" : file;
    input.file = file;
    input.load = [file, circle, loader, frame] { return load_file(file, circle, *loader, frame); };
  }
  return inputs;
}

}  // namespace pellucid
