// ids.h: names of images that can be part of the name of a file, made in one way by every program.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace pellucid {

inline constexpr std::size_t kMaxIdBytes = 100;

// Letters, digits and whatever else is UTF-8 stay, and of ASCII . _ + -; a _ takes the place of spaces, of
// other ASCII characters, of control and direction characters, of bytes that are not UTF-8, and of a dot in
// front. A name of more than kMaxIdBytes keeps its beginning, and its MD5's first 8 digits follow.
std::string id_of(std::string_view name);

// Of a picture's content hash (nn/data/image.h): an id that says nothing of the name.
std::string anonymous_id(const std::string& content);

// Ids that differ: the second of one name gets "_2" at its end, the third "_3".
class UniqueIds {
 public:
  std::string of(std::string_view name);

 private:
  std::set<std::string, std::less<>> taken_;
};

}  // namespace pellucid
