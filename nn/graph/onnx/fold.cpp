// fold.cpp: operations on constants. Exporters compute shapes in the network; with the picture's size known all of that
// is arithmetic on a few integers, and no kernel.
#include "nn/graph/onnx/fold_parts.h"

namespace pellucid {
namespace {

Fold find_fold(const OnnxNode& node) {
  if (!node.domain.empty()) return nullptr;
  for (const FoldTable* table : {&layout_folds(), &reduction_folds(), &arithmetic_folds()})
    if (const auto found = table->find(node.op); found != table->end()) return found->second;
  return nullptr;
}

}  // namespace

bool can_fold(const OnnxNode& node) { return find_fold(node) != nullptr; }

std::optional<std::vector<Constant>> fold(const OnnxNode& node, std::int64_t opset,
                                          const std::vector<const Constant*>& inputs) {
  const Fold found = find_fold(node);
  if (!found) return std::nullopt;
  return found({node, opset, inputs});
}

}  // namespace pellucid
