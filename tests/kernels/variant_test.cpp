// Which variant runs: the order of the table, what the stream's policy allows and forces; and the
// operators by name.
#include "kernels/variant.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "kernels/operators.h"
#include "runtime/error.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct PickArgs {
  int count;
  const char** ran;
};

template <int kWhich>
void pick(Stream&, const PickArgs& args) {
  static constexpr const char* kNames[] = {"pick_v2_even", "pick_v1_naive", "pick_fast",
                                           "pick_elsewhere"};
  *args.ran = kNames[kWhich];
}

bool is_even(const PickArgs& args) { return args.count % 2 == 0; }

const VariantTable<PickArgs>& pick_variants() {
  static const VariantTable<PickArgs> table{
      {"pick_fast", pick<2>, pick<2>, pick<2>, nullptr, Numerics::bf16},
      {"pick_elsewhere"},
      {"pick_v2_even", pick<0>, pick<0>, pick<0>, is_even},
      {"pick_v1_naive", pick<1>, pick<1>, pick<1>},
  };
  return table;
}

// The variant that runs `count` under `policy`.
std::string picked(const Policy& policy, int count) {
  Stream own(device());
  own.set_policy(policy);
  const char* ran = "none";
  run_default(pick_variants(), own, {count, &ran});
  return ran;
}

std::string on_device() { return concat(" on ", to_string(device()), " in "); }

const VariantTable<PickArgs>& misnamed() {
  static const VariantTable<PickArgs> table{{"pick_v1_naive", pick<1>, pick<1>, pick<1>}};
  return table;
}

}  // namespace

TEST_CASE("an operator runs the first variant that takes the arguments and is exact enough") {
  CHECK_EQ(pick_variants().name(), "pick");
  CHECK_EQ(picked({}, 2), "pick_v2_even");
  CHECK_EQ(picked({}, 3), "pick_v1_naive");
  for (const Numerics allowed : {Numerics::fp32_tensor, Numerics::bf16x3})
    CHECK_EQ(picked({allowed, {}}, 2), "pick_v2_even");
  CHECK_EQ(picked({Numerics::bf16, {}}, 2), "pick_fast");
}

TEST_CASE("a forced variant runs, or says why it does not and which do") {
  CHECK_EQ(picked({Numerics::exact, {{"pick", "pick_v1_naive"}}}, 2), "pick_v1_naive");
  CHECK_EQ(picked({Numerics::exact, {{"pick", "pick_v2_even"}}}, 2), "pick_v2_even");
  CHECK_EQ(picked({Numerics::exact, {{"other", "other_v1_naive"}}}, 2), "pick_v2_even");
  CHECK_EQ(picked({Numerics::bf16, {{"pick", "pick_v2_even"}}}, 2), "pick_v2_even");
  const auto refused = [](const Policy& policy, int count, const std::string& message) {
    CHECK_THROWS_WITH_AS(picked(policy, count), message.c_str(), Error);
  };
  refused({Numerics::exact, {{"pick", "pick_v2_even"}}}, 3,
          concat("pick: the forced variant pick_v2_even does not take these arguments;",
                 on_device(), "exact precision these take them: pick_v1_naive"));
  refused({Numerics::exact, {{"pick", "pick_elsewhere"}}}, 2,
          concat("pick: the forced variant pick_elsewhere does not run on this device;",
                 on_device(), "exact precision these take them: pick_v2_even, pick_v1_naive"));
  refused({Numerics::bf16x3, {{"pick", "pick_fast"}}}, 3,
          concat("pick: the forced variant pick_fast computes less exactly than the stream allows;",
                 on_device(), "bf16x3 precision these take them: pick_v1_naive"));
  refused({Numerics::exact, {{"pick", "pick_v9"}}}, 3,
          concat("pick: the forced variant pick_v9 is not known;", on_device(),
                 "exact precision these take them: pick_v1_naive"));
}

TEST_CASE("a stream knows which forced variants never ran") {
  Stream own(device());
  own.set_policy({Numerics::exact, {{"other", "other_v1_naive"}, {"pick", "pick_v1_naive"}}});
  CHECK_EQ(own.unused_variants(), std::vector<std::string>{"other", "pick"});
  const char* ran = nullptr;
  run_default(pick_variants(), own, {1, &ran});
  CHECK_EQ(own.unused_variants(), std::vector<std::string>{"other"});
}

TEST_CASE(
    "a table without a variant for the device, and one in a function that names no operator") {
  const VariantTable<PickArgs> empty({{"pick_elsewhere"}}, "pick_variants");
  CHECK_THROWS_WITH_AS(
      run_default(empty, stream(), {1, nullptr}),
      concat("no variant of pick runs", on_device(), "exact precision with these arguments")
          .c_str(),
      Error);
  CHECK_THROWS_WITH_AS(misnamed(),
                       "misnamed() holds a table of variants, so it must be named after an "
                       "operator: NAME_variants()",
                       Error);
}

TEST_CASE("numerics: from the most exact on, by name") {
  CHECK_EQ(to_string(Numerics::exact), "exact");
  CHECK_EQ(to_string(Numerics::fp32_tensor), "fp32_tensor");
  CHECK_EQ(to_string(Numerics::bf16x3), "bf16x3");
  CHECK_EQ(to_string(Numerics::bf16), "bf16");
  CHECK(Policy{}.allows(Numerics::exact));
  CHECK_FALSE(Policy{}.allows(Numerics::fp32_tensor));
  CHECK(Policy{Numerics::bf16, {}}.allows(Numerics::bf16x3));
}

TEST_CASE("every operator is known by name, its variants begin with it, one runs on each device") {
  const std::vector<OperatorInfo>& all = all_operators();
  CHECK(all.size() >= 40);
  CHECK(std::is_sorted(all.begin(), all.end(),
                       [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (const OperatorInfo& one : all) {
    CAPTURE(one.name);
    for (const VariantInfo& variant : one.variants) {
      CAPTURE(variant.name);
      CHECK(variant.name.starts_with(one.name + "_"));
      CHECK((variant.numerics == Numerics::exact));
    }
    for (const DeviceKind kind : {DeviceKind::cpu, DeviceKind::emu})
      CHECK(std::any_of(one.variants.begin(), one.variants.end(),
                        [kind](const VariantInfo& variant) { return variant.on(kind); }));
  }
}
