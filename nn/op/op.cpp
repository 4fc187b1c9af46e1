#include "nn/op/op.h"

#include "runtime/error.h"

namespace pellucid {

Shape ActivationShape::batch(std::int64_t n) const {
  return flat ? Shape{n, c} : Shape{n, h, w, c};
}

std::string ActivationShape::to_string() const {
  return flat ? concat(c) : concat(h, "x", w, "x", c);
}

Value value_of(const ActivationShape& shape) { return {shape, shape}; }

Shape Parameter::memory_shape() const {
  return file_shape.rank() == 4 ? Shape{out, h, w, c} : file_shape;
}

void Parameter::set_value(Tensor value) {
  if (variable.defined()) variable.set_value(std::move(value));
  else variable = Variable(std::move(value), true);
}

const Operation* find_operation(std::string_view type) {
  for (const Operation* operation : all_operations())
    if (operation->type == type) return operation;
  return nullptr;
}

}  // namespace pellucid
