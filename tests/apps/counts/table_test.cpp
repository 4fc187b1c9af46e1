// The comparison with a committed table, and what counts as tuned.
#include "apps/counts/table.h"

#include <doctest/doctest.h>

#include "runtime/error.h"

using namespace pellucid;

namespace {

emulator::KernelTraffic kernel(const std::string& name, std::uint64_t bytes) {
  emulator::KernelTraffic k{.name = name, .launches = 1, .blocks = 2, .barriers = 4};
  k.loads = {.requests = bytes / 128, .bytes = bytes, .sectors = bytes / 32};
  k.shared = {.requests = 10, .bytes = 1280, .conflicts = 5};
  return k;
}

std::vector<CaseCounts> counts(std::uint64_t tuned_bytes) {
  return {{"copy",
           "x (64)",
           {{"copy_v2_wide", {kernel("copy_v2_wide", tuned_bytes)}},
            {"copy_v1_naive", {kernel("copy_v1_naive", 4096), kernel("copy_rest", 0)}}}}};
}

}  // namespace

TEST_CASE("counts: a table equals itself and names its compiler") {
  const std::string table = counts_table(counts(1024));
  CHECK(table_differences(table, table).empty());
  CHECK(table_compiler(table) == counting_compiler());
  CHECK_THROWS_AS((void)table_compiler("copy: x (64)"), Error);
}

TEST_CASE("counts: every other figure is a difference that names kernel, figure and both values") {
  const std::string committed = counts_table(counts(1024)), counted = counts_table(counts(1152));
  const auto differences = table_differences(committed, counted);
  REQUIRE(differences.size() == 3);
  CHECK(differences[0] == "copy_v2_wide (copy: x (64)): load requests 9, the table says 8");
  CHECK(differences[1] == "copy_v2_wide (copy: x (64)): load bytes 1152, the table says 1024");
  CHECK(differences[2] == "copy_v2_wide (copy: x (64)): load sectors 36, the table says 32");
}

TEST_CASE("counts: of another compiler, bytes are equal and requests at most a fifth apart") {
  const auto with_requests = [](std::uint64_t requests, std::uint64_t bytes) {
    std::vector<CaseCounts> all = counts(bytes);
    all[0].variants[0].kernels[0].loads.requests = requests;
    return counts_table(all);
  };
  std::string committed = with_requests(100, 1024);
  CHECK(table_differences(committed, with_requests(101, 1024)).size() == 1);
  committed.replace(committed.find(counting_compiler()), counting_compiler().size(), "g++ 1");
  CHECK(table_differences(committed, with_requests(101, 1024)).empty());
  CHECK(table_differences(committed, with_requests(125, 1024)).empty());
  CHECK(table_differences(committed, with_requests(126, 1024)) ==
        std::vector<std::string>{
            "copy_v2_wide (copy: x (64)): load requests 126, the table says 100"});
  CHECK(table_differences(committed, with_requests(80, 1024)).empty());
  CHECK(table_differences(committed, with_requests(79, 1024)).size() == 1);
  CHECK(table_differences(committed, with_requests(100, 1056)).front() ==
        "copy_v2_wide (copy: x (64)): load bytes 1056, the table says 1024");
}

TEST_CASE("counts: a kernel that only one of the tables has is a difference") {
  std::vector<CaseCounts> more = counts(1024);
  more.push_back({"fill", "y (64)", {{"fill_v1_naive", {kernel("fill_v1_naive", 256)}}}});
  const std::string one = counts_table(counts(1024)), two = counts_table(more);
  CHECK(table_differences(one, two) ==
        std::vector<std::string>{"fill_v1_naive (fill: y (64)) is not in the table"});
  CHECK(table_differences(two, one) ==
        std::vector<std::string>{"fill_v1_naive (fill: y (64)) is in the table but was "
                                 "not counted"});
  const std::string short_row = "# compiler: g++ 12\ncopy: x (64)\n  copy_v2_wide 1 2\n";
  CHECK(table_differences(short_row, one).front() ==
        "copy_v2_wide (copy: x (64)) has 2 figures in the table, not 14");
}

TEST_CASE("counts: tuned is a quarter of the naive variant's bytes, and no more") {
  CHECK_NOTHROW(require_tuned(counts(1024), "copy"));
  CHECK_THROWS_WITH_AS(require_tuned(counts(1025), "copy"), doctest::Contains("a quarter"), Error);
  CHECK_THROWS_AS(require_tuned(counts(1024), "missing"), Error);
}

TEST_CASE("counts: a kernel that no case runs is named") {
  CHECK_NOTHROW(require_counted(counts(1024), {"copy_v1_naive", "copy_v2_wide"}));
  CHECK_THROWS_WITH_AS(require_counted(counts(1024), {"copy_v3_none"}),
                       doctest::Contains("copy_v3_none"), Error);
}
