// No kernel may exist that a test cannot select: every .cu file with a version number must be an entry
// of its folder's variant table, under its own file name.
#include <doctest/doctest.h>

#include <filesystem>
#include <regex>

#include "runtime/file.h"

namespace fs = std::filesystem;

namespace {

// The names that the PELLUCID_KERNEL entries of a folder's .cpp files register.
std::string tables_of(const fs::path& folder) {
  std::string text;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".cpp") text += pellucid::read_text_file(entry.path());
  return text;
}

}  // namespace

TEST_CASE("every .cu file is in its operator's variant table") {
  const std::regex numbered(R"(.*_v\d+_.*)");
  int kernels = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(PELLUCID_SOURCE_DIR) / "kernels")) {
    if (entry.path().extension() != ".cu") continue;
    const std::string name = entry.path().stem().string();
    CAPTURE(entry.path().string());
    if (name.ends_with("_vendor")) continue;  // its entries are named after the library
    CHECK(std::regex_match(name, numbered));
    const std::regex table_entry("PELLUCID_KERNEL\\(" + name + "[,)]");
    CHECK(std::regex_search(tables_of(entry.path().parent_path()), table_entry));
    ++kernels;
  }
  CHECK(kernels >= 30);
}
