// fusion.h: which nodes of a graph are computed together. Each node of a fused group but the first reads
// nothing but the one before it (an addition one value more), and nothing else reads that.
#pragma once

#include <optional>
#include <vector>

#include "nn/graph/graph.h"

namespace pellucid {

// [convolution [affine] [addition]] [relu [max pooling] | activation], or any one node. Parts that are absent are null.
struct FusedGroup {
  std::vector<int> values;  // of its nodes, in their order; the last is what it makes
  const Op* convolution = nullptr;
  const Op* affine =
      nullptr;  // a function of each channel that a prediction folds into the weights
  const Op* addition = nullptr;  // of two values
  int addend = 0;                // the other one: it is there before the group runs
  const Op* relu = nullptr;
  const Op* max_pooling = nullptr;
  const Op* activation = nullptr;  // a function of kernels/activation

  int first() const { return values.front(); }
  int output() const { return values.back(); }
};

// What of it is asked for.
enum class Fusion {
  training,  // a ReLU with the maximum pooling behind it: the tape needs what lies between the others
  prediction,  // a convolution with an affine function, a ReLU and a pooling that fused kernels take
  finishing,  // also an addition and any activation, of convolutions with groups too: what the cpu's take
};

// The nodes of values 1 … last as groups, in an order that reads only what is there.
std::vector<FusedGroup> fuse(const Graph& graph, Fusion fusion, int last);

// The side of square pooling windows that neither overlap nor reach over the picture, else 0.
int plain_window(const Op& op);

}  // namespace pellucid
