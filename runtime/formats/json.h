// json.h: the one way JSON is read. nlohmann-json alone keeps the last of duplicate keys, follows
// any nesting, and reads −1 as 2^64 − 1; here all three are errors that name the file, the key,
// what was found and what was expected. JSON is written with Json itself, whose objects keep their
// order.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pellucid {

using Json = nlohmann::ordered_json;

inline constexpr std::size_t kJsonMaxFileBytes = std::size_t{16} << 20;
inline constexpr int kJsonMaxDepth = 64;
inline constexpr std::size_t kJsonMaxKeys = 10000;  // of one object

// Throws Error "FILE: WHAT (found …; expected …)": not JSON (with line and column), a key given
// twice, objects and arrays more than kJsonMaxDepth deep, an object of more than kJsonMaxKeys keys, a
// number outside the range of double.
Json parse_json(std::string_view text, const std::string& file);
Json read_json_file(const std::string& path);

// One line (indent −1) or indented. Invalid UTF-8 is replaced, NaN and infinities become null.
std::string to_text(const Json& json, int indent = -1);

// "settings.batch was 16, is 8": the first value in which two documents differ, with its path, which
// begins with `path`, each cut to 80 bytes; "" if they are equal, whatever the order of keys.
std::string first_difference(const Json& before, const Json& now, const std::string& path = "");

// A part of a document that may be anything, such as another program's metadata: the text, or the value,
// at `key`; "" and null if `json` is no object or has no such part.
std::string text_at(const Json& json, const char* key);
const Json& part_at(const Json& json, const char* key);

// A value inside a parsed document that knows where it is: "model.json: layers[2].filters".
// The document must outlive it. Every getter throws Error "FILE: PATH: WHAT (found …; expected …)" if
// the value is of another kind or outside the given range.
class JsonView {
 public:
  JsonView(const Json& value, std::string file) : JsonView(value, std::move(file), "") {}

  const Json& value() const { return *value_; }
  std::string where() const;  // "model.json: layers[2].filters"

  // Of an object. at() throws if the key is missing; find() then gives nothing.
  JsonView at(std::string_view key) const;
  std::optional<JsonView> find(std::string_view key) const;
  void expect_object() const;
  // Throws for any other key.
  void expect_keys(std::span<const std::string_view> keys) const;
  void expect_keys(std::initializer_list<std::string_view> keys) const {
    expect_keys(std::span(keys.begin(), keys.size()));
  }

  // Of an array, with `least` to `most` elements.
  std::size_t array_size(std::size_t least = 0,
                         std::size_t most = std::numeric_limits<std::size_t>::max()) const;
  JsonView element(std::size_t index) const;

  bool is_text() const { return value_->is_string(); }
  bool is_array() const { return value_->is_array(); }
  const std::string& text() const;
  bool boolean() const;
  std::int64_t integer(std::int64_t least, std::int64_t most) const;
  double number(double least, double most) const;

  [[noreturn]] void fail_expected(const std::string& expected) const;

 private:
  JsonView(const Json& value, std::string file, std::string path)
      : value_(&value), file_(std::move(file)), path_(std::move(path)) {}
  const Json* value_;
  std::string file_, path_;
};

}  // namespace pellucid
