// forest.h: labels of the trees of a forest that is given by each node's parent.
//
//   root(i)  = i where parent[i] = i, else root(parent[i])
//   label(i) = number of roots before root(i), so trees are numbered in the order of their roots
#pragma once

#include <cstdint>

#include "kernels/variant.h"

namespace pellucid {

struct ForestArgs {
  const std::int32_t* parent;  // (n), each 0 … n − 1; no cycles but a root's to itself
  std::int32_t* labels;        // (n), 0 … count − 1
  std::int32_t* count;         // (1)
  int n;
};

// Throws Error for n < 1.
void forest_labels(Stream& stream, const ForestArgs& args);

const VariantTable<ForestArgs>& forest_labels_variants();

// Host pointers.
void forest_labels_reference(const ForestArgs& args);

Cost forest_labels_cost(const ForestArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(forest_labels_v1_jump, ForestArgs)
namespace pellucid::cpu {
void forest_labels(Stream& stream, const ForestArgs& args);
}  // namespace pellucid::cpu
