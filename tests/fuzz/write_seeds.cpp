// write_seeds FOLDER: the files of tests/hostile as FOLDER/FORMAT/good/NAME and …/bad/NAME, and those of
// tests/data/images and, where libonnx-testdata is installed, its conformance cases as good ones; for `inspected`,
// which reads any of them, all good ones.
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
      if (file.bytes.size() <= largest) {
        const bool good = file.verdict.empty();
        write_text_file(concat(argv[1], "/", format.name, good ? "/good/" : "/bad/", file.name),
                        file.bytes);
        if (good)
          write_text_file(concat(argv[1], "/inspected/good/", format.name, "-", file.name),
                          file.bytes);
      }
  for (const auto& entry : std::filesystem::directory_iterator(PELLUCID_TEST_DATA "/images")) {
    const std::string name = entry.path().filename().string();
    for (const test::Format& format : test::formats())
      if (entry.path().extension() == format.extension)
        write_file(concat(argv[1], "/", format.name, "/good/", name), read_file(entry.path()));
  }
  const std::filesystem::path cases = "/usr/share/libonnx-testdata/data/node";
  if (!std::filesystem::exists(cases)) return 0;
  for (const auto& entry : std::filesystem::directory_iterator(cases)) {
    const std::filesystem::path model = entry.path() / "model.onnx";
    const std::string name = entry.path().filename().string();
    if (std::filesystem::file_size(model) <= largest)
      write_file(concat(argv[1], "/onnx/good/", name), read_file(model), Sync::later);
  }
}
