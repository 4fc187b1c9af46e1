// No kernel may exist that a test cannot select: every .cu file with a version number must be an
// entry of its folder's variant table, under its own file name.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

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

// As in softmax_v2_online.
bool has_number(const std::string& name) {
  for (std::size_t at = name.find("_v"); at != std::string::npos; at = name.find("_v", at + 1))
    if (at + 2 < name.size() && name[at + 2] >= '1' && name[at + 2] <= '9') return true;
  return false;
}

}  // namespace

TEST_CASE("every .cu file is in its operator's variant table") {
  int kernels = 0;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(PELLUCID_SOURCE_DIR) / "kernels")) {
    if (entry.path().extension() != ".cu") continue;
    const std::string name = entry.path().stem().string();
    CAPTURE(entry.path().string());
    if (name.ends_with("_vendor")) continue;  // its entries are named after the library
    CHECK(has_number(name));
    const std::string tables = tables_of(entry.path().parent_path()),
                      opening = "PELLUCID_KERNEL(" + name;
    CHECK((tables.find(opening + ")") != std::string::npos ||
           tables.find(opening + ",") != std::string::npos));
    ++kernels;
  }
  CHECK(kernels >= 30);
}
