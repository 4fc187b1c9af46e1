// The official ONNX cases against tables of what became of each: tests/conformance/table-VERSION.txt.
#include <cstdlib>
#include <iostream>
#include <random>
#include <set>

#include "nn/graph/onnx/import.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "tests/conformance/verdict.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

constexpr const char* kDebianCases = "/usr/share/libonnx-testdata/data";

struct Row {
  int passed = 0, folded = 0, refused = 0, failed = 0;
  Row& operator+=(const Row& other) {
    passed += other.passed;
    folded += other.folded;
    refused += other.refused;
    failed += other.failed;
    return *this;
  }
};

std::string padded(std::string text, std::size_t width, bool right = false) {
  const std::string space(width > text.size() ? width - text.size() : 0, ' ');
  return right ? space + text : text + space;
}

std::string line(const std::string& name, const Row& row) {
  std::string text = padded(name, 32);
  for (const int count : {row.passed, row.folded, row.refused, row.failed})
    text += padded(std::to_string(count), 9, true);
  return text + "\n";
}

struct Table {
  std::map<std::string, Row> rows;
  std::map<std::string, std::map<std::string, int>> reasons;  // by operator
  std::vector<std::string> passed, folded, failed;

  void add(const ConformanceCase& one, const Verdict& verdict) {
    const std::string op = one.op.empty() ? "(unread)" : one.op;
    Row& row = rows[op];
    switch (verdict.kind) {
      case Verdict::passed:
        ++row.passed;
        passed.push_back(concat(one.name, verdict.official ? " *" : ""));
        break;
      case Verdict::folded:
        ++row.folded;
        folded.push_back(one.name);
        break;
      case Verdict::refused:
        ++row.refused;
        ++reasons[op][verdict.reason];
        break;
      case Verdict::failed:
        ++row.failed;
        failed.push_back(concat(one.name, ": ", verdict.reason));
        break;
    }
  }

  std::string text() const {
    Row all, one_operator;
    for (const auto& [op, row] : rows) {
      all += row;
      if (op != "(several)") one_operator += row;
    }
    std::string out = padded("operator", 32);
    for (const char* head : {"passed", "folded", "refused", "failed"}) out += padded(head, 9, true);
    out += "\n" + line("all", all) + line("of one operator", one_operator);
    for (const auto& [op, row] : rows) out += line(op, row);
    out += "\nrefused\n";
    for (const auto& [op, each] : reasons)
      for (const auto& [reason, count] : each)
        out += concat("  ", op, ": ", reason, " (", count, ")\n");
    out += "\npassed (*: by the official tolerance, 1e-7 + 1e-3·|b|, only)\n";
    for (const std::string& name : passed) out += "  " + name + "\n";
    out += "\nfolded\n";
    for (const std::string& name : folded) out += "  " + name + "\n";
    return out;
  }
};

// Every step-th case of those in the folder.
Table walked(const std::filesystem::path& root, std::size_t step) {
  Table table;
  const std::vector<std::filesystem::path> folders = conformance_folders(root);
  for (std::size_t i = 0; i < folders.size(); i += step) {
    const ConformanceCase one = read_conformance_case(folders[i]);
    table.add(one, verdict_on(stream(), one));
  }
  return table;
}

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.insert(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// All on the cpu, a share elsewhere. Of a package that has another number of cases wrong numbers are looked for only.
void check(const std::filesystem::path& root, std::size_t cases, const std::string& version,
           const std::string& head) {
  const std::filesystem::path file = std::filesystem::path(PELLUCID_SOURCE_DIR) /
                                     "tests/conformance" / concat("table-", version, ".txt");
  const bool all = device() == DeviceKind::cpu && !kSmallShapesOnly;
  const Table table = walked(root, all ? 1 : 4);
  for (const std::string& wrong : table.failed) FAIL_CHECK(wrong);
  if (conformance_folders(root).size() != cases) {
    MESSAGE("not compared with the table: another version of the cases");
    return;
  }
  if (all && std::getenv("PELLUCID_WRITE_TABLES"))
    return write_text_file(file, head + table.text());
  const std::string committed = read_text_file(file);
  const std::set<std::string> lines = lines_of(committed), now = lines_of(table.text());
  for (const std::string& name : table.passed)
    CHECK_MESSAGE(lines.contains("  " + name), "passes now, unlike ", file.string(), ": ", name);
  if (!all) return;
  for (const std::string& each : lines)
    if (each.starts_with("  ") && !now.contains(each)) FAIL_CHECK("no longer so: ", each);
  CHECK(committed == head + table.text());
}

}  // namespace

TEST_CASE("ONNX conformance: the cases of Debian's libonnx-testdata") {
  const std::filesystem::path root = kDebianCases;
  if (conformance_folders(root).empty()) {
    std::cout << "skipped: no libonnx-testdata\n";
    return;
  }
  check(root, 1072, "1.12",
        "ONNX 1.12.0's cases, Debian's package libonnx-testdata (opset 17 and older).\n"
        "Made by: PELLUCID_WRITE_TABLES=1 build/release/bin/test_conformance\n\n");
}

TEST_CASE("ONNX conformance: the cases that onnx 1.23.2 generates") {
  const char* const root = std::getenv("PELLUCID_ONNX_CASES");
  if (!root) return;
  REQUIRE(conformance_folders(root).size() == 1884);
  check(root, 1884, "1.23.2",
        "The cases that the Python package onnx 1.23.2 generates (opset 28 and older).\n"
        "Made by: PELLUCID_ONNX_CASES=FOLDER PELLUCID_WRITE_TABLES=1 "
        "build/release/bin/test_conformance\n\n");
}

TEST_CASE("ONNX conformance: damaged cases are networks or an Error, nothing else") {
  if (device() != DeviceKind::cpu || kSmallShapesOnly) return;
  // More of them by hand, after changes to the importer.
  const int rounds =
      std::getenv("PELLUCID_DAMAGES") ? std::atoi(std::getenv("PELLUCID_DAMAGES")) : 8;
  std::mt19937 draw(1);
  int networks = 0, errors = 0;
  for (const std::filesystem::path& folder : conformance_folders(kDebianCases)) {
    const ConformanceCase one = read_conformance_case(folder);
    const std::string whole = read_text_file(folder / "model.onnx", std::size_t{1} << 24);
    for (int round = 0; round < rounds; ++round) {
      std::string bytes = whole;
      for (int i = 0; i <= round % 3; ++i)
        bytes[draw() % bytes.size()] = static_cast<char>(draw() % 4 == 0 ? draw() : draw() % 9);
      ImportOptions options;
      options.batch = round % 2 == 0;
      options.joined = round % 4 < 2;
      for (std::size_t i = options.joined ? 0 : 1; i < one.inputs.size(); ++i)
        if (!options.joined || !one.inputs[i].is_floating())
          options.bound.emplace(one.inputs[i].name, one.inputs[i]);
      try {
        const OnnxModel model = parse_onnx(bytes, "case.onnx");
        networks += import_onnx(model, options).untranslated.empty();
      } catch (const Error&) {
        ++errors;
      } catch (const std::exception& other) {
        FAIL_CHECK(folder.filename().string(), ": ", other.what());
      }
    }
  }
  CHECK(networks > 0);
  CHECK(errors > 0);
}
