// pellucid: the front command. `pellucid VERB …` runs the program pellucid-VERB beside it.
#include <fmt/format.h>

#include <algorithm>

#include "apps/command_line.h"
#include "apps/devices.h"
#include "apps/sibling_program.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"

namespace pellucid {
namespace {

constexpr const char* kFooter =
    "Verbs, each with a --help of its own:\n"
    "  study       train, evaluate, explain, score and compare, as one job that goes on\n"
    "  data        prepare a data set: counts, table, contact sheet, one packed file\n"
    "  train       train a network\n"
    "  evaluate    confusion matrix, accuracies and areas under the curve of a network\n"
    "  predict     say what a network takes pictures for\n"
    "  explain     show where a network looked: maps and pictures\n"
    "  compare     say which explainer, or which model, gives the better maps\n"
    "  again       explain anew what a picture or record tells of, and say what differs\n"
    "  import      take a network from an ONNX file\n"
    "  export      write a model as an ONNX file\n"
    "  inspect     say what a file is, and draw a layer of a model\n"
    "  bench       measure Pellucid itself\n"
    "  devices     list cuda, cpu and emu: available or not, and why (--json: as JSON)\n"
    "  completion  print a bash completion script: source <(pellucid completion)\n\n"
    "The main job, on procedural phantoms:\n"
    "  pellucid train --data phantom && pellucid evaluate --data phantom\n"
    "  pellucid explain --data phantom --subset test --max-images 6\n";

const std::vector<std::string> kPrograms = {"study",   "data",    "train",   "evaluate",
                                            "predict", "explain", "compare", "again",
                                            "import",  "export",  "inspect", "bench"};
const std::vector<std::string> kOwnVerbs = {"devices", "completion"};

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

[[noreturn]] void refuse_verb(const std::string& verb) {
  std::vector<std::string> known = kPrograms;
  known.insert(known.end(), kOwnVerbs.begin(), kOwnVerbs.end());
  if (did_you_mean(verb, known).empty())
    throw UsageError(concat("unknown verb '", verb, "'; see pellucid --help"));
  throw UsageError(
      concat("unknown verb '", verb, "'; did you mean ", nearest_name(verb, known), "?"));
}

// Completes the verb here and leaves the options to the verb's own script.
std::string front_completion() {
  std::string verbs;
  for (const std::string& verb : kPrograms) verbs += (verbs.empty() ? "" : " ") + verb;
  return fmt::format(
      "for _pellucid_verb in {0}; do\n"
      "  source <('{1}'/pellucid-$_pellucid_verb --completion bash)\n"
      "done\n"
      "_pellucid() {{\n"
      "  local verb=${{COMP_WORDS[1]}}\n"
      "  if [ \"$COMP_CWORD\" -gt 1 ] && declare -F \"_pellucid_$verb\" >/dev/null; then\n"
      "    \"_pellucid_$verb\"\n"
      "  else\n"
      "    COMPREPLY=($(compgen -W \"{0} devices completion --help --limits --version\" -- "
      "\"${{COMP_WORDS[COMP_CWORD]}}\"))\n"
      "  fi\n"
      "}}\n"
      "complete -o filenames -F _pellucid pellucid\n",
      verbs, program_folder().string());
}

int main_front(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  const bool elsewhere = !verb.empty() && !verb.starts_with('-') && !contains(kOwnVerbs, verb);
  if (elsewhere) {
    CommandLine app("", "pellucid");
    return run_program(app, 1, argv, [&]() -> int {
      if (!contains(kPrograms, verb)) refuse_verb(verb);
      run_sibling("pellucid-" + verb, argv + 1, "it belongs beside the program pellucid");
    });
  }
  CommandLine app("Trains a mammogram CNN with hand-written CUDA kernels, and explains it.",
                  "pellucid");
  app.footer(kFooter);
  std::string own_verb;
  bool json = false;
  app.add_positional("VERB", own_verb, "what to do");
  app.add_flag("--json", json, "of devices: print JSON");
  return run_program(app, argc, argv, [&] {
    if (json && own_verb != "devices") throw UsageError("--json is for pellucid devices");
    if (own_verb.empty()) print_result(app.help());
    else if (own_verb == "completion") print_result(front_completion());
    else print_result(json ? devices_json() + "\n" : devices_table());
    return static_cast<int>(kExitDone);
  });
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) { return pellucid::main_front(argc, argv); }
