#include "apps/explain_inputs.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "apps/command_line.h"
#include "apps/data_source.h"
#include "nn/data/codec/image_file.h"
#include "nn/data/division.h"
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

std::vector<ChosenSample> choose(const Dataset& dataset, const SubsetChoice& choice) {
  std::vector<ChosenSample> chosen = choose_subset(dataset, choice.subset);
  if (!choice.ids.empty()) {
    std::set<std::string> wanted, known;
    for (const std::string& id : split_list(choice.ids, "--ids")) wanted.insert(id);
    for (const ChosenSample& each : chosen) known.insert(each.sample->id);
    for (const std::string& id : wanted)
      if (!known.contains(id))
        fail("--ids: no image '", id, "' in subset ", choice.subset,
             did_you_mean(id, std::vector(known.begin(), known.end())));
    std::erase_if(chosen,
                  [&](const ChosenSample& each) { return !wanted.contains(each.sample->id); });
  }
  if (choice.most != 0) chosen = taken_evenly(chosen, static_cast<std::size_t>(choice.most));
  return chosen;
}

// Takes the samples out of their subsets.
template <class Visit>
void take_samples(Dataset& dataset, const Visit& visit) {
  for (std::vector<Sample>* samples : {&dataset.train, &dataset.valid, &dataset.test})
    for (Sample& sample : std::exchange(*samples, {})) visit(*samples, std::move(sample));
}

// What `listed` chooses, read: `options` but for `only`.
class ChosenLoader {
 public:
  ChosenLoader(const DataSource& source, DatasetOptions options, Dataset listed)
      : source_(source), options_(std::move(options)), listed_(std::move(listed)) {}

  // named: the listing is a division's, which expects to find what it names.
  Dataset load(const SubsetChoice& choice, bool named) {
    while (read(choice)) {
      std::set<std::string> failed;
      for (const LoadFailure& failure : set_.failures) failed.insert(failure.id);
      take_samples(listed_, [&](std::vector<Sample>& to, Sample sample) {
        const bool lost = tried_.contains(sample.id) && !samples_.contains(sample.id);
        require(!lost || !named || failed.contains(sample.id), "split ", listed_.split,
                ": the data hold no ", sample.id, ", or none that can be used");
        if (!lost) to.push_back(std::move(sample));
      });
      const bool none_left =
          choice.subset == "all"
              ? listed_.train.empty() && listed_.valid.empty() && listed_.test.empty()
              : subset(listed_, choice.subset).empty();
      if (none_left && !set_.failures.empty()) fail(set_.failures.front().message);
    }
    take_samples(listed_, [&](std::vector<Sample>& to, const Sample& sample) {
      const auto found = samples_.find(sample.id);
      if (found != samples_.end()) to.push_back(std::move(found->second));
    });
    set_.train = std::move(listed_.train);
    set_.valid = std::move(listed_.valid);
    set_.test = std::move(listed_.test);
    set_.split = listed_.split;
    return std::move(set_);
  }

 private:
  // Whether some of what is chosen could not be used.
  bool read(const SubsetChoice& choice) {
    options_.only.emplace();
    for (const ChosenSample& each : choose(listed_, choice))
      if (tried_.insert(each.sample->id).second) options_.only->insert(each.sample->id);
    if (options_.only->empty()) return false;
    const std::size_t before = samples_.size();
    Dataset read = source_.load(options_);
    take_samples(read, [&](std::vector<Sample>&, Sample sample) {
      std::string id = sample.id;
      samples_.emplace(std::move(id), std::move(sample));
    });
    std::swap(read.notes, set_.notes);
    std::swap(read.failures, set_.failures);
    for (std::string& note : set_.notes)
      if (std::find(read.notes.begin(), read.notes.end(), note) == read.notes.end())
        read.notes.push_back(std::move(note));
    std::move(set_.failures.begin(), set_.failures.end(), std::back_inserter(read.failures));
    set_ = std::move(read);
    return samples_.size() - before < options_.only->size();
  }

  const DataSource& source_;
  DatasetOptions options_;
  Dataset listed_, set_;
  std::set<std::string> tried_;
  std::map<std::string, Sample> samples_;
};

std::string hash_of_file(const std::string& file, bool anonymous) {
  // What is no regular file, such as a pipe, can be read once only.
  if (!std::filesystem::is_regular_file(file)) return "";
  try {
    return md5_hex(read_file(file));
  } catch (const Error&) {
    if (!anonymous) throw;
    fail("a file: cannot be read");
  }
}

}  // namespace

Dataset load_chosen(const DataOptions& options, const Checkpoint& checkpoint,
                    const SubsetChoice& choice) {
  const DataSource& source = check_data(options);
  const DivisionOptions division = division_of(options);
  const DatasetOptions wanted = dataset_options(options, checkpoint);
  if (source.list && !options.anonymous_ids) {
    Dataset listed = source.list(wanted);
    const bool undivided = stays_undivided(division, choice.subset);
    if (undivided || !depends_on_others(listed, division)) {
      if (!undivided) listed = divide(std::move(listed), division);
      Dataset dataset = ChosenLoader(source, wanted, std::move(listed)).load(choice, !undivided);
      say_notes(dataset);
      return divide_data(std::move(dataset), {}, "all");  // says what is there twice
    }
  }
  return divide_data(load_data(options, checkpoint), division, choice.subset);
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

std::vector<ExplainInput> inputs_of_ranks(std::vector<ExplainInput> inputs, const Target& target) {
  if (target.kind != Target::Kind::ranked) return inputs;
  std::vector<ExplainInput> ranked;
  for (const ExplainInput& input : inputs)
    for (int rank = 0; rank < target.count; ++rank) {
      ExplainInput& each = ranked.emplace_back(input);
      each.rank = rank;
      each.id += concat(".top", rank + 1);
      // Results of one picture are no more independent of each other than those of one woman.
      if (each.group.empty()) each.group = input.id;
    }
  return ranked;
}

std::vector<float> asked_places(const std::string& file, const Model& model) {
  const int answer = model.graph().segmentation();
  if (answer == 0)
    throw UsageError(concat("--where belongs to segmenters: model ", model.name(),
                            " does not say a class of each place"));
  const ActivationShape &places = model.graph().value(answer).shape, &input = model.input();
  ImageNotes notes;
  const Image image = read_image(file, &notes);
  require((image.width == places.w && image.height == places.h) ||
              (image.width == input.w && image.height == input.h),
          file, ": wrong size (found ", image.width, " x ", image.height, "; expected ", places.w,
          " x ", places.h, ", the network's places, or ", input.w, " x ", input.h, ", its input)");
  std::vector<float> mask;
  int inside = 0;
  for (int i = 0; i < places.h; ++i)
    for (int j = 0; j < places.w; ++j) {
      // The pixel that holds the place's centre.
      const int row = (2 * i + 1) * image.height / (2 * places.h),
                column = (2 * j + 1) * image.width / (2 * places.w);
      bool any = false;
      for (int plane = 0; plane < image.planes; ++plane)
        any = any ||
              image.pixels[(static_cast<std::size_t>(row) * static_cast<std::size_t>(image.width) +
                            static_cast<std::size_t>(column)) *
                               static_cast<std::size_t>(image.planes) +
                           static_cast<std::size_t>(plane)] != 0;
      mask.push_back(any ? 1.0f : 0.0f);
      inside += any;
    }
  require(inside > 0, file, ": no place is asked about (found black only; expected what is not)");
  for (const std::string& note : notes) print_note(concat("note: ", file, ": ", note));
  print_note(concat("note: explaining ", inside, " of ", mask.size(), " places, those of ", file));
  return mask;
}

std::vector<ExplainInput> inputs_of_subset(const Dataset& dataset, const SubsetChoice& choice) {
  UniqueIds names;  // a packed set may be from anywhere
  std::vector<ExplainInput> inputs;
  for (const ChosenSample& each : choose(dataset, choice)) {
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
    input.hash = [&dataset, &sample] { return content_hash(dataset, sample); };
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
    input.hash = [file, anonymous_ids] { return hash_of_file(file, anonymous_ids); };
    input.load = [file, circle, loader, frame] { return load_file(file, circle, *loader, frame); };
  }
  return inputs;
}

}  // namespace pellucid
