// pellucid-study: trains, evaluates, explains, scores and compares, as one resumable job.
#include <algorithm>

#include "apps/command_line.h"
#include "apps/data_source.h"
#include "apps/study_options.h"
#include "apps/study_result.h"
#include "apps/study_run.h"
#include "runtime/error.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

int study(const StudyOptions& options) {
  StudyRequest request{study_networks(options), options.out, open_device(options.device), {}};
  if (!options.budget.empty()) request.budget = parse_budget(options.budget);
  const Interruption interruption;
  if (options.dry_run) {
    StudyRun run(request, interruption);
    run.plan();
    if (interruption.wished()) return interruption.exit_code();
    print_result(options.json == "-" ? to_text(run.document(), 2) + "\n"
                                     : run.plan_text(StudyRun::PlanText::parts) + "\n");
    if (!options.json.empty() && options.json != "-")
      write_json_result(options.json, to_text(run.document(), 2));
    return kExitDone;
  }
  const FolderLock lock(request.folder);
  StudyRun run(request, interruption);
  run.plan();
  if (!interruption.wished()) print_note(run.plan_text(StudyRun::PlanText::sum));
  const bool whole = run.run();
  const Json result =
      write_study_result(request.folder, request.networks, run.parts(), run.document());
  if (!whole) {
    const auto done = std::count_if(run.parts().begin(), run.parts().end(), [](const auto& part) {
      return part.outcome.state == PartState::done;
    });
    print_note(concat("interrupted: ", done, " of ", run.parts().size(),
                      " parts are done; the same command goes on with the others"));
    return interruption.exit_code();
  }
  if (!options.json.empty()) write_json_result(options.json, to_text(result, 2));
  if (options.json != "-") print_result(study_text(result));
  return run.exit_code();
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) {
  using namespace pellucid;
  CommandLine app("Does a study: trains, evaluates, explains, scores and compares.",
                  "pellucid-study");
  app.footer(
      "Each part is a run of another program with files of its own in DIR; docs/study.md says what "
      "lies\nwhere. Interrupted (Ctrl-C, SIGTERM, a power cut), the same command goes on. A part "
      "that "
      "fails does\nnot stop the others: it is a line of failures.jsonl, and the exit code is 3.\n");
  StudyOptions options;
  add_study_options(app, options);
  return run_program(app, argc, argv, [&] { return study(options); });
}
