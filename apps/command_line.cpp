#include "apps/command_line.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <limits>
#include <new>

#include "apps/help_format.h"
#include "apps/limits.h"
#include "apps/version.h"
#include "runtime/error.h"
#include "runtime/fault.h"
#include "runtime/file.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/values.h"
#include "runtime/thread_waiting.h"

namespace pellucid {
namespace {

// A descriptor 0, 1 or 2 that the caller closed would be given to the next file that is opened, and
// that file would receive what is printed. /dev/null the wrong way round keeps the place and fails.
void occupy_standard_descriptors() {
  for (const int descriptor : {0, 1, 2})
    if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
      (void)::open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
}

std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 32 || c == 127) c = ' ';
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

int report(const std::string& message, int code) {
  std::fflush(stdout);
  print_note("error: " + one_line(message));
  return code;
}

std::vector<std::string> long_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

// Before the parser sees them, so that no other complaint hides a mistyped name.
void check_option_names(const CLI::App& app, int argc, char** argv) {
  const std::vector<std::string> known = long_names(app);
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--") return;
    if (!argument.starts_with("--")) continue;
    const std::string name{argument.substr(0, argument.find('='))};
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const bool near = !did_you_mean(name, known).empty();
    throw UsageError(
        concat("unknown option ", name, "; ",
               near ? "did you mean " + nearest_name(name, known) + "?" : "see --help"));
  }
}

template <class T>
CLI::Option* add_number(CLI::App& app, const std::string& name, T& value, T least, T most,
                        const char* kind, const char* value_name, const std::string& help) {
  return app.add_option(name, value, help)
      ->type_name(value_name)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->check(CLI::Validator(
          [=](std::string& text) { return number_problem(text, least, most, kind); }, ""));
}

}  // namespace

Option Option::group(const std::string& heading) const { return Option(option_->group(heading)); }

Option Option::default_text(const std::string& text) const {
  return Option(option_->default_str(text));
}

bool Option::given() const { return option_->count() > 0; }

std::string Option::name() const { return option_->get_name(); }

CommandLine::CommandLine(const std::string& description, const std::string& program)
    : app_(std::make_unique<CLI::App>(description, program)) {}

CommandLine::~CommandLine() = default;

void CommandLine::footer(const std::string& text) { app_->footer(text); }

std::string CommandLine::help() const { return app_->help(); }

Option CommandLine::add_text(const std::string& name, std::string& value, const std::string& values,
                             const std::string& help) {
  return Option(
      app_->add_option(name, value, help)
          ->type_name(values)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
          ->check(CLI::Validator(
              [](std::string& text) { return text.empty() ? "expects a value, got ''" : ""; }, ""))
          ->capture_default_str());
}

Option CommandLine::add_whole(const std::string& name, int& value, int least, int most,
                              const std::string& help) {
  return Option(add_number(*app_, name, value, least, most, "a whole number", "N", help)
                    ->capture_default_str());
}

Option CommandLine::add_seed(const std::string& name, std::uint64_t& value,
                             const std::string& help) {
  return Option(add_number(*app_, name, value, std::uint64_t{0}, ~std::uint64_t{0},
                           "a whole number", "N", help)
                    ->capture_default_str());
}

Option CommandLine::add_real(const std::string& name, double& value, double least, double most,
                             const std::string& help) {
  return Option(add_number(*app_, name, value, least, most, "a number", "X", help)
                    ->default_str(fmt::format("{}", value)));
}

Option CommandLine::add_flag(const std::string& name, bool& value, const std::string& help) {
  return Option(app_->add_flag(name, value, help));
}

void CommandLine::add_positional(const std::string& name, std::string& value,
                                 const std::string& help) {
  app_->add_option(name, value, help);
}

void CommandLine::add_list(const std::string& name, std::vector<std::string>& values,
                           const std::string& value_name, const std::string& help) {
  app_->add_option(name, values, help)->type_name(value_name);
}

void CommandLine::add_repeated(const std::string& name, std::vector<std::string>& values,
                               const std::string& value_name, const std::string& help) {
  app_->add_option(name, values, help)->type_name(value_name)->allow_extra_args(false);
}

int CommandLine::parse_and_run(int argc, char** argv, const std::function<int()>& body) {
  use_help_format(*app_);
  app_->set_version_flag(
      "--version",
      [this] {
        return fmt::format("{} {} ({})", app_->get_name(), version(), build_description());
      },
      "print version and build, and exit");
  app_->set_help_flag("-h,--help", "print this help, and exit");
  std::string completion;
  add_text("--completion", completion, "bash", "print a completion script, and exit");
  bool limits = false;
  add_flag("--limits", limits, "print the largest files and values that are read, and exit");
  check_option_names(*app_, argc, argv);
  try {
    app_->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    print_result(help());
    return kExitDone;
  } catch (const CLI::CallForVersion& asked) {
    print_result(std::string(asked.what()) + "\n");
    return kExitDone;
  } catch (const CLI::ExtrasError&) {
    throw UsageError(concat("unexpected argument '", app_->remaining().front(), "'; see --help"));
  } catch (const CLI::ParseError& wrong) {
    throw UsageError(wrong.what());
  }
  if (limits) {
    print_result(limits_table());
    return kExitDone;
  }
  if (completion.empty()) return body();
  if (completion != "bash")
    throw UsageError(concat("unknown shell '", completion, "' for --completion (known: bash)"));
  print_result(bash_completion(*app_));
  return kExitDone;
}

int run_program(CommandLine& app, int argc, char** argv, const std::function<int()>& body) {
  spin_briefly(argv);
  occupy_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);  // a write then fails with EPIPE, which print_result reports
  try {
    if (const char* plan = std::getenv("PELLUCID_FAULT")) plan_fault(plan);
    const int code = app.parse_and_run(argc, argv, body);
    print_result("");
    return code;
  } catch (const UsageError& wrong) {
    return report(wrong.what(), kExitUsage);
  } catch (const std::bad_alloc&) {
    return report("out of host memory; a smaller --batch or fewer images would help", kExitFailed);
  } catch (const std::exception& failure) {
    return report(failure.what(), kExitFailed);
  } catch (...) {
    return report("an unknown exception", kExitFailed);
  }
}

void require_option(const std::string& value, const char* name, const char* what) {
  if (value.empty()) throw UsageError(concat(name, " is required (", what, "); see --help"));
}

void add_device(CommandLine& app, std::string& value) {
  app.add_text(
      "--device", value, "auto|cuda|cpu|emu",
      "what computes: an NVIDIA GPU, the host's vector units, or the CUDA kernels emulated; auto "
      "takes cuda if there is one, else cpu; cuda:1 is the second GPU");
}

Device open_device(const std::string& name) {
  const Device device = resolve_device(name);
  std::string line = "device " + describe_device(device);
  if (name == "auto" && device.kind != DeviceKind::cuda)
    line += concat("; not cuda: ", device_status(DeviceKind::cuda).description);
  print_note(line);
  return device;
}

void print_result(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    const int cause = errno;
    std::clearerr(stdout);
    fail("cannot write to standard output: ", std::strerror(cause));
  }
}

void write_json_result(const std::string& value, const std::string& json) {
  if (value == "-") return print_result(json + "\n");
  write_text_file(value, json + "\n");
}

void print_note(std::string_view text) {
  const std::string line = std::string(text) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace pellucid
