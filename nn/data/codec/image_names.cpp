#include <algorithm>
#include <string_view>

#include "nn/data/codec/image_codec.h"
#include "nn/data/codec/image_file.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

// "A, B or C".
std::string alternatives(const std::vector<std::string_view>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 < words.size() ? ", " : " or ";
    out += words[i];
  }
  return out;
}

// The extensions of all formats, in the order in which a folder is searched for them.
std::vector<std::string_view> all_extensions() {
  std::vector<std::string_view> all;
  for (const ImageCodec* codec : all_image_codecs())
    all.insert(all.end(), codec->extensions.begin(), codec->extensions.end());
  return all;
}

}  // namespace

std::string image_formats() {
  std::vector<std::string_view> names;
  for (const ImageCodec* codec : all_image_codecs()) names.push_back(codec->name);
  return alternatives(names);
}

std::string image_extensions() { return alternatives(all_extensions()); }

bool has_image_extension(const std::filesystem::path& path) {
  const std::string extension = lower_case(path.extension().string());
  const auto all = all_extensions();
  return std::find(all.begin(), all.end(), extension) != all.end();
}

std::filesystem::path find_image(const std::filesystem::path& folder, const std::string& name) {
  std::error_code error;
  for (const std::string_view extension : all_extensions()) {
    std::filesystem::path path = folder / (name + std::string(extension));
    if (std::filesystem::exists(path, error)) return path;
  }
  return {};
}

}  // namespace pellucid
