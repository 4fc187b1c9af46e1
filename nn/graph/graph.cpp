#include "nn/graph/graph.h"

#include <utility>

namespace pellucid {

int Graph::add(const Operation& operation, std::unique_ptr<Op> op, std::vector<int> inputs) {
  const int id = values();
  for (const int input : inputs) readers_[static_cast<std::size_t>(input)].push_back(id);
  nodes_.push_back({&operation, std::move(op), std::move(inputs)});
  readers_.emplace_back();
  return id;
}

int Graph::only_reader(int value) const {
  const std::vector<int>& all = readers(value);
  return all.size() == 1 ? all.front() : 0;
}

int Graph::logits() const {
  return node_of(output()).op->makes_probabilities() ? node_of(output()).inputs.front() : output();
}

int Graph::segmentation() const {
  const Node& last = node_of(logits());
  return last.op->scores_places() ? last.inputs.front() : 0;
}

int Graph::find(std::string_view name) const {
  for (int id = 1; id < values(); ++id)
    if (node_of(id).name() == name) return id;
  return 0;
}

std::vector<int> Graph::cut(int value) const {
  std::vector<int> crossing{value};
  const int last = logits();
  for (int id = 0; id < value; ++id)
    for (const int reader : readers(id))
      if (reader > value && reader <= last) {
        crossing.push_back(id);
        break;
      }
  return crossing;
}

int Graph::segmenter_target(bool fewer_places) const {
  const ActivationShape& answer = value(segmentation()).shape;
  const std::int64_t places = answer.count() / answer.c;
  for (int id = segmentation() - 1; id > 0; --id) {
    const ActivationShape& shape = value(id).shape;
    if (!shape.flat && shape.c > answer.c && (!fewer_places || shape.count() / shape.c < places) &&
        cut(id).size() == 1)
      return id;
  }
  return 0;
}

int Graph::target() const {
  if (target_ > 0) return target_;
  int id = 0;
  if (segmentation() > 0) {
    id = segmenter_target(true);
    if (id == 0) id = segmenter_target(false);
  }
  // The last of several places, or, of a network without one, of one place.
  const auto last = [&](int places) {
    int at = logits();
    while (at > 0 && (value(at).shape.flat || value(at).shape.h * value(at).shape.w < places ||
                      cut(at).size() > 1))
      --at;
    return at;
  };
  if (id == 0) id = last(2);
  if (id == 0) id = last(1);
  // Back over what keeps a picture's values, as long as there is a picture.
  while (id > 0 && (node_of(id).op->is_pooling() || node_of(id).op->keeps_values())) {
    const int before = node_of(id).inputs.front();
    if (value(before).shape.flat) break;
    id = before;
  }
  return id;
}

}  // namespace pellucid
