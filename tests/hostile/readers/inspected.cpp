#include "apps/inspect/file_kind.h"
#include "tests/hostile/readers/readers.h"

namespace pellucid::test {

void load_inspected(const Path& path) {
  expect(!inspection_text(inspect_file(path.string())).empty(), "nothing is said of a file");
}

}  // namespace pellucid::test
