#include "runtime/formats/json.h"

#include <cmath>

#include "runtime/error.h"
#include "runtime/formats/nearest.h"
#include "tests/support/compare.h"

using namespace pellucid;

namespace {

std::string error_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("json: keys keep their order, and text comes back as it was") {
  const std::string text = R"({"b":1,"a":[true,null,-2,0.5,"ü"],"c":{}})";
  CHECK(to_text(parse_json(text, "f.json")) == text);
}

TEST_CASE("json: typed getters name file, key, found and expected") {
  const Json json = parse_json(
      R"({"layers":[{"filters":-1,"rate":"a","big":18446744073709551615,"x":1.5,"y":2}]})", "f");
  const JsonView layer = JsonView(json, "f").at("layers").element(0);
  const auto error = [&](const auto& get) { return error_of([&] { get(); }); };
  CHECK(error([&] { layer.at("filters").integer(1, 64); }) ==
        "f: layers[0].filters: wrong value (found -1; expected an integer from 1 to 64)");
  CHECK(error([&] { layer.at("rate").number(0, 1); }) ==
        "f: layers[0].rate: wrong value (found \"a\"; expected a number from 0 to 1)");
  CHECK(error([&] {
          layer.at("big").integer(INT64_MIN, INT64_MAX);
        }).find("found 18446744073709551615") != std::string::npos);
  CHECK(error([&] { layer.at("x").integer(0, 9); }).find("found 1.5") != std::string::npos);
  CHECK(error([&] { layer.at("y").text(); }) ==
        "f: layers[0].y: wrong value (found 2; expected a text)");
  CHECK(error([&] { layer.at("y").boolean(); }).find("true or false") != std::string::npos);
  CHECK(error([&] { layer.at("y").array_size(2, 2); }) ==
        "f: layers[0].y: wrong value (found 2; expected an array of 2)");
  CHECK(error([&] { layer.at("z"); }) ==
        "f: layers[0]: missing key (found none named \"z\"; expected one)");
  CHECK(error([&] { layer.at("y").at("z"); }).find("expected an object") != std::string::npos);
  CHECK(error([&] {
          layer.expect_keys({"filter", "rate", "big", "x", "y"});
        }) == "f: layers[0]: unknown key (found \"filters\"; expected filter, rate, big, x, y)");
  CHECK(layer.at("filters").integer(-1, 0) == -1);
  CHECK(layer.at("y").number(0, 2) == 2);
  CHECK_FALSE(layer.find("z").has_value());
}

TEST_CASE("json: what cannot be written is written as null or replaced") {
  CHECK(to_text(Json{{"a", std::nan("")}, {"b", "\xff"}}) == "{\"a\":null,\"b\":\"\xef\xbf\xbd\"}");
}

TEST_CASE("json: the first difference of two documents has its path") {
  const Json before = {{"a", 1}, {"b", {{"c", "x"}, {"d", {1, 2}}}}};
  CHECK(first_difference(before, before) == "");
  const Json ab = {{"a", 1}, {"b", {{"c", 2}, {"d", nullptr}}}},
             ba = {{"b", {{"d", nullptr}, {"c", 2}}}, {"a", 1}};
  CHECK(ab != ba);
  CHECK(first_difference(ab, ba) == "");
  CHECK(first_difference(ab, Json{{"a", 1}, {"b", {{"c", 2}}}}) != "");
  Json now = before;
  now["b"]["d"][1] = 3;
  CHECK(first_difference(before, now) == "b.d was [1,2], is [1,3]");
  now = before;
  now["new"] = true;
  CHECK(first_difference(before, now) == "new was null, is true");
  now["b"].erase("c");
  CHECK(first_difference(before, now) == "b.c was \"x\", is null");
}

TEST_CASE("nearest: distances and suggestions") {
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("", "abc") == 3);
  const std::vector<std::string> names{"conv1", "conv2", "fc1"};
  CHECK(nearest_name("con2", names) == "conv2");
  CHECK(nearest_name("con", names) == "conv1");
  CHECK(nearest_name("x", {}) == "");
  CHECK(did_you_mean("cnv1", names) == ", did you mean 'conv1'?");
  CHECK(did_you_mean("something", names) == "");
  CHECK(did_you_mean(std::string(100000, 'a'), names) == "");
  CHECK(joined(names) == "conv1, conv2, fc1");
  CHECK(joined({}) == "");
}

TEST_CASE("json: parts of what may be anything") {
  const Json json = {{"data", {{"split", "woman"}, {"count", 3}}}};
  CHECK(text_at(part_at(json, "data"), "split") == "woman");
  CHECK(text_at(part_at(json, "data"), "count").empty());
  CHECK(text_at(part_at(json, "nothing"), "split").empty());
  CHECK(part_at(Json::array({1}), "data").is_null());
  CHECK(part_at(Json("text"), "data").is_null());
}
