#include "tests/apps/run_folder.h"

#include <filesystem>

#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "tests/apps/process.h"

namespace pellucid::test {

std::string in_work(const std::string& name) { return (work_folder() / name).string(); }

std::vector<std::string> with(std::vector<std::string> arguments,
                              const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::map<std::string, std::string> contents_of(const std::string& folder) {
  std::map<std::string, std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(in_work(folder))) {
    const std::string name = entry.path().filename();
    std::string& text = out[name] = read_text_file(entry.path());
    if (entry.path().extension() != ".json") continue;
    Json json = parse_json(text, name);
    for (const char* key : {"seconds", "images_per_second", "best"}) json.erase(key);
    if (json.contains("settings")) json["settings"].erase("out");
    if (json.contains("explanations"))
      for (Json& explanation : json["explanations"]) {
        explanation.erase("cost");
        explanation.erase("score_cost");
      }
    text = json.dump();
  }
  for (const char* file :
       {"history.jsonl", "checkpoint.safetensors"})  // seconds of epochs are in them
    out.erase(file);
  return out;
}

}  // namespace pellucid::test
