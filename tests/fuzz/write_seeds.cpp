// write_seeds FOLDER: the files of tests/hostile as FOLDER/FORMAT/good/NAME and …/bad/NAME.
#include <cstdio>

#include "runtime/error.h"
#include "runtime/file.h"
#include "tests/hostile/formats.h"

int main(int argc, char** argv) {
  using namespace pellucid;
  if (argc != 2) return 2;
  constexpr std::size_t largest = 65536;  // what is larger only slows the fuzzers down
  for (const test::Format& format : test::formats())
    for (const test::HostileFile& file : format.files())
      if (file.bytes.size() <= largest)
        write_text_file(
            concat(argv[1], "/", format.name, file.verdict.empty() ? "/good/" : "/bad/", file.name),
            file.bytes);
}
