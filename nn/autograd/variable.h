// variable.h: reverse-mode automatic differentiation over tensors.
//
// A Variable is a shared handle on a node: a value, later its gradient, and (when it came from an
// operation on Variables that require gradients) those inputs and a closure that turns the gradient
// of the output into the gradients of the inputs. The closure holds only the tensors its derivative
// needs. backward() walks the graph from a root, each node after all nodes that use it, and frees
// closures and intermediate gradients as it goes. Gradients arriving at a node from several uses
// are added in the order of that walk, which the shape of the graph alone decides.
//
// A graph belongs to one stream and one host thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "runtime/stream.h"
#include "runtime/tensor.h"

namespace pellucid {

class Variable {
 public:
  // Called by backward() with the Variable's gradient once no further use can add to it. The tensor
  // may be kept but not written to.
  using Hook = std::function<void(const Tensor& gradient)>;
  // The gradient of each input, in their order, from the gradient of the output; an undefined
  // tensor for an input that does not require one.
  using Backward = std::function<std::vector<Tensor>(Stream&, const Tensor& gradient)>;

  Variable() = default;
  // A leaf: a network input, a parameter, an activation from which a new graph starts.
  explicit Variable(Tensor value, bool requires_gradient = false);

  // The result of an operation. Recorded if gradients are on (NoGradient) and any input requires
  // one; otherwise inputs and closure are dropped at once. `name`: a string literal, for messages.
  static Variable operation(const char* name, Tensor value, std::vector<Variable> inputs,
                            Backward backward);

  bool defined() const { return node_ != nullptr; }
  const Tensor& value() const;
  const Shape& shape() const { return value().shape(); }
  bool requires_gradient() const;

  // Of a leaf: the sum over all backward() calls since clear_gradient(); of a Variable with
  // retain_gradient(): that of the last backward(). Undefined before.
  const Tensor& gradient() const;
  void clear_gradient();

  // Throw Error if the Variable does not require a gradient (the hook could never be called).
  void add_hook(Hook hook);
  void retain_gradient();

  // Of a leaf only; throws Error otherwise. set_value keeps the shape.
  void set_requires_gradient(bool on);
  void set_value(Tensor value);

 private:
  struct Node;
  friend void backward(Stream&, const Variable&, Tensor);
  const std::shared_ptr<Node>& node() const;

  std::shared_ptr<Node> node_;
};

// Computes the gradient of Σ seed·root with respect to every leaf below `root` that requires one,
// and calls the hooks. `seed` has root's shape; undefined means all ones. Throws Error if root
// requires no gradient, the shapes differ, or a part of the graph was freed by an earlier
// backward().
void backward(Stream& stream, const Variable& root, Tensor seed = {});

// While one exists on this thread, operations record nothing and keep nothing.
class NoGradient {
 public:
  NoGradient();
  ~NoGradient();
  NoGradient(const NoGradient&) = delete;
  NoGradient& operator=(const NoGradient&) = delete;

 private:
  bool before_;
};

// False inside a NoGradient scope.
bool gradient_enabled();

}  // namespace pellucid
