// pellucid-predict: what a network says about pictures whose classes nobody knows.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "apps/command_line.h"
#include "apps/data_source.h"
#include "apps/failures.h"
#include "apps/policy_options.h"
#include "apps/progress.h"
#include "apps/provenance.h"
#include "apps/read_ahead.h"
#include "nn/data/codec/image_file.h"
#include "nn/data/ids.h"
#include "nn/data/md5.h"
#include "nn/data/source/folder.h"
#include "nn/plan/predict.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/csv.h"
#include "runtime/formats/nearest.h"
#include "runtime/parallel.h"

namespace pellucid {
namespace {

constexpr std::size_t kPicturesAtOnce =
    128;  // in memory three times: predicted, waiting, being read

struct Options {
  std::vector<std::string> pictures;
  std::string model = "run/model.safetensors", device = "auto", csv, json;
  int batch = 16;
  bool anonymous_ids = false;
  PolicyOptions policy;
};

struct PredictedPicture {
  std::string id, file;
  std::string content = {}, problem = {};  // a problem: there is nothing else
  std::vector<std::string> notes = {};     // what was assumed about the file
  std::int32_t predicted = 0;
  std::vector<float> logits = {}, probabilities = {};
};

// Files as they are named, of a folder all images in it.
std::vector<PredictedPicture> pictures_named(const std::vector<std::string>& names) {
  std::vector<PredictedPicture> out;
  UniqueIds ids;
  for (const std::string& name : names) {
    std::error_code none;
    if (!std::filesystem::is_directory(name, none)) {
      out.push_back({.id = ids.of(std::filesystem::path(name).stem().string()), .file = name});
      continue;
    }
    const PictureList list = list_pictures(name);
    if (list.pictures.empty())
      print_note(concat("note: ", name, ": no images (expected ", image_extensions(), " files)"));
    for (const std::string& note : list.notes) print_note("note: " + note);
    for (const ListedPicture& each : list.pictures)
      out.push_back({.id = ids.of(each.name), .file = each.file.string()});
  }
  return out;
}

// The pictures that can be used, by the places of `chunk`.
std::vector<Sample> load(std::span<PredictedPicture> chunk, const PictureLoader& loader) {
  std::vector<Sample> samples(chunk.size());
  parallel_for(chunk.size(), [&](std::size_t i) {
    PredictedPicture& picture = chunk[i];
    try {
      samples[i] = loader.load({.file = picture.file, .name = "", .class_name = ""}, picture.notes);
      samples[i].id = picture.id;
      picture.content = samples[i].content;
      picture.notes.insert(picture.notes.end(), samples[i].prepared.begin(),
                           samples[i].prepared.end());
    } catch (const Error& error) {
      picture.problem = error.what();
    }
  });
  std::erase_if(samples, [](const Sample& sample) { return sample.pixels.empty(); });
  return samples;
}

// samples: load()'s of this chunk.
void predict_chunk(Stream& stream, const Model& model, std::span<PredictedPicture> chunk,
                   const std::vector<Sample>& samples, int batch) {
  if (samples.empty()) return;
  const ActivationShape& input = model.input();
  const Predictions all = predict(
      stream, model, ImageSet(stream, samples, input.h, input.w, input.c, model.classes()), batch);
  std::size_t row = 0;
  for (PredictedPicture& picture : chunk) {
    if (!picture.problem.empty()) continue;
    const auto row_of = [&](const std::vector<float>& values) {
      const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row) * all.classes;
      return std::vector<float>(begin, begin + all.classes);
    };
    picture.predicted = all.predicted[row];
    picture.logits = row_of(all.logits);
    if (!all.probabilities.empty()) picture.probabilities = row_of(all.probabilities);
    ++row;
  }
}

void make_anonymous(std::vector<PredictedPicture>& pictures) {
  UniqueIds ids;
  for (PredictedPicture& picture : pictures) {
    picture.id = ids.of(picture.problem.empty() ? anonymous_id(picture.content) : "unreadable");
    picture.file = picture.id;
  }
}

std::string csv_of(const std::vector<PredictedPicture>& pictures,
                   const std::vector<std::string>& class_names) {
  std::vector<std::string> header = {"id", "file", "predicted"};
  const bool chances = std::any_of(pictures.begin(), pictures.end(),
                                   [](const auto& each) { return !each.probabilities.empty(); });
  for (const char* kind : {"probability_", "logit_"})
    for (const std::string& name : class_names)
      if (chances || kind[0] == 'l') header.push_back(kind + name);
  header.emplace_back("notes");
  std::string out = csv_line(header);
  for (const PredictedPicture& picture : pictures) {
    if (!picture.problem.empty()) continue;
    std::vector<std::string> fields = {picture.id, picture.file,
                                       class_names[static_cast<std::size_t>(picture.predicted)]};
    for (const std::vector<float>* values : {&picture.probabilities, &picture.logits})
      for (const float value : *values) fields.push_back(fmt::format("{}", value));
    fields.push_back(joined(picture.notes));
    out += csv_line(fields);
  }
  return out;
}

Json json_of(const PredictedPicture& picture, const std::vector<std::string>& class_names,
             const SeenImages& seen) {
  if (!picture.problem.empty())
    return {{"id", picture.id}, {"file", picture.file}, {"error", picture.problem}};
  return {{"id", picture.id},
          {"file", picture.file},
          {"content_hash", picture.content},
          {"seen", seen.recorded() ? Json(seen.subset_of(picture.content)) : Json(nullptr)},
          {"predicted", class_names[static_cast<std::size_t>(picture.predicted)]},
          {"probabilities", picture.probabilities},
          {"logits", picture.logits},
          {"notes", picture.notes}};
}

std::string line_of(const PredictedPicture& picture, const std::vector<std::string>& class_names) {
  const auto label = static_cast<std::size_t>(picture.predicted);
  return fmt::format("{}  {} ({:.3f}){}\n", picture.file, class_names[label],
                     (picture.probabilities.empty() ? picture.logits : picture.probabilities)[label],
                     picture.notes.empty() ? "" : "  [" + joined(picture.notes) + "]");
}

int predict_all(const Options& options) {
  if (options.pictures.empty())
    throw UsageError("no pictures: name files or folders of them; see --help");
  const Policy policy = parse_policy(options.policy);
  Stream stream(open_device(options.device));
  use_policy(stream, policy);
  const Checkpoint checkpoint = load_checkpoint(stream, options.model);
  const std::vector<std::string> class_names = all_class_names(checkpoint.model);
  const SeenImages seen = checkpoint.seen_images();
  const PictureLoader loader(pictures_for(checkpoint, options.anonymous_ids));
  std::vector<PredictedPicture> pictures = pictures_named(options.pictures);

  SeenCount count;
  std::string text;
  Json images = Json::array();
  {
    Progress progress("predicting", pictures.size());
    const std::size_t chunks = (pictures.size() + kPicturesAtOnce - 1) / kPicturesAtOnce;
    const auto chunk = [&](std::size_t i) {
      return std::span(pictures).subspan(
          i * kPicturesAtOnce, std::min(kPicturesAtOnce, pictures.size() - i * kPicturesAtOnce));
    };
    ReadAhead<std::vector<Sample>> ahead(chunks, 1,
                                         [&](std::size_t i) { return load(chunk(i), loader); });
    for (std::size_t i = 0; i < chunks; ++i) {
      predict_chunk(stream, checkpoint.model, chunk(i), ahead.next(), options.batch);
      progress.update(i * kPicturesAtOnce + chunk(i).size());
    }
  }
  if (options.anonymous_ids) make_anonymous(pictures);
  std::vector<InputFailure> failures;
  for (const PredictedPicture& picture : pictures)
    if (!picture.problem.empty()) failures.push_back({picture.id, picture.file, picture.problem});
  const std::size_t failed = failures.size();
  require(failed == 0 || failed < pictures.size(), "none of ", pictures.size(),
          " pictures can be used; the first: ", pictures.empty() ? "" : pictures[0].problem);
  for (const PredictedPicture& picture : pictures) {
    images.push_back(json_of(picture, class_names, seen));
    if (!picture.problem.empty()) {
      print_note("failed: " + picture.problem);
      continue;
    }
    count.add(seen, picture.content);
    text += line_of(picture, class_names);
  }
  Json result = describe_program("pellucid-predict", stream);
  result["settings"] = {{"model", options.model},
                        {"model_md5", md5_hex(read_file(options.model))},
                        {"batch", options.batch}};
  result["model"] = checkpoint.model.name();
  result["class_names"] = class_names;
  result["seen"] = count.json();
  result["images"] = std::move(images);
  result["failed"] = failed;
  if (!options.csv.empty()) write_text_file(options.csv, csv_of(pictures, class_names));
  if (!options.json.empty()) write_json_result(options.json, to_text(result, 2));
  write_failures_beside({options.csv, options.json}, failures);
  if (options.json != "-")
    print_result(text + fmt::format("{} predicted, {} failed; {}\n", pictures.size() - failed,
                                    failed, count.text()));
  note_unused_variants(stream);
  return failed > 0 ? kExitSomeFailed : kExitDone;
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) {
  using namespace pellucid;
  CommandLine app("Says what a network takes pictures for.", "pellucid-predict");
  app.footer(
      "PICTURES are image files and folders of them, whose sub-folders are taken too. One of the\n"
      "model's size is taken as it is, any other prepared as the model's were in training; what\n"
      "was assumed stands behind each in brackets. A picture that cannot be read is told (with\n"
      "--csv NAME.csv a line of NAME.failures.jsonl, too), the others go on, and the exit code is "
      "3.\n");
  Options options;
  app.add_list("PICTURES", options.pictures, "FILE|DIR", "image files and folders of them");
  app.add_text("--model", options.model, "FILE", "weights that pellucid-train wrote");
  app.add_whole("--batch", options.batch, 1, 65536, "images at a time; changes speed, not results");
  add_device(app, options.device);
  add_policy(app, options.policy);
  app.add_flag("--anonymous-ids", options.anonymous_ids,
               "ids from what pictures show: names of files stay out of all that is written");
  app.add_text("--csv", options.csv, "FILE",
               "write a line an image: class, probabilities, logits, what was assumed");
  app.add_text("--json", options.json, "FILE",
               "write all of it as JSON; - for standard output, in place of the lines");
  return run_program(app, argc, argv, [&] { return predict_all(options); });
}
