// support.h: what the tests of the data pipeline share.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "nn/data/image.h"
#include "runtime/error.h"
#include "runtime/random.h"

namespace pellucid::test {

// What `work` throws, or "" if it returns. Every message must be one line.
template <class Exception = Error, class Work>
std::string message_of(const Work& work) {
  try {
    work();
  } catch (const Exception& error) {
    const std::string message = error.what();
    CHECK(message.find('\n') == std::string::npos);
    return message;
  }
  return "";
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Shows the whole message when a fragment is missing.
inline void check_fragments(const std::string& message,
                            std::initializer_list<std::string_view> fragments) {
  CAPTURE(message);
  for (const std::string_view fragment : fragments) {
    CAPTURE(fragment);
    CHECK(contains(message, fragment));
  }
}

inline GreyImage image_of(int width, int height, std::vector<std::uint8_t> pixels) {
  GreyImage image(width, height);
  REQUIRE(image.pixels.size() == pixels.size());
  image.pixels = std::move(pixels);
  return image;
}

inline GreyImage random_image(int width, int height, std::uint64_t seed) {
  GreyImage image(width, height);
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<std::uint8_t>(random_bits({seed, 0}, i));
  return image;
}

// A folder of its own, removed with what is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            concat("pellucid-data-test-", ::getpid(), "-", count++);
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace pellucid::test
