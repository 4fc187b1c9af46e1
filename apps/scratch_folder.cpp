#include "apps/scratch_folder.h"

#include <cstdlib>
#include <cstring>

#include "runtime/error.h"

namespace pellucid {

ScratchFolder::ScratchFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "pellucid-XXXXXX").string();
  require(::mkdtemp(name.data()) != nullptr, name, ": cannot be made: ", std::strerror(errno));
  path_ = name;
}

ScratchFolder::ScratchFolder(const std::filesystem::path& path)
    : path_(std::filesystem::absolute(path)) {
  std::filesystem::remove_all(path_);
  std::filesystem::create_directory(path_);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace pellucid
