// Files of which `pellucid inspect` says what they are: damaged ones of each kind, and of no kind.
#include "nn/data/codec/image_file.h"
#include "runtime/error.h"
#include "tests/hostile/formats.h"
#include "tests/hostile/saved_files.h"

namespace pellucid::test {
namespace {

std::string png(int planes, int width, int height) {
  const std::vector<std::uint8_t> pixels(static_cast<std::size_t>(planes) * width * height, 7);
  const std::vector<std::byte> bytes = encode_png(width, height, planes, pixels);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// 33 × 32 pixels of 16 bits, all different: as PGM, which is read under any name.
std::string many_labels() {
  std::string out = "P5 33 32 65535\n";
  for (int i = 0; i < 33 * 32; ++i) {
    out += static_cast<char>(i >> 8);
    out += static_cast<char>(i & 0xFF);
  }
  return out;
}

}  // namespace

std::vector<HostileFile> hostile_label_image() {
  return {
      {"grey", png(1, 3, 2), ""},
      {"in-colour", png(3, 3, 2),
       "FILE: in colour (found 3 planes; expected a grey picture, of labels)"},
      {"too-many", many_labels(), "FILE: too many segments (found 1056; expected at most 1024)"},
      {"no-image", "labels", no_image("\"labels\"")},
  };
}

std::vector<HostileFile> hostile_inspected() {
  const std::string model = saved_model();
  return {
      {"model", model, ""},
      {"run", saved_run(), ""},
      {"packed", saved_packed(), ""},
      {"picture", png(1, 2, 2), ""},
      {"deep-packed", saved_deep_packed(), ""},
      {"table", "path,label\na.png,x\n", ""},
      {"model-cut", model.substr(0, model.size() - 1),
       "FILE: wrong size (found 23 bytes behind the header; expected the 24 of its tensors)"},
  };
}

}  // namespace pellucid::test
