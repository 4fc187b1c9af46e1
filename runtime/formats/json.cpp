#include "runtime/formats/json.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

std::string place_of(std::string_view text, std::size_t bytes) {
  const std::string_view before = text.substr(0, std::max<std::size_t>(bytes, 1) - 1);
  const std::size_t line_start = before.rfind('\n') + 1;  // 0 if there is none
  return concat("line ", 1 + std::count(before.begin(), before.end(), '\n'), ", column ",
                before.size() - line_start + 1);
}

// nlohmann's "…syntax error while parsing value - unexpected ']'; expected '[', '{', or a literal" or
// "… - invalid literal; last read: 'nul'" as what was found and what was expected.
std::string cause_of(std::string_view error) {
  constexpr std::string_view kDash = " - ", kUnexpected = "unexpected ", kExpected = "; expected ";
  if (const std::size_t at = error.find(kDash); at != error.npos) error = error.substr(at + 3);
  const std::size_t last_read = error.find("; last read");
  std::size_t at = error.find(kExpected);
  if (at > last_read) at = error.rfind(kExpected);  // behind what was read
  std::string_view found = error.substr(0, std::min(at, last_read)), expected = "JSON";
  if (found.starts_with(kUnexpected)) found.remove_prefix(kUnexpected.size());
  if (at != error.npos) {
    if (last_read > at) error = error.substr(0, last_read);
    expected = error.substr(at + kExpected.size());
  }
  return concat("(found ", printable(found), "; expected ", printable(expected), ")");
}

// Walks the text before any value is built. nlohmann's parser keeps its own stack, so a refusal
// here comes before anything could overflow.
class Guard final : public nlohmann::json_sax<Json> {
 public:
  explicit Guard(std::string_view text) : text_(text) {}
  std::string problem;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return enter(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    // Objects that keep their order look a key up by walking: many keys would take quadratic time.
    if (keys_.back().size() == kJsonMaxKeys)
      return refuse(
          concat("too many keys (found more in one object; expected at most ", kJsonMaxKeys, ")"));
    if (!keys_.back().insert(name).second)
      return refuse(concat("duplicate key (found ", in_quotes(name), " twice; expected it once)"));
    return true;
  }
  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::detail::exception& error) override {
    const std::string place = " at " + place_of(text_, position) + " ";
    constexpr int kNumberOverflow = 406;
    if (error.id == kNumberOverflow)
      return refuse(concat("number out of range", place, "(found ", printable(token),
                           "; expected at most ", std::numeric_limits<double>::max(), ")"));
    return refuse("not JSON" + place + cause_of(error.what()));
  }

 private:
  bool refuse(std::string text) {
    problem = std::move(text);
    return false;
  }
  bool enter() {
    keys_.emplace_back();
    if (keys_.size() <= kJsonMaxDepth) return true;
    return refuse(concat("too deep (found more objects and arrays in each other; expected at most ",
                         kJsonMaxDepth, ")"));
  }
  bool leave() {
    keys_.pop_back();
    return true;
  }
  std::string_view text_;
  std::vector<std::set<std::string>> keys_;  // of the objects we are in
};

// What was found, short enough for a one-line message.
std::string shown(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return concat("an array of ", value.size());
  if (value.is_string()) return in_quotes(value.get_ref<const std::string&>());
  return value.dump();
}

}  // namespace

Json parse_json(std::string_view text, const std::string& file) {
  // To nlohmann's parser a zero byte is the end, whatever follows.
  if (const std::size_t zero = text.find('\0'); zero != text.npos)
    fail(file, ": not JSON at ", place_of(text, zero + 1), " (found a zero byte; expected JSON)");
  if (text.empty())  // which the parser's versions word differently
    fail(file,
         ": not JSON at line 1, column 1 (found end of input; expected '[', '{', or a literal)");
  Guard guard(text);
  if (!Json::sax_parse(text, &guard)) fail(file, ": ", guard.problem);
  return Json::parse(text);
}

Json read_json_file(const std::string& path) {
  return parse_json(read_text_file(path, kJsonMaxFileBytes), path);
}

std::string to_text(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

const Json& part_at(const Json& json, const char* key) {
  static const Json none;
  return json.is_object() && json.contains(key) ? json[key] : none;
}

std::string text_at(const Json& json, const char* key) {
  const Json& part = part_at(json, key);
  return part.is_string() ? part.get<std::string>() : "";
}

std::string first_difference(const Json& before, const Json& now, const std::string& path) {
  if (before == now) return "";
  if (before.is_object() && now.is_object()) {
    for (const Json* side : {&before, &now})
      for (const auto& [key, value] : side->items()) {
        const std::string inner =
            first_difference(before.value(key, Json()), now.value(key, Json()),
                             path.empty() ? key : path + "." + key);
        if (!inner.empty()) return inner;
      }
    if (before.size() == now.size()) return "";  // in another order
  }
  return concat(printable(path), " was ", printable(to_text(before)), ", is ",
                printable(to_text(now)));
}

std::string JsonView::where() const { return path_.empty() ? file_ : file_ + ": " + path_; }

void JsonView::fail_expected(const std::string& expected) const {
  fail(where(), ": wrong value (found ", shown(*value_), "; expected ", expected, ")");
}

void JsonView::expect_object() const {
  if (!value_->is_object()) fail_expected("an object");
}

std::optional<JsonView> JsonView::find(std::string_view key) const {
  expect_object();
  for (auto it = value_->begin(); it != value_->end(); ++it)
    if (it.key() == key)
      return JsonView(it.value(), file_, (path_.empty() ? "" : path_ + ".") + printable(key));
  return std::nullopt;
}

JsonView JsonView::at(std::string_view key) const {
  if (std::optional<JsonView> found = find(key)) return *found;
  fail(where(), ": missing key (found none named \"", key, "\"; expected one)");
}

void JsonView::expect_keys(std::span<const std::string_view> keys) const {
  expect_object();
  const std::vector<std::string> known(keys.begin(), keys.end());
  for (auto it = value_->begin(); it != value_->end(); ++it)
    if (std::find(known.begin(), known.end(), it.key()) == known.end())
      fail(where(), ": unknown key (found ", in_quotes(it.key()), "; expected ", joined(known),
           ")");
}

std::size_t JsonView::array_size(std::size_t least, std::size_t most) const {
  if (value_->is_array() && value_->size() >= least && value_->size() <= most)
    return value_->size();
  fail_expected(least == most ? concat("an array of ", least)
                : most == std::numeric_limits<std::size_t>::max()
                    ? (least == 0 ? "an array" : concat("an array of at least ", least))
                    : concat("an array of ", least, " to ", most));
}

JsonView JsonView::element(std::size_t index) const {
  require(index < array_size(), where(), ": too short (found ", array_size(),
          " elements; expected more than ", index, ")");
  return {(*value_)[index], file_, path_ + concat("[", index, "]")};
}

const std::string& JsonView::text() const {
  if (!value_->is_string()) fail_expected("a text");
  return value_->get_ref<const std::string&>();
}

bool JsonView::boolean() const {
  if (!value_->is_boolean()) fail_expected("true or false");
  return value_->get<bool>();
}

std::int64_t JsonView::integer(std::int64_t least, std::int64_t most) const {
  const std::string expected = concat("an integer from ", least, " to ", most);
  if (!value_->is_number_integer()) fail_expected(expected);
  // Numbers above 2^63 − 1 are kept as unsigned and would wrap in a signed read.
  if (value_->is_number_unsigned() &&
      value_->get<std::uint64_t>() >
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    fail_expected(expected);
  const auto number = value_->get<std::int64_t>();
  if (number < least || number > most) fail_expected(expected);
  return number;
}

double JsonView::number(double least, double most) const {
  const double number = value_->is_number() ? value_->get<double>() : std::nan("");
  if (!(number >= least && number <= most))
    fail_expected(concat("a number from ", least, " to ", most));
  return number;
}

}  // namespace pellucid
