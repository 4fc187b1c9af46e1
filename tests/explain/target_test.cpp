#include "explain/target.h"

#include <doctest/doctest.h>

#include "runtime/error.h"

using namespace pellucid;

TEST_CASE("a target is predicted, true, or a class by name or index") {
  const std::vector<std::string> names = {"normal", "benign", "malignant"};
  CHECK(target_label(parse_target("predicted", names), 2, std::nullopt) == 2);
  CHECK(target_label(parse_target("true", names), 2, 1) == 1);
  CHECK(target_label(parse_target("benign", names), 2, 0) == 1);
  CHECK(target_label(parse_target("2", names), 0, 0) == 2);
  for (const char* wrong : {"", "3", "-1", "Benign", "1x", "maligant"})
    CHECK_THROWS_AS(parse_target(wrong, names), UsageError);
  CHECK_THROWS_AS(target_label(parse_target("true", names), 2, std::nullopt), Error);
}

TEST_CASE("a class of any name is a target, behind class:") {
  const std::vector<std::string> names = {"true", "predicted", "1", "class:0"};
  CHECK(parse_target("true", names).kind == Target::Kind::truth);
  CHECK(parse_target("predicted", names).kind == Target::Kind::predicted);
  for (int label = 0; label < 4; ++label) {
    const Target target = parse_target("class:" + names[static_cast<std::size_t>(label)], names);
    CHECK(target.kind == Target::Kind::fixed);
    CHECK(target.label == label);
  }
  CHECK(parse_target("1", names).label == 2);  // the name comes before the index
  CHECK(parse_target("0", names).label == 0);
  for (const char* wrong : {"class:", "class:normal", "class:3", "CLASS:true"})
    CHECK_THROWS_AS(parse_target(wrong, names), UsageError);
}

TEST_CASE("a score is a logit or a probability") {
  CHECK(parse_score("logit") == Score::logit);
  CHECK(parse_score("probability") == Score::probability);
  CHECK(to_string(Score::probability) == "probability");
  CHECK_THROWS_AS(parse_score("logits"), UsageError);
}
