#include "nn/autograd/variable.h"

#include <utility>

#include "kernels/elementwise/elementwise.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

thread_local bool recording = true;

Tensor sum_of(Stream& stream, const Tensor& x, const Tensor& z) {
  Tensor y = Tensor::empty(stream, x.shape());
  add(stream,
      {.x = x.data<float>(), .z = z.data<float>(), .y = y.data<float>(), .count = x.count()});
  return y;
}

}  // namespace

struct Variable::Node {
  enum class Visit : unsigned char { none, open, done };

  const char* name = "leaf";
  Tensor value;
  bool requires_gradient = false;
  bool retained = false;
  bool freed = false;  // an operation whose closure an earlier backward() used up
  std::vector<Variable> inputs;
  Backward backward;  // empty: a leaf
  std::vector<Hook> hooks;
  Tensor gradient;
  // Of the backward() in progress.
  Tensor incoming;
  Visit visit = Visit::none;

  bool is_leaf() const { return !backward && !freed; }

  void receive(Stream& stream, const Tensor& part) {
    // The first part may share its memory with other gradients, so a sum goes into memory of its
    // own.
    incoming = incoming.defined() ? sum_of(stream, incoming, part) : part;
  }

  ~Node() {
    // Unlinks a long chain one node at a time instead of recursing through it.
    std::vector<std::shared_ptr<Node>> doomed;
    const auto take_inputs = [&doomed](Node& node) {
      node.backward = nullptr;
      for (Variable& input : node.inputs)
        if (input.node_) doomed.push_back(std::move(input.node_));
      node.inputs.clear();
    };
    take_inputs(*this);
    while (!doomed.empty()) {
      const std::shared_ptr<Node> node = std::move(doomed.back());
      doomed.pop_back();
      if (node.use_count() == 1) take_inputs(*node);
    }
  }
};

NoGradient::NoGradient() : before_(std::exchange(recording, false)) {}
NoGradient::~NoGradient() { recording = before_; }
bool gradient_enabled() { return recording; }

Variable::Variable(Tensor value, bool requires_gradient) : node_(std::make_shared<Node>()) {
  require(value.defined(), "a Variable needs a value, got an undefined tensor");
  node_->value = std::move(value);
  node_->requires_gradient = requires_gradient;
}

Variable Variable::operation(const char* name, Tensor value, std::vector<Variable> inputs,
                             Backward backward) {
  Variable result(std::move(value));
  bool needed = false;
  for (const Variable& input : inputs) needed |= input.defined() && input.requires_gradient();
  if (!recording || !needed) return result;
  Node& node = *result.node_;
  node.name = name;
  node.requires_gradient = true;
  node.inputs = std::move(inputs);
  node.backward = std::move(backward);
  return result;
}

const std::shared_ptr<Variable::Node>& Variable::node() const {
  require(defined(), "an undefined Variable was used");
  return node_;
}

const Tensor& Variable::value() const { return node()->value; }
bool Variable::requires_gradient() const { return node()->requires_gradient; }
const Tensor& Variable::gradient() const { return node()->gradient; }
void Variable::clear_gradient() { node()->gradient = {}; }

void Variable::add_hook(Hook hook) {
  require(requires_gradient(), "a hook on a Variable that requires no gradient is never called");
  node_->hooks.push_back(std::move(hook));
}

void Variable::retain_gradient() {
  require(requires_gradient(), "a Variable that requires no gradient has none to retain");
  node_->retained = true;
}

void Variable::set_requires_gradient(bool on) {
  require(node()->is_leaf(),
          "only a leaf can be told whether it requires a gradient, not the result "
          "of ",
          node()->name);
  node_->requires_gradient = on;
}

void Variable::set_value(Tensor value) {
  require(node()->is_leaf(), "only a leaf can be given a value, not the result of ", node()->name);
  require(value.defined() && value.shape() == shape(), "a value of shape ",
          value.shape().to_string(), " cannot replace one of shape ", shape().to_string());
  node_->value = std::move(value);
}

void backward(Stream& stream, const Variable& root, Tensor seed) {
  using Node = Variable::Node;
  require(root.requires_gradient(),
          "backward: the root depends on nothing that requires a gradient");
  if (!seed.defined()) {
    seed = Tensor::empty(stream, root.shape());
    add(stream, {.x = nullptr,
                 .z = nullptr,
                 .y = seed.data<float>(),
                 .count = seed.count(),
                 .constant = 1});
  }
  require(seed.shape() == root.shape(), "backward: the seed has the shape ",
          seed.shape().to_string(), ", the root ", root.shape().to_string());

  // Depth first without recursion: `order` lists every node after all of its inputs.
  std::vector<std::shared_ptr<Node>> order, stack{root.node_};
  const auto forget = [](std::vector<std::shared_ptr<Node>>& nodes) {
    for (const auto& node : nodes) {
      node->visit = Node::Visit::none;
      node->incoming = {};
    }
  };
  while (!stack.empty()) {
    const std::shared_ptr<Node> node = stack.back();
    if (node->visit != Node::Visit::none) {
      stack.pop_back();
      if (node->visit == Node::Visit::open) order.push_back(node);
      node->visit = Node::Visit::done;
      continue;
    }
    if (node->freed) {
      forget(stack);
      forget(order);
      fail("backward: the graph of this ", node->name,
           " was freed by an earlier backward(); compute the forward pass again");
    }
    node->visit = Node::Visit::open;
    for (const Variable& input : node->inputs)
      if (input.defined() && input.requires_gradient() && input.node_->visit == Node::Visit::none)
        stack.push_back(input.node_);
  }

  try {
    root.node_->incoming = std::move(seed);
    while (!order.empty()) {
      const std::shared_ptr<Node> node = std::move(order.back());
      order.pop_back();
      node->visit = Node::Visit::none;
      const Tensor gradient = std::exchange(node->incoming, {});
      const bool leaf = node->is_leaf();
      if (gradient.defined()) {
        for (const auto& hook : node->hooks) hook(gradient);
        if (leaf)
          node->gradient =
              node->gradient.defined() ? sum_of(stream, node->gradient, gradient) : gradient;
        else if (node->retained) node->gradient = gradient;
      }
      if (leaf) continue;
      const Variable::Backward derivative = std::exchange(node->backward, nullptr);
      const std::vector<Variable> inputs = std::exchange(node->inputs, {});
      node->freed = true;
      if (!gradient.defined()) continue;
      const std::vector<Tensor> parts = derivative(stream, gradient);
      for (std::size_t i = 0; i < inputs.size(); ++i)
        if (inputs[i].defined() && inputs[i].requires_gradient() && parts[i].defined()) {
          require(parts[i].shape() == inputs[i].shape(), "backward of ", node->name,
                  ": a gradient of shape ", parts[i].shape().to_string(), " for an input of shape ",
                  inputs[i].shape().to_string());
          inputs[i].node_->receive(stream, parts[i]);
        }
    }
  } catch (...) {
    forget(order);
    throw;
  }
}

}  // namespace pellucid
