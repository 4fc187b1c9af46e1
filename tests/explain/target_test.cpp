#include "explain/target.h"

#include <doctest/doctest.h>

#include <cmath>

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

TEST_CASE("the likeliest classes are targets, as many as there are") {
  const std::vector<std::string> names = {"normal", "benign", "top2"};
  const Target target = parse_target("top3", names);
  CHECK(target.kind == Target::Kind::ranked);
  CHECK(target.count == 3);
  CHECK(parse_target("top2", names).kind == Target::Kind::ranked);
  CHECK(parse_target("class:top2", names).kind == Target::Kind::fixed);
  for (const char* wrong : {"top", "top0", "top4", "top99999999999", "top-1", "top1x"})
    CHECK_THROWS_AS(parse_target(wrong, names), UsageError);
}

TEST_CASE("classes by their scores: equal ones in their order; of winners only those that win") {
  const std::vector<float> logits = {1, -5, 3, 0, 3};
  CHECK(ranked_labels(logits, Outputs::classes, 3) == std::vector<int>{2, 4, 0});
  CHECK(ranked_labels(logits, Outputs::winners, 5) == std::vector<int>{1, 2, 4, 0});
  CHECK_THROWS_AS(ranked_labels(std::vector<float>{1, NAN}, Outputs::classes, 1), Error);
}
