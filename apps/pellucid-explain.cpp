// pellucid-explain: where a network looked: a map, a picture and the figures for each image.
#include <fmt/format.h>
#include <malloc.h>

#include "apps/class_matching.h"
#include "apps/command_line.h"
#include "apps/explain_inputs.h"
#include "apps/explain_loop.h"
#include "apps/explain_options.h"
#include "apps/explain_summary.h"
#include "apps/interruption.h"
#include "apps/profile_report.h"
#include "apps/provenance.h"
#include "explain/record/record_folder.h"
#include "nn/data/md5.h"
#include "nn/graph/segmenter.h"
#include "runtime/error.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

int tell(const ExplainOptions& options, const ExplainRun& run, const RecordFolder& folder,
         const ExplainOutcome& outcome) {
  if (!options.json.empty())
    write_json_result(options.json, to_text(summary_json(run, folder, outcome), 2));
  if (options.json != "-") print_result(summary_text(run, folder, outcome));
  return outcome.failures.empty() ? kExitDone : kExitSomeFailed;
}

// Each picture takes some MB for a moment. Freed memory is kept for the next one: to have it from the system anew,
// cleared, would take as long as drawing.
void keep_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

int explain(ExplainOptions& options) {
  keep_freed_memory();
  const Methods methods = check_explain_options(options);
  const Policy policy = parse_policy(options.policy);
  Stream stream(open_device(options.device));
  use_policy(stream, policy);
  Checkpoint checkpoint = load_checkpoint(stream, options.model);
  Model& model = checkpoint.model;
  if (options.randomize_weights) model.initialise(stream, options.seed);
  if (!options.where.empty())
    model = masked_segmenter(stream, model, asked_places(options.where, model));
  model.set_requires_gradient(false);

  const std::vector<std::string> class_names = all_class_names(model);
  const ExplainTask task{.target = parse_target(options.target, class_names),
                         .score = parse_score(options.score, model.outputs()),
                         .colour = takes_colour(checkpoint),
                         .seed = options.seed};
  Explainers explainers(stream, model, options.of_methods, methods, task);
  std::optional<ExplanationScorer> scorer;
  if (options.scores)
    scorer.emplace(stream, model, options.score_settings, options.of_methods, task);

  Dataset dataset;
  std::vector<ExplainInput> inputs;
  if (options.images.empty()) {
    const SubsetChoice choice{options.subset, options.ids, options.max_images};
    dataset = load_chosen(options.data, checkpoint, choice);
    match_classes(model, {}, dataset);
    check_fit(checkpoint, dataset);
    inputs = inputs_of_subset(dataset, choice);
  } else {
    inputs = inputs_of_files(options.images, options.circle, checkpoint, options.frame,
                             options.data.anonymous_ids);
  }

  set_pictured(inputs, options.pictures);
  inputs = inputs_of_ranks(std::move(inputs), task.target);
  ExplainRun run{.program = describe_program("pellucid-explain", stream),
                 .settings = describe_explain_options(options, methods, explainers.chosen()),
                 .methods = methods,
                 .model_name = model.name(),
                 .weights_note = options.randomize_weights
                                     ? concat("weights drawn anew, seed ", options.seed)
                                     : "",
                 .task = task,
                 .class_names = class_names,
                 .folder = options.out,
                 .seen = checkpoint.seen_images()};
  if (!options.where.empty()) run.settings["where_md5"] = md5_hex(read_file(options.where));
  run.settings["model_md5"] = md5_hex(read_file(options.model));

  const FolderLock lock(run.folder);
  ProfileReport profile(stream, options.profile, "pellucid-explain");
  const Interruption interruption;
  const RecordFolder folder(run, options.of_methods);
  ExplainOutcome outcome = explain_all(stream, explainers, scorer ? &*scorer : nullptr, folder,
                                       inputs, options.resume, interruption);
  profile.write();
  note_unused_variants(stream);
  const std::size_t failed = outcome.failed_images();
  const bool complete = outcome.images.size() + failed == inputs.size();
  for (InputFailure& failure : input_failures(dataset))
    outcome.failures.push_back(std::move(failure));
  write_failures(run.folder, outcome.failures);
  sync_files(run.folder);
  require(failed < inputs.size(), "all ", inputs.size(),
          " images failed; the first: ", failed ? outcome.failures.front().message : "");
  if (complete) return tell(options, run, folder, outcome);
  print_note(
      fmt::format("interrupted: {} of {} images are explained; --resume goes on with the others",
                  outcome.images.size(), inputs.size()));
  return interruption.exit_code();
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) {
  using namespace pellucid;
  CommandLine app("Shows where a network looked.", "pellucid-explain");
  app.footer(
      "Writes for each image and method ID.METHOD.png (image and map side by side) and\n"
      "ID.METHOD.npy (the map, fp32, at the input's size), and for each image ID.json "
      "(prediction,\n"
      "attributions, every setting, cost; with --scores how good each map is). Inputs that fail\n"
      "are lines of failures.jsonl, and the exit code is 3. Ctrl-C and SIGTERM end the run after\n"
      "the picture at hand (exit code 130, 143).\n");
  ExplainOptions options;
  add_explain_options(app, options);
  add_profile(app, options.profile);
  return run_program(app, argc, argv, [&] { return explain(options); });
}
