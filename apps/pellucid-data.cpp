// pellucid-data: prepares a data set: counts, a table, a contact sheet, one packed file.
#include <fmt/format.h>

#include "apps/command_line.h"
#include "apps/data_source.h"
#include "apps/dataset_csv.h"
#include "apps/failures.h"
#include "apps/training_settings.h"
#include "explain/picture/sheet.h"
#include "nn/data/codec/image_file.h"
#include "nn/data/mias/mias.h"
#include "nn/data/mias/mias_csv.h"
#include "nn/data/source/load.h"
#include "nn/data/source/packed.h"
#include "nn/train/augment.h"
#include "runtime/error.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

struct Options {
  DataOptions data;
  std::string csv, sheet, augment, out, json;
  std::string sheet_subset = "train";
  int sheet_columns = 8;
};

// The set, and its table if one is asked for (that of mini-MIAS needs every step of its
// preparation).
struct Loaded {
  Dataset dataset;
  std::string csv;
};

Loaded load(const Options& options) {
  if (options.csv.empty() || &check_data(options.data) != &mias_source) {
    Loaded loaded{open_data(options.data), ""};
    if (!options.csv.empty()) loaded.csv = dataset_csv(loaded.dataset);
    return loaded;
  }
  MiasOptions mias;
  if (!options.data.protocol.empty()) mias.protocol = parse_mias_protocol(options.data.protocol);
  mias.seed = options.data.data_seed;
  const std::vector<MiasRecord> records = load_mias(options.data.data, mias);
  Dataset dataset = mias_dataset(records, mias);
  say_notes(dataset);
  Loaded loaded{divide_data(std::move(dataset), division_of(options.data)), ""};
  loaded.csv = mias_csv(records, ids_of(loaded.dataset));
  return loaded;
}

std::string counts_table(const Dataset& dataset) {
  std::string out = fmt::format("{:<8}", "");
  for (const std::string& name : dataset.class_names) out += fmt::format("{:>12}", name);
  out += fmt::format("{:>12}\n", "all");
  for (const std::string_view name : kSubsetNames) {
    const std::vector<Sample>& samples = subset(dataset, name);
    out += fmt::format("{:<8}", name);
    for (const std::size_t count : class_counts(samples, dataset.class_names.size()))
      out += fmt::format("{:>12}", count);
    out += fmt::format("{:>12}\n", samples.size());
  }
  return out;
}

// Twice as many rows: below each class what training with --seed 0 makes of its pictures in the first epoch.
std::vector<Sample> with_varied(std::vector<Sample> samples, const Dataset& dataset,
                                const Options& options, const ChosenAugmentation& augmentation) {
  std::vector<Sample> varied;
  if (augmentation.paper) varied = augment_training(dataset, options.data.data_seed);
  std::vector<int> shown(std::max<std::size_t>(1, dataset.class_names.size()));
  for (std::size_t i = 0; i < samples.size() && !augmentation.paper; ++i)
    if (shown[static_cast<std::size_t>(samples[i].label)]++ < options.sheet_columns)
      varied.push_back(augmented(samples[i], dataset.height, dataset.width, augmentation.each_epoch,
                                 {0, kAugmentationStream + 1}, i));
  for (Sample& sample : samples) sample.label *= 2;
  for (Sample& sample : varied) {
    sample.label = 2 * sample.label + 1;
    samples.push_back(std::move(sample));
  }
  return samples;
}

void write_sheet(const Options& options, const Dataset& dataset) {
  std::vector<Sample> samples;
  for (const ChosenSample& chosen :
       choose_subset(dataset, dataset.class_names.empty() ? "all" : options.sheet_subset))
    samples.push_back(*chosen.sample);
  if (dataset.class_names.empty())
    for (Sample& sample : samples) sample.label = 0;  // one row
  auto rows = std::max(1, static_cast<int>(dataset.class_names.size()));
  std::string title = "rows: classes of " + dataset.source;
  const ChosenAugmentation augmentation = choose_augmentation(options.augment, {});
  if (augmentation.text() != "none") {
    samples = with_varied(std::move(samples), dataset, options, augmentation);
    rows *= 2;
    title += ", below each its images varied by " + augmentation.text();
  }
  const Sheet sheet = contact_sheet(samples, dataset.height, dataset.width, dataset.planes(), rows,
                                    options.sheet_columns);
  write_png(options.sheet, sheet.width, sheet.height, sheet.planes, sheet.pixels,
            {{"Software", "pellucid-data"},
             {"Title", title},
             {"subset", options.sheet_subset},
             {"data", to_text(describe_data(dataset))},
             {"preprocessing", dataset.preprocessing}});
}

int prepare(const Options& options) {
  choose_augmentation(options.augment, {});  // before the data are read
  if (!options.augment.empty() && options.sheet.empty())
    throw UsageError("--augment is for --sheet, which is missing");
  const Loaded loaded = load(options);
  for (const std::string& warning : absent_class_notes(loaded.dataset))
    print_note("warning: " + warning);
  if (!options.csv.empty()) write_text_file(options.csv, loaded.csv);
  if (!options.sheet.empty()) write_sheet(options, loaded.dataset);
  if (!options.out.empty()) pack_dataset(loaded.dataset, options.out);
  if (!options.json.empty()) {
    Json description = describe_data(loaded.dataset);
    description["failures"] = describe_failures(loaded.dataset);
    write_json_result(options.json, to_text(description, 2));
  }
  write_failures_beside({options.out, options.csv, options.json, options.sheet},
                        input_failures(loaded.dataset));
  if (options.json != "-") print_result(counts_table(loaded.dataset));
  return exit_code(loaded.dataset);
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) {
  using namespace pellucid;
  CommandLine app("Prepares a data set and says what is in it.", "pellucid-data");
  Options options;
  add_data_options(app, options.data);
  app.add_text("--csv", options.csv, "FILE", "write a table with a line an image");
  app.add_text("--sheet", options.sheet, "FILE.png",
               "write a contact sheet of what the network sees, a row a class");
  app.add_text("--sheet-subset", options.sheet_subset, "train|valid|test|all",
               "shown on the sheet");
  app.add_whole("--sheet-columns", options.sheet_columns, 1, 200, "images a class on the sheet");
  app.add_text(
         "--augment", options.augment, "none|paper|LIST",
         "below each class on the sheet a row of its images as pellucid-train --augment varies "
         "them in the first epoch of --seed 0")
      .default_text("none");
  app.add_text("--out", options.out, "FILE.safetensors",
               "write the prepared set, for --data of the other programs");
  app.add_text("--json", options.json, "FILE",
               "write the counts as JSON; - for standard output, in place of the table");
  return run_program(app, argc, argv, [&] { return prepare(options); });
}
