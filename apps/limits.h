// limits.h: what --limits prints.
#pragma once

#include <string>

namespace pellucid {

// A line a limit of what is read: what, the largest value, its unit. The values are the readers' own
// constants.
std::string limits_table();

}  // namespace pellucid
