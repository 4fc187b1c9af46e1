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

TEST_CASE("a score is a logit or a probability") {
  CHECK(parse_score("logit") == Score::logit);
  CHECK(parse_score("probability") == Score::probability);
  CHECK(to_string(Score::probability) == "probability");
  CHECK_THROWS_AS(parse_score("logits"), UsageError);
}
