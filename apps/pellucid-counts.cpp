// pellucid-counts: what `pellucid-bench counts` runs. A program of its own, since its kernels are
// compiled to report every access.
#include <sstream>

#include "apps/cases/operators.h"
#include "apps/command_line.h"
#include "apps/counts/counting_runner.h"
#include "apps/counts/table.h"
#include "apps/provenance.h"
#include "runtime/error.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

struct CountsOptions {
  std::string json, check, write;
};

// The kernel files that were compiled for counting.
std::vector<std::string> counted_files() {
  std::istringstream words(PELLUCID_COUNTED_KERNELS);
  std::vector<std::string> names;
  for (std::string name; words >> name;) names.push_back(name);
  return names;
}

int check(const std::vector<CaseCounts>& counts, const std::string& path) {
  const std::string committed = read_text_file(path);
  const std::vector<std::string> differences = table_differences(committed, counts_table(counts));
  for (const std::string& difference : differences) print_note(difference);
  require(differences.empty(), path, ": ", differences.size(),
          " differences; if they are meant, pellucid-bench counts --write ", path);
  for (const char* name : {"conv2d_fprop", "conv2d_dgrad", "conv2d_wgrad", "linear"})
    require_tuned(counts, name);
  print_result(concat("every kernel moves what ", path, " says (counts of ",
                      table_compiler(committed), ", here ", counting_compiler(), ")\n"));
  return kExitDone;
}

int run_counts(const CountsOptions& options) {
  if (!options.check.empty() && (!options.json.empty() || !options.write.empty()))
    throw UsageError("--check prints no counts; leave out --json and --write");
  CountingRunner runner;
  run_operators(runner);
  const std::vector<CaseCounts>& counts = runner.counts();
  require_counted(counts, counted_files());
  if (!options.check.empty()) return check(counts, options.check);
  if (!options.write.empty()) write_text_file(options.write, counts_table(counts));
  if (!options.json.empty()) {
    Json json = describe_program("pellucid-bench counts", runner.stream());
    json["compiler"] = counting_compiler();
    json["operators"] = counts_json(counts);
    write_json_result(options.json, to_text(json, 2) + "\n");
  }
  if (options.json != "-") print_result(counts_table(counts) + "\n" + counts_summary(counts));
  return kExitDone;
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) {
  using namespace pellucid;
  CommandLine app(
      "Counts what every kernel asks of global and shared memory, in the emulator: requests of "
      "warps, bytes, 32-byte sectors, bank conflicts, barriers.",
      "pellucid-bench counts");
  CountsOptions options;
  app.add_text("--json", options.json, "FILE", "write the counts as JSON; - is stdout");
  app.add_text("--write", options.write, "FILE", "write the table");
  app.add_text("--check", options.check, "FILE",
               "compare with a table instead; exit code 1 if a kernel's traffic is another");
  return run_program(app, argc, argv, [&] { return run_counts(options); });
}
