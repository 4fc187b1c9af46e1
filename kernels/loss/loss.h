// loss.h: weighted softmax cross-entropy, its value and its gradient in one pass.
//
//   loss[n]      = −weight[label[n]] · log softmax(x[n])[label[n]]
//   dx[n,c]      = weight[label[n]] · (softmax(x[n])[c] − [c = label[n]]) · scale
//
// The loss of a batch is Σ_n loss[n] · scale; scale is 1 / batch size as in Keras (not one over the
// sum of the weights, which is PyTorch's convention).
// log softmax is x[label] − m − log Σ_c exp(x[c] − m) with m = max_c x[c], so that nothing
// overflows and a sure wrong answer keeps its finite loss. x: (rows, classes) logits; labels 0 …
// classes − 1, checked by whoever uploads them. dx may be x.
#pragma once

#include <cstdint>

#include "kernels/variant.h"

namespace pellucid {

struct CrossEntropyArgs {
  const float* x;              // (rows, classes)
  const std::int32_t* labels;  // (rows)
  const float* weights;        // (classes) or null: all 1
  float* loss;                 // (rows)
  float* dx;                   // (rows, classes) or null when no backward follows
  int rows, classes;
  float scale;  // of dx only
};

// Throws Error for rows or classes < 1.
void cross_entropy(Stream& stream, const CrossEntropyArgs& args);

const VariantTable<CrossEntropyArgs>& cross_entropy_variants();

template <class T>
void cross_entropy_reference(const T* x, const std::int32_t* labels, const T* weights, T* loss,
                             T* dx, int rows, int classes, double scale);

Cost cross_entropy_cost(const CrossEntropyArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(cross_entropy_v1_naive, CrossEntropyArgs)
PELLUCID_DECLARE_KERNEL(cross_entropy_v2_warp, CrossEntropyArgs)
namespace pellucid::cpu {
void cross_entropy(Stream& stream, const CrossEntropyArgs& args);
}  // namespace pellucid::cpu
