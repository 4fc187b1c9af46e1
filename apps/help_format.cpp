#include "apps/help_format.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <memory>
#include <sstream>

namespace pellucid {
namespace {

constexpr std::size_t kLineWidth = 100;

std::string wrap(const std::string& text, std::size_t indent) {
  std::istringstream words(text);
  std::string out, word;
  std::size_t column = indent;
  while (words >> word) {
    if (!out.empty() && column + 1 + word.size() > kLineWidth) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!out.empty()) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out;
}

bool is_lower_word(const std::string& word) {
  return !word.empty() && std::islower(static_cast<unsigned char>(word[0]));
}

std::vector<std::string> split_alternatives(const std::string& placeholder) {
  std::vector<std::string> words;
  std::istringstream in(placeholder);
  for (std::string word; std::getline(in, word, '|');) words.push_back(word);
  return words;
}

// What completes an option's value, as the body of a case arm.
std::string completion_of(const CLI::Option& option) {
  std::string words;
  bool path = false;
  for (const std::string& word : split_alternatives(option.get_type_name())) {
    if (is_lower_word(word)) words += (words.empty() ? "" : " ") + word;
    if (word.starts_with("FILE") || word.starts_with("DIR")) path = true;
  }
  return fmt::format("COMPREPLY=($(compgen {}-W \"{}\" -- \"$word\"))", path ? "-f " : "", words);
}

class HelpFormat : public CLI::Formatter {
 public:
  HelpFormat() { column_width(30); }
  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    std::string head = "  " + option->get_name(is_positional, !is_positional);
    std::string help = option->get_description();
    if (option->get_type_size() != 0) {
      if (!is_positional && !option->get_type_name().empty()) head += " " + option->get_type_name();
      if (!option->get_default_str().empty())
        help += fmt::format(" (default: {})", option->get_default_str());
    }
    const std::size_t width = get_column_width();
    const std::string gap = head.size() + 2 > width ? "\n" + std::string(width, ' ')
                                                    : std::string(width - head.size(), ' ');
    return head + gap + wrap(help, width) + "\n";
  }
};

}  // namespace

void use_help_format(CLI::App& app) { app.formatter(std::make_shared<HelpFormat>()); }

std::string bash_completion(const CLI::App& app) {
  std::string function = "_" + app.get_name(), options, arms;
  std::replace(function.begin(), function.end(), '-', '_');
  for (const CLI::Option* option : app.get_options()) {
    if (!option->nonpositional()) continue;
    for (const std::string& name : option->get_lnames()) {
      options += (options.empty() ? "--" : " --") + name;
      if (option->get_type_size() != 0)
        arms += fmt::format("    --{}) {}; return;;\n", name, completion_of(*option));
    }
  }
  return fmt::format(
      "{0}() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}\n"
      "  case $before in\n{1}  esac\n"
      "  COMPREPLY=($(compgen -W \"{2}\" -- \"$word\"))\n"
      "}}\n"
      "complete -o filenames -F {0} {3}\n",
      function, arms, options, app.get_name());
}

}  // namespace pellucid
