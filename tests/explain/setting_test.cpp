#include "explain/setting.h"

#include <doctest/doctest.h>

#include "runtime/error.h"

using namespace pellucid;

namespace {

struct Fields {
  int count = 4;
  double width = 0.25;
  bool on = false;
  std::string file = "none", hash;
};

std::vector<Setting> settings_of(Fields& fields) {
  std::vector<Setting> out;
  SettingGroup some(out, "Some", {"lime", "rise"});
  some.whole("the_count", fields.count, 1, 9, "how many");
  some.real("width", fields.width, 0, 1, "how wide");
  SettingGroup others(out, "Others");
  others.flag("on", fields.on, "whether");
  Setting& file = others.text(
      "file", "none|FILE", "which", [&](const std::string& text) { fields.file = text; },
      [&] { return fields.file; });
  file.md5 = [&] { return fields.hash; };
  file.beside = "--on";
  file.active = [&] { return fields.on; };
  return out;
}

}  // namespace

TEST_CASE("a setting has the group and methods that it was added with, and a flag for its key") {
  Fields fields;
  const std::vector<Setting> settings = settings_of(fields);
  REQUIRE(settings.size() == 4);
  CHECK(settings[0].flag() == "--the-count");
  CHECK(settings[1].flag() == "--width");
  CHECK(settings[0].group == "Some");
  CHECK(settings[1].methods == std::vector<std::string_view>{"lime", "rise"});
  CHECK(settings[2].group == "Others");
  CHECK(settings[2].methods.empty());
}

TEST_CASE("a setting is described with its present value, a file with its hash where it has one") {
  Fields fields;
  const std::vector<Setting> settings = settings_of(fields);
  const auto described = [&] {
    Json out = Json::object();
    for (const Setting& setting : settings) setting.describe(out);
    return out;
  };
  CHECK(described() == Json{{"the_count", 4}, {"width", 0.25}, {"on", false}, {"file", "none"}});
  fields.count = 7;
  fields.file = "labels.npy";
  fields.hash = "00ff";
  const Json changed = described();
  CHECK(changed["the_count"] == 7);
  CHECK(changed["file"] == "labels.npy");
  CHECK(changed["file_md5"] == "00ff");
  CHECK(settings[3].describes("file"));
  CHECK(settings[3].describes("file_md5"));
  CHECK_FALSE(settings[3].describes("file_"));
  CHECK_FALSE(settings[3].describes("the_count"));
}

TEST_CASE("a setting that was given beside one that is off is a usage error") {
  Fields fields;
  std::vector<Setting> settings = settings_of(fields);
  CHECK_NOTHROW(check_beside(settings));
  settings[0].given = settings[3].given = true;
  CHECK_THROWS_WITH_AS(check_beside(settings), "--file belongs to --on", UsageError);
  fields.on = true;
  CHECK_NOTHROW(check_beside(settings));
}
