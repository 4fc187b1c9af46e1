// pellucid-again: explains anew what a picture or a record tells of, and says whether it comes out the same.
#include <algorithm>

#include "apps/command_line.h"
#include "apps/explanation_again.h"
#include "apps/version.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

struct Options {
  std::vector<std::string> files, look;
  std::string json;
};

std::string again_text(const Json& result) {
  std::string out = result["file"].get<std::string>() + ": ";
  if (result["equal"].get<bool>()) return out + "byte-equal\n";
  out += "differs\n";
  for (const Json& text : result["differences"]) out += "  " + text.get<std::string>() + "\n";
  return out;
}

int again(const Options& options) {
  if (options.files.empty())
    throw UsageError("a picture (ID.METHOD.png) or a record (ID.json) is needed; see --help");
  Json results = Json::array();
  std::string text;
  for (const std::string& file : options.files) {
    results.push_back(explain_again(read_earlier(file), options.look));
    text += again_text(results.back());
  }
  const bool equal = std::all_of(results.begin(), results.end(),
                                 [](const Json& one) { return one["equal"].get<bool>(); });
  if (!options.json.empty())
    write_json_result(options.json, to_text({{"program", "pellucid-again"},
                                             {"version", version()},
                                             {"equal", equal},
                                             {"files", results}},
                                            2));
  if (options.json != "-") print_result(text);
  return equal ? kExitDone : kExitFailed;
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) {
  using namespace pellucid;
  CommandLine app("Explains again what a picture or a record tells of, and says what differs.",
                  "pellucid-again");
  app.footer(
      "FILE is a picture that pellucid-explain drew, ID.METHOD.png, or a record, ID.json. Model "
      "and "
      "image are\ntaken from where they were, seen from here and from every folder above FILE, or "
      "by "
      "their hashes from\n--look. A picture is equal byte for byte; a record is but for times, and "
      "so "
      "are the maps that it names.\nExit code: 0 all are equal, 1 not all.\n");
  Options options;
  app.add_list("FILE", options.files, "FILE", "pictures and records");
  app.add_repeated("--look", options.look, "DIR",
                   "a folder in which, with those in it, models and images are sought by hash");
  app.add_text("--json", options.json, "FILE",
               "write what came of it as JSON; - for standard output, in place of the text");
  return run_program(app, argc, argv, [&] { return again(options); });
}
