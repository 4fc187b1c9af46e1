// lime_errors.h: the standard errors of a LIME fit (explain/surrogate/standard_errors.h).
#pragma once

#include <vector>

#include "explain/surrogate/lime.h"
#include "explain/surrogate/moments.h"
#include "explain/surrogate/standard_errors.h"

namespace pellucid {

// The rows as the standard errors need them: all but row 0, which is the image itself, are draws.
class LimeErrors {
 public:
  // moments: of the same rows and weights; they and the coalitions must outlive it. Copies rows and weights to
  // the host.
  LimeErrors(Stream& stream, const Coalitions& coalitions, const Tensor& weights,
             const Moments& moments);

  double effective_rows() const { return effective_rows_; }  // LimeResult::effective_rows

  // Of each feature, 0 where not chosen; empty where the rows do not tell. values: (N, classes), of which
  // result is class d's; sandwich: of the features `chosen`, fitted with alpha.
  std::vector<double> of(const LimeResult& result, const std::vector<double>& values, int d,
                         const std::vector<int>& chosen, double alpha,
                         const Sandwich& sandwich) const;

 private:
  Stream& stream_;
  const Coalitions& coalitions_;
  HostCoalitions rows_;
  std::vector<double> weights_;
  const Moments& moments_;
  double effective_rows_ = 0;
};

}  // namespace pellucid
