#include "apps/counts/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <sstream>

#include "runtime/error.h"

namespace pellucid {
namespace {

using emulator::KernelTraffic;

constexpr std::string_view kCompilerLine = "# compiler: ";

// The columns after the kernel's name. What is `asked` is the same whoever compiles the kernel; how many
// instructions ask for it is the compiler's choice; a ratio follows from other columns.
enum class Figure { asked, compiled, ratio };
struct Column {
  const char* name;
  Figure figure;
};
constexpr std::array<Column, 14> kColumns{{{"launches", Figure::asked},
                                           {"blocks", Figure::asked},
                                           {"barriers", Figure::asked},
                                           {"load requests", Figure::compiled},
                                           {"load bytes", Figure::asked},
                                           {"load sectors", Figure::compiled},
                                           {"sectors/load", Figure::ratio},
                                           {"store requests", Figure::compiled},
                                           {"store bytes", Figure::asked},
                                           {"store sectors", Figure::compiled},
                                           {"sectors/store", Figure::ratio},
                                           {"shared requests", Figure::compiled},
                                           {"bank conflicts", Figure::compiled},
                                           {"conflicts/request", Figure::ratio}}};

// By how much a compiled figure of another compiler may differ, of the greater one. Between g++ 12 and 14
// 9 kernels of 150 do: one splits a sixth of its stores, the others stay within a hundredth.
constexpr double kCompilersDiffer = 0.2;

std::string ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? "-" : fmt::format("{:.2f}", static_cast<double>(part) / whole);
}

using Figures = std::array<std::string, kColumns.size()>;

Figures figures(const KernelTraffic& k) {
  const auto text = [](std::uint64_t value) { return std::to_string(value); };
  return {text(k.launches),
          text(k.blocks),
          text(k.barriers),
          text(k.loads.requests),
          text(k.loads.bytes),
          text(k.loads.sectors),
          ratio(k.loads.sectors, k.loads.requests),
          text(k.stores.requests),
          text(k.stores.bytes),
          text(k.stores.sectors),
          ratio(k.stores.sectors, k.stores.requests),
          text(k.shared.requests),
          text(k.shared.conflicts),
          ratio(k.shared.conflicts, k.shared.requests)};
}

std::string table_row(const std::string& name, const Figures& f) {
  return fmt::format(
      "{:<58}{:>10}{:>8}{:>9}  {:>10}{:>9}{:>8}{:>7}  {:>10}{:>9}{:>8}{:>7}  {:>10}{:>10}{:>7}\n",
      name, f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9], f[10], f[11], f[12], f[13]);
}

std::string row_name(const VariantCounts& variant, const KernelTraffic& kernel) {
  return kernel.name == variant.name ? variant.name : variant.name + "/" + kernel.name;
}

// The rows of a table by "case, kernel", in the table's order.
struct Row {
  std::string key;
  std::vector<std::string> figures;
};
std::vector<Row> parse(std::string_view table) {
  std::vector<Row> rows;
  std::istringstream lines{std::string(table)};
  std::string current_case;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    if (!line.starts_with(' ')) {
      current_case = line;
      continue;
    }
    std::istringstream words(line);
    Row row;
    words >> row.key;
    row.key += " (" + current_case + ")";
    for (std::string word; words >> word;) row.figures.push_back(word);
    rows.push_back(std::move(row));
  }
  return rows;
}

bool agree(const Column& column, const std::string& a, const std::string& b, bool same_compiler) {
  if (a == b || (!same_compiler && column.figure == Figure::ratio)) return true;
  if (same_compiler || column.figure == Figure::asked) return false;
  const double x = std::stod(a), y = std::stod(b);
  return std::abs(x - y) <= kCompilersDiffer * std::max(x, y);
}

}  // namespace

std::string counting_compiler() { return fmt::format("g++ {}", __GNUC__); }

std::string counts_table(const std::vector<CaseCounts>& counts) {
  std::string out = concat(
      "# What every kernel asks of memory, counted in the emulator (runtime/emulator/traffic).\n"
      "# The first variant of an operator is its default. `pellucid-bench counts --write FILE`\n"
      "# writes this table anew.\n",
      kCompilerLine, counting_compiler(), "\n#\n",
      fmt::format("#{:>114}{:>36}{:>26}\n", "global loads", "global stores", "shared memory"),
      table_row("# variant/kernel",
                {"launches", "blocks", "barriers", "requests", "bytes", "sectors", "each",
                 "requests", "bytes", "sectors", "each", "requests", "conflicts", "each"}));
  for (const CaseCounts& one : counts) {
    out += fmt::format("\n{}: {}\n", one.name, one.shape);
    for (const VariantCounts& variant : one.variants)
      for (const KernelTraffic& kernel : variant.kernels)
        out += table_row("  " + row_name(variant, kernel), figures(kernel));
  }
  return out;
}

std::string counts_summary(const std::vector<CaseCounts>& counts) {
  std::string out = "Global memory, the default beside the naive variant:\n";
  for (const CaseCounts& one : counts) {
    const VariantCounts &tuned = one.tuned(), *naive = one.naive();
    if (!naive || naive == &tuned) continue;
    const auto percent = [](std::uint64_t part, std::uint64_t whole) {
      return 100.0 * static_cast<double>(part) / static_cast<double>(whole);
    };
    out += fmt::format(
        "  {}: {}\n    {:<38}{:>9} bytes in{:>8} sectors\n"
        "    {:<38}{:>9} bytes in{:>8} sectors: {:.1f} % of the bytes, {:.1f} % of "
        "the sectors\n",
        one.name, one.shape, naive->name, naive->global_bytes(), naive->global_sectors(),
        tuned.name, tuned.global_bytes(), tuned.global_sectors(),
        percent(tuned.global_bytes(), naive->global_bytes()),
        percent(tuned.global_sectors(), naive->global_sectors()));
  }
  return out;
}

Json counts_json(const std::vector<CaseCounts>& counts) {
  const auto global = [](const emulator::GlobalTraffic& t) {
    return Json{{"requests", t.requests}, {"bytes", t.bytes}, {"sectors", t.sectors}};
  };
  Json cases = Json::array();
  for (const CaseCounts& one : counts) {
    Json variants = Json::array();
    for (const VariantCounts& variant : one.variants) {
      Json kernels = Json::array();
      for (const KernelTraffic& k : variant.kernels)
        kernels.push_back({{"name", k.name},
                           {"launches", k.launches},
                           {"blocks", k.blocks},
                           {"barriers", k.barriers},
                           {"global_loads", global(k.loads)},
                           {"global_stores", global(k.stores)},
                           {"shared",
                            {{"requests", k.shared.requests},
                             {"bytes", k.shared.bytes},
                             {"conflicts", k.shared.conflicts}}}});
      variants.push_back({{"name", variant.name}, {"kernels", std::move(kernels)}});
    }
    cases.push_back(
        {{"operator", one.name}, {"shape", one.shape}, {"variants", std::move(variants)}});
  }
  return cases;
}

std::string table_compiler(std::string_view table) {
  const std::size_t at = table.find(kCompilerLine);
  require(at != std::string_view::npos, "the table does not name the compiler of its counts");
  const std::size_t begin = at + kCompilerLine.size();
  return std::string(table.substr(begin, table.find('\n', begin) - begin));
}

std::vector<std::string> table_differences(std::string_view committed, std::string_view counted) {
  const bool same_compiler = table_compiler(committed) == table_compiler(counted);
  std::vector<std::string> differences;
  std::map<std::string, std::vector<std::string>> expected;
  for (Row& row : parse(committed)) expected[row.key] = std::move(row.figures);
  for (const Row& row : parse(counted)) {
    const auto found = expected.find(row.key);
    if (found == expected.end()) {
      differences.push_back(row.key + " is not in the table");
      continue;
    }
    if (found->second.size() != kColumns.size()) {
      differences.push_back(fmt::format("{} has {} figures in the table, not {}", row.key,
                                        found->second.size(), kColumns.size()));
    } else {
      for (std::size_t i = 0; i < kColumns.size(); ++i)
        if (!agree(kColumns[i], row.figures[i], found->second[i], same_compiler))
          differences.push_back(fmt::format("{}: {} {}, the table says {}", row.key,
                                            kColumns[i].name, row.figures[i], found->second[i]));
    }
    expected.erase(found);
  }
  for (const auto& [key, figures] : expected)
    differences.push_back(key + " is in the table but was not counted");
  return differences;
}

}  // namespace pellucid
