// graph.h: a network as a graph of named values. Value 0 is the network's input; node i reads values and
// makes value i + 1. Nodes stand in an order in which each reads values before its own, and the last one's
// value is the network's output. Every value but the output is read.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/op/op.h"

namespace pellucid {

struct Node {
  const Operation* operation;
  std::unique_ptr<Op> op;
  std::vector<int> inputs;  // values

  const std::string& name() const { return op->name(); }
};

class Graph {
 public:
  explicit Graph(const ActivationShape& input) : input_(value_of(input)), readers_(1) {}

  // Returns the id of its value. inputs: of values that are there.
  int add(const Operation& operation, std::unique_ptr<Op> op, std::vector<int> inputs);

  const std::vector<Node>& nodes() const { return nodes_; }
  int values() const { return static_cast<int>(nodes_.size()) + 1; }
  const Node& node_of(int value) const { return nodes_[static_cast<std::size_t>(value) - 1]; }
  const Value& value(int id) const { return id == 0 ? input_ : node_of(id).op->output(); }
  // The nodes that read a value, as the ids of their own values.
  const std::vector<int>& readers(int value) const {
    return readers_[static_cast<std::size_t>(value)];
  }
  // The only node that reads the value, once, as the id of its own; 0 if there is none or there are
  // several.
  int only_reader(int value) const;

  int output() const { return values() - 1; }
  // The output, or what a softmax at the end reads.
  int logits() const;
  // A segmenter's answer: the picture, a channel a class, of which its last node makes scores. 0 of any other
  // network.
  int segmentation() const;
  // The value of the node of this name; 0 if there is none.
  int find(std::string_view name) const;

  // The values that nodes behind this one read, of it and of those before it: what a computation that
  // stops there needs to go on to the logits. The value itself comes first. Alone it is there if and
  // only if every path from the input to the logits goes through it.
  std::vector<int> cut(int value) const;

  // What an activation map looks at unless told otherwise: the last picture through which every path to
  // the logits goes, but before pooling and before what keeps its values. 0, the input, if there is
  // none behind it. Of a segmenter, whose answer is such a picture, the last of lower resolution and more
  // channels than that, else the last of more channels, if there is one. Or what was set.
  int target() const;
  void set_target(int value) { target_ = value; }

 private:
  // Of a segmenter: the last value that fits, with fewer places than its answer or any number; 0 if none does.
  int segmenter_target(bool fewer_places) const;

  Value input_;
  int target_ = 0;  // 0: by structure
  std::vector<Node> nodes_;
  std::vector<std::vector<int>> readers_;  // of each value
};

}  // namespace pellucid
