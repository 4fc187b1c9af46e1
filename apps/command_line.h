// command_line.h: what every program shares: how options are read, how errors end it, what streams
// carry.
//
//     int main(int argc, char** argv) {
//       CommandLine app("Says what the program does.", "pellucid-train");
//       TrainOptions options;
//       app.add_whole("--epochs", options.epochs, 1, 100000, "passes over the training set");
//       return run_program(app, argc, argv, [&] { return train(options); });
//     }
//
// Exit codes: 0 done, 1 failed, 2 wrong command line, 3 done but some inputs failed. An error is
// one line `error: …` on stderr. stdout carries the result and nothing else.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/device.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace pellucid {

enum ExitCode { kExitDone = 0, kExitFailed = 1, kExitUsage = 2, kExitSomeFailed = 3 };

// An option of a CommandLine; usable as long as that lives.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  // The heading of --help under which it comes. Returns itself, as default_text() does.
  Option group(const std::string& heading) const;
  // What --help calls its default, in place of the value.
  Option default_text(const std::string& text) const;
  // Whether it was on the command line.
  bool given() const;
  // "--epochs"
  std::string name() const;

 private:
  CLI::Option* option_;
};

// What a program takes on its command line. CLI11 parses it, and stays behind this class since its
// header costs seconds wherever it is included.
class CommandLine {
 public:
  CommandLine(const std::string& description, const std::string& program);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // What follows the options in --help.
  void footer(const std::string& text);
  std::string help() const;

  // Options with their default shown in --help. `values` is the placeholder: words in small letters
  // are offered by completion, words in capitals stand for the user's own (FILE, DIR: a path).
  Option add_text(const std::string& name, std::string& value, const std::string& values,
                  const std::string& help);
  // A whole number in [least, most].
  Option add_whole(const std::string& name, int& value, int least, int most,
                   const std::string& help);
  // A whole number in [0, 2^64 − 1].
  Option add_seed(const std::string& name, std::uint64_t& value, const std::string& help);
  // A finite number in [least, most].
  Option add_real(const std::string& name, double& value, double least, double most,
                  const std::string& help);
  // Without a value; true if given.
  Option add_flag(const std::string& name, bool& value, const std::string& help);
  // An argument that needs no option before it ("VERB"); may be missing.
  void add_positional(const std::string& name, std::string& value, const std::string& help);
  // Any number of values: after an option ("--image"), or without one ("MAPS").
  void add_list(const std::string& name, std::vector<std::string>& values,
                const std::string& value_name, const std::string& help);
  // An option that takes one value, and may be given several times.
  void add_repeated(const std::string& name, std::vector<std::string>& values,
                    const std::string& value_name, const std::string& help);

 private:
  friend int run_program(CommandLine& app, int argc, char** argv, const std::function<int()>& body);
  int parse_and_run(int argc, char** argv, const std::function<int()>& body);

  std::unique_ptr<CLI::App> app_;
};

// Parses the command line with `app` and returns the exit code of body(), or that of the error it
// threw. Adds --help, --version, --limits and `--completion bash`, which print and return 0. The last of a
// repeated option counts; an unknown option is answered with the nearest known one.
int run_program(CommandLine& app, int argc, char** argv, const std::function<int()>& body);

// Throws UsageError "--model is required (…)" if `value` is empty. Checked by the body and not by
// the parser, so that a mistyped name is reported as that.
void require_option(const std::string& value, const char* name, const char* what);

void add_device(CommandLine& app, std::string& value);
// Resolves --device and says on stderr which device runs, and for auto without a GPU why not cuda.
Device open_device(const std::string& name);

// Writes to stdout; throws Error if it does not take all, e.g. since its reader has gone.
void print_result(std::string_view text);
// `value` of a --json option: "-" is stdout, anything else a file, written durably.
void write_json_result(const std::string& value, const std::string& json);

// A line on stderr.
void print_note(std::string_view text);

}  // namespace pellucid
