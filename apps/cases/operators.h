// operators.h: the fixed shapes on which the operators' variants are counted and timed.
#pragma once

#include "apps/cases/case_runner.h"

namespace pellucid {

// Runs every operator; a new one is a function in operators.cpp, or in a file beside it, and its line there.
void run_operators(CaseRunner& runner);

// Of it, what has a file of its own.
void run_pointwise_operators(CaseRunner& runner);
void run_rearrange(CaseRunner& runner);
void run_resample(CaseRunner& runner);
void run_reduce_axes(CaseRunner& runner);
void run_group_norm(CaseRunner& runner);
void run_softmax_axis(CaseRunner& runner);
void run_matmul(CaseRunner& runner);
void run_lrn(CaseRunner& runner);
void run_grouped_conv2d(CaseRunner& runner);
void run_winner_sum(CaseRunner& runner);

}  // namespace pellucid
