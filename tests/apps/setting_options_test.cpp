// Settings as options of a command line.
#include "apps/setting_options.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "runtime/error.h"
#include "runtime/formats/values.h"

using namespace pellucid;

namespace {

// Of every kind one.
struct Fields {
  int whole = 3;
  double real = 0.5;
  bool flag = false;
  int parsed = 0;

  std::vector<Setting> settings() {
    std::vector<Setting> out;
    SettingGroup numbers(out, "Numbers", {"one", "two"});
    numbers.whole("the_whole", whole, 1, 9, "a whole number");
    Setting& second = numbers.real("the_real", real, 0, 2, "a real number");
    second.beside = "--flag";
    second.active = [this] { return flag; };
    SettingGroup others(out, "Others");
    others.flag("flag", flag, "whether");
    others
        .parsed(
            "parsed", parsed, "none|N", "something read",
            [](const std::string& text) {
              return text == "none" ? 0 : parse_whole(text, "--parsed", 1, 5);
            },
            [](int value) { return value ? std::to_string(value) : "none"; })
        .default_text = "what is best";
    return out;
  }
};

struct Result {
  int code;
  Fields fields;
  std::vector<bool> given;
  Json described = Json::object();
  std::string help;
};

Result run_with(std::vector<std::string> arguments) {
  Result result{0, {}, {}, Json::object(), ""};
  std::vector<Setting> settings = result.fields.settings();
  CommandLine app("Takes settings.", "taker");
  SettingOptions options;
  options.add(app, settings);
  arguments.insert(arguments.begin(), "taker");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::setenv("GOMP_SPINCOUNT", "1", 1);  // a program that finds it does not start itself anew
  result.code = run_program(app, static_cast<int>(arguments.size()), argv.data(), [&] {
    result.help = app.help();  // in the format of the programs
    options.apply();
    check_beside(settings);
    for (const Setting& setting : settings) {
      result.given.push_back(setting.given);
      setting.describe(result.described);
    }
    return 0;
  });
  ::unsetenv("GOMP_SPINCOUNT");
  return result;
}

}  // namespace

TEST_CASE("settings as options: without any the defaults stay, and none was given") {
  const Result result = run_with({});
  CHECK(result.code == 0);
  CHECK(result.fields.whole == 3);
  CHECK(result.described ==
        Json{{"the_whole", 3}, {"the_real", 0.5}, {"flag", false}, {"parsed", "none"}});
  CHECK(result.given == std::vector<bool>(4, false));
}

TEST_CASE("settings as options: each kind reaches its field, and is known to be given") {
  const Result result =
      run_with({"--the-whole", "9", "--flag", "--the-real=1.25", "--parsed", "4"});
  CHECK(result.code == 0);
  CHECK(result.fields.whole == 9);
  CHECK(result.fields.real == 1.25);
  CHECK(result.fields.flag);
  CHECK(result.fields.parsed == 4);
  CHECK(result.given == std::vector<bool>(4, true));
  CHECK(run_with({"--parsed", "4", "--parsed", "none"}).fields.parsed == 0);  // the last counts
}

TEST_CASE(
    "settings as options: what is out of range, unreadable or beside nothing is a usage error") {
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{"--the-whole", "0"},
                                             {"--the-whole", "10"},
                                             {"--the-whole", "x"},
                                             {"--flag", "--the-real", "3"},
                                             {"--parsed", "6"},
                                             {"--parsed", ""},
                                             {"--the-real", "1"},
                                             {"--the_whole", "3"}}) {
    CAPTURE(wrong.front());
    CHECK(run_with(wrong).code == kExitUsage);
  }
}

TEST_CASE("settings as options: the help has groups, placeholders and defaults") {
  const std::string help = run_with({}).help;
  for (const char* part :
       {"Numbers:", "Others:", "--the-whole N", "(default: 3)", "--the-real X", "(default: 0.5)",
        "--flag ", "--parsed none|N", "(default: what is best)"}) {
    CAPTURE(part);
    CHECK(help.find(part) != std::string::npos);
  }
  CHECK(help.find("Numbers:") < help.find("--the-whole"));
  CHECK(help.find("--the-real") < help.find("Others:"));
}
