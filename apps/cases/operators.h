// operators.h: the fixed shapes on which the operators' variants are counted and timed.
#pragma once

#include "apps/cases/case_runner.h"

namespace pellucid {

// Runs every operator; a new one is a function in operators.cpp, or in a file beside it, and its line there.
void run_operators(CaseRunner& runner);

// Of it, what stands in other files.
void run_cam(CaseRunner& runner);
void run_coalition(CaseRunner& runner);
void run_conv2d_patterns(CaseRunner& runner);
void run_least_squares(CaseRunner& runner);
void run_mask(CaseRunner& runner);
void run_superpixel(CaseRunner& runner);
void run_activation_matrix(CaseRunner& runner);
void run_real_masks(CaseRunner& runner);
void run_weighted_sum(CaseRunner& runner);
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

// Shapes as a case names them.
inline std::string x_of(const Tensor& x) { return "x " + x.shape().to_string(); }
inline std::string x_w_of(const Tensor& x, const Tensor& w) {
  return x_of(x) + ", w " + w.shape().to_string();
}

}  // namespace pellucid
