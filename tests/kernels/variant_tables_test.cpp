// No kernel may exist that a test cannot select: every .cu file with a version number must be an
// entry of its operator's variant table, under its own file name. And each opens with its lecture.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "runtime/file.h"

namespace fs = std::filesystem;

namespace {

const fs::path kKernels = fs::path(PELLUCID_SOURCE_DIR) / "kernels";

// The .cpp files of the operator that `kernel` belongs to, whose PELLUCID_KERNEL entries register names.
std::string tables_of(const fs::path& kernel) {
  const fs::path operator_folder = kKernels / *fs::relative(kernel, kKernels).begin();
  std::string text;
  for (const auto& entry : fs::recursive_directory_iterator(operator_folder))
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
  for (const auto& entry : fs::recursive_directory_iterator(kKernels)) {
    if (entry.path().extension() != ".cu") continue;
    const std::string name = entry.path().stem().string();
    CAPTURE(entry.path().string());
    if (name.ends_with("_vendor")) continue;  // its entries are named after the library
    CHECK(has_number(name));
    const std::string tables = tables_of(entry.path()), opening = "PELLUCID_KERNEL(" + name;
    CHECK((tables.find(opening + ")") != std::string::npos ||
           tables.find(opening + ",") != std::string::npos));
    ++kernels;
  }
  CHECK(kernels >= 30);
}

TEST_CASE(
    "every .cu file opens with what it computes, its mapping, idea, limits, cost and what is "
    "next") {
  for (const auto& entry : fs::recursive_directory_iterator(kKernels)) {
    if (entry.path().extension() != ".cu") continue;
    CAPTURE(entry.path().string());
    const std::string text = pellucid::read_text_file(entry.path());
    const std::string header = text.substr(0, text.find("#include"));
    CHECK(header.starts_with("// " + entry.path().filename().string() + ": "));
    for (const char* key : {"computes", "mapping", "idea", "limits", "cost", "next"}) {
      CAPTURE(key);
      CHECK(header.find("\n// " + std::string(key) + ' ') != std::string::npos);
    }
  }
}
