#include <map>

#include "kernels/superpixel/forest.h"

namespace pellucid {

void forest_labels_reference(const ForestArgs& a) {
  std::map<std::int32_t, std::int32_t> label_of_root;
  const auto root = [&](std::int32_t node) {
    while (a.parent[node] != node) node = a.parent[node];
    return node;
  };
  for (int i = 0; i < a.n; ++i) label_of_root[root(i)] = 0;
  std::int32_t count = 0;
  for (auto& [node, label] : label_of_root) label = count++;  // a map's keys ascend
  for (int i = 0; i < a.n; ++i) a.labels[i] = label_of_root[root(i)];
  *a.count = count;
}

}  // namespace pellucid
