#include "nn/graph/onnx/exporter.h"

#include <limits>

namespace pellucid {

OnnxAttribute onnx_integer(const char* name, std::int64_t value) {
  OnnxAttribute a;
  a.name = name;
  a.kind = OnnxAttribute::Kind::integer;
  a.integer = value;
  return a;
}

OnnxAttribute onnx_integers(const char* name, Extents values) {
  OnnxAttribute a;
  a.name = name;
  a.kind = OnnxAttribute::Kind::integers;
  a.integers = std::move(values);
  return a;
}

OnnxAttribute onnx_real(const char* name, float value) {
  OnnxAttribute a;
  a.name = name;
  a.kind = OnnxAttribute::Kind::real;
  a.real = value;
  return a;
}

OnnxAttribute onnx_text(const char* name, std::string value) {
  OnnxAttribute a;
  a.name = name;
  a.kind = OnnxAttribute::Kind::text;
  a.text = std::move(value);
  return a;
}

Extents memory_extents(const ActivationShape& shape) {
  if (shape.flat) return {shape.c};
  return {shape.h, shape.w, shape.c};
}

Extents extents_of(const JsonView& list) {
  Extents extents;
  for (std::size_t i = 0; i < list.array_size(); ++i)
    extents.push_back(
        list.element(i).integer(std::numeric_limits<int>::min(), std::numeric_limits<int>::max()));
  return extents;
}

Extents view_or(const JsonView& layer, const Extents& otherwise) {
  const auto view = layer.find("view");
  return view ? extents_of(*view) : otherwise;
}

}  // namespace pellucid
