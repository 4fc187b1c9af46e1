#include "nn/graph/fusion.h"

#include <algorithm>

namespace pellucid {
namespace {

// Windows that the fused kernels hold in a thread's registers.
constexpr int kLargestFusedWindow = 2;

// Grows a group node by node.
class Grower {
 public:
  // taken: of each value, whether a group has its node.
  Grower(const Graph& graph, int last, const std::vector<bool>& taken, FusedGroup& group)
      : graph_(graph), last_(last), taken_(taken), group_(group) {}

  // Takes the next node if it is wanted: then it is returned.
  template <class Wanted>
  const Op* take(const Wanted& wanted, std::size_t arity = 1) {
    const int next = graph_.only_reader(group_.output());
    if (next == 0 || next > last_ || taken_[static_cast<std::size_t>(next)]) return nullptr;
    const Op& op = *graph_.node_of(next).op;
    if (op.arity() != arity || !wanted(op)) return nullptr;
    group_.values.push_back(next);
    return &op;
  }
  void take_addition() {
    const int before = group_.output();
    group_.addition = take([](const Op& next) { return next.is_addition(); }, 2);
    if (!group_.addition) return;
    const std::vector<int>& inputs = graph_.node_of(group_.output()).inputs;
    group_.addend = inputs[0] == before ? inputs[1] : inputs[0];
  }

 private:
  const Graph& graph_;
  int last_;
  const std::vector<bool>& taken_;
  FusedGroup& group_;
};

FusedGroup group_from(const Graph& graph, Fusion fusion, int first, int last,
                      const std::vector<bool>& taken) {
  FusedGroup group;
  group.values = {first};
  Grower grow(graph, last, taken, group);
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
  const bool finishing = fusion == Fusion::finishing,
             one_group = op.convolution()->options.groups == 1;
  if (finishing) grow.take_addition();
  // Other kernels that are fused take one group of channels.
  if (one_group || finishing) group.relu = grow.take([](const Op& next) { return next.is_relu(); });
  if (group.relu && one_group && !group.addition)
    group.max_pooling = grow.take([](const Op& next) {
      return plain_window(next) >= 1 && plain_window(next) <= kLargestFusedWindow;
    });
  if (finishing && !group.relu)
    group.activation = grow.take([](const Op& next) { return next.activation() != nullptr; });
  return group;
}

}  // namespace

std::vector<FusedGroup> fuse(const Graph& graph, Fusion fusion, int last) {
  std::vector<FusedGroup> groups;
  std::vector<bool> taken(static_cast<std::size_t>(graph.values()));
  for (int id = 1; id <= last; ++id) {
    if (taken[static_cast<std::size_t>(id)]) continue;
    groups.push_back(group_from(graph, fusion, id, last, taken));
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
