#include "nn/graph/fusion.h"

#include <algorithm>

namespace pellucid {
namespace {

// Windows that the fused kernels hold in a thread's registers.
constexpr int kLargestFusedWindow = 2;

// Grows a group node by node.
class Grower {
 public:
  Grower(const Graph& graph, int last, FusedGroup& group)
      : graph_(graph), last_(last), group_(group) {}

  // Takes the next node if it is wanted: then it is returned.
  template <class Wanted>
  const Op* take(const Wanted& wanted) {
    const int next = graph_.only_reader(group_.output());
    if (next == 0 || next > last_) return nullptr;
    const Op& op = *graph_.node_of(next).op;
    if (op.arity() != 1 || !wanted(op)) return nullptr;
    group_.values.push_back(next);
    return &op;
  }

 private:
  const Graph& graph_;
  int last_;
  FusedGroup& group_;
};

FusedGroup group_from(const Graph& graph, Fusion fusion, int first, int last) {
  FusedGroup group;
  group.values = {first};
  Grower grow(graph, last, group);
  const Op& op = *graph.node_of(first).op;
  if (fusion == Fusion::training) {
    if (!op.is_relu()) return group;
    group.relu = &op;
    group.max_pooling = grow.take([](const Op& next) { return next.max_pooling().has_value(); });
    return group;
  }
  if (!op.convolution()) return group;
  group.convolution = &op;
  group.affine = grow.take([](const Op& next) { return next.is_channel_affine(); });
  // The fused kernels take one group of channels.
  if (op.convolution()->options.groups == 1)
    group.relu = grow.take([](const Op& next) { return next.is_relu(); });
  if (group.relu)
    group.max_pooling = grow.take([](const Op& next) {
      return plain_window(next) >= 1 && plain_window(next) <= kLargestFusedWindow;
    });
  return group;
}

}  // namespace

std::vector<FusedGroup> fuse(const Graph& graph, Fusion fusion, int last) {
  std::vector<FusedGroup> groups;
  std::vector<bool> taken(static_cast<std::size_t>(graph.values()));
  for (int id = 1; id <= last; ++id) {
    if (taken[static_cast<std::size_t>(id)]) continue;
    groups.push_back(group_from(graph, fusion, id, last));
    for (const int value : groups.back().values) taken[static_cast<std::size_t>(value)] = true;
  }
  // A group reads what lies before its first node, and is read behind its last.
  std::stable_sort(groups.begin(), groups.end(), [](const FusedGroup& a, const FusedGroup& b) {
    return a.output() < b.output();
  });
  return groups;
}

int plain_window(const Op& op) {
  const auto pool = op.max_pooling();
  if (!pool || pool->padding != Padding2d{} || pool->dilation != Size2d{1, 1} || pool->ceil ||
      pool->window != pool->stride || pool->window.h != pool->window.w)
    return 0;
  return pool->window.h;
}

}  // namespace pellucid
