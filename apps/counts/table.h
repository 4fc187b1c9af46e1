// table.h: counts as text. The committed table, tests/kernels/traffic.txt, is one; a test compares
// it with what is counted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/counts/counts.h"
#include "runtime/formats/json.h"

namespace pellucid {

// "g++ 12": how many instructions access memory is the compiler's choice, so a table is of one.
std::string counting_compiler();

std::string counts_table(const std::vector<CaseCounts>& counts);
// A line a case: what the default moves beside the naive variant.
std::string counts_summary(const std::vector<CaseCounts>& counts);
Json counts_json(const std::vector<CaseCounts>& counts);

// The compiler that `table` names; throws Error if it names none.
std::string table_compiler(std::string_view table);

// A line for each figure of `counted` that is not that of `committed`, and for each kernel that
// only one of them has; empty: the tables agree. Between tables of two compilers, launches, blocks,
// barriers and bytes are equal, and requests, sectors and conflicts at most a fifth apart. Throws Error if
// one of them names no compiler.
std::vector<std::string> table_differences(std::string_view committed, std::string_view counted);

}  // namespace pellucid
