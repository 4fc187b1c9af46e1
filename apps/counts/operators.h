// operators.h: the fixed shapes on which the operators' memory traffic is counted.
#pragma once

#include "apps/counts/case_runner.h"

namespace pellucid {

// Runs every operator; a new one is a function in operators.cpp and its line there.
void count_operators(CaseRunner& runner);

}  // namespace pellucid
