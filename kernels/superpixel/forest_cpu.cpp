// cpu: one pass in order. A node whose label is known ends a walk, and the walk is labelled as a
// whole, so every node is visited twice.
#include <vector>

#include "kernels/superpixel/forest.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {

void forest_labels(Stream& stream, const ForestArgs& a) {
  const LaunchScope scope(stream, {"forest_labels_cpu", {}, {}, 0, forest_labels_cost(a)});
  std::int32_t count = 0;
  for (int i = 0; i < a.n; ++i) a.labels[i] = a.parent[i] == i ? count++ : -1;
  std::vector<std::int32_t> walk;
  for (int i = 0; i < a.n; ++i) {
    std::int32_t node = i;
    for (; a.labels[node] < 0; node = a.parent[node]) walk.push_back(node);
    for (const std::int32_t passed : walk) a.labels[passed] = a.labels[node];
    walk.clear();
  }
  *a.count = count;
}

}  // namespace pellucid::cpu
