// pellucid-data: prepares a data set: counts, a table, a contact sheet, one packed file.
#include <fmt/format.h>

#include "apps/command_line.h"
#include "apps/data_source.h"
#include "apps/dataset_csv.h"
#include "explain/picture/sheet.h"
#include "nn/data/codec/image_file.h"
#include "nn/data/mias/mias.h"
#include "nn/data/mias/mias_csv.h"
#include "nn/data/source/load.h"
#include "nn/data/source/packed.h"
#include "runtime/error.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

struct Options {
  DataOptions data;
  std::string csv, sheet, out, json;
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

void write_sheet(const Options& options, const Dataset& dataset) {
  std::vector<Sample> samples;
  for (const ChosenSample& chosen :
       choose_subset(dataset, dataset.class_names.empty() ? "all" : options.sheet_subset))
    samples.push_back(*chosen.sample);
  const Sheet sheet = contact_sheet(samples, dataset.height, dataset.width, dataset.planes(),
                                    std::max(1, static_cast<int>(dataset.class_names.size())),
                                    options.sheet_columns);
  write_png(options.sheet, sheet.width, sheet.height, sheet.planes, sheet.pixels,
            {{"Software", "pellucid-data"},
             {"Title", "rows: classes of " + dataset.source},
             {"subset", options.sheet_subset},
             {"data", to_text(describe_data(dataset))},
             {"preprocessing", dataset.preprocessing}});
}

int prepare(const Options& options) {
  const Loaded loaded = load(options);
  if (!options.csv.empty()) write_text_file(options.csv, loaded.csv);
  if (!options.sheet.empty()) write_sheet(options, loaded.dataset);
  if (!options.out.empty()) pack_dataset(loaded.dataset, options.out);
  if (!options.json.empty())
    write_json_result(options.json, to_text(describe_data(loaded.dataset), 2));
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
  app.add_text("--out", options.out, "FILE.safetensors",
               "write the prepared set, for --data of the other programs");
  app.add_text("--json", options.json, "FILE",
               "write the counts as JSON; - for standard output, in place of the table");
  return run_program(app, argc, argv, [&] { return prepare(options); });
}
