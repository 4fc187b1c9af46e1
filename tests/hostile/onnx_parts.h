// onnx_parts.h: ONNX files for tests, field by field, so that any of them can be wrong.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "runtime/formats/protobuf.h"
#include "tests/hostile/formats.h"

namespace pellucid::test {

// One field of a message: its number and what it holds.
inline std::string field(std::uint32_t number, std::int64_t value) {
  std::string out;
  protozero::pbf_writer(out).add_int64(number, value);
  return out;
}
inline std::string field(std::uint32_t number, const std::string& bytes) {
  std::string out;
  protozero::pbf_writer(out).add_bytes(number, bytes);
  return out;
}
inline std::string real_field(std::uint32_t number, float value) {
  std::string out;
  protozero::pbf_writer(out).add_float(number, value);
  return out;
}
inline std::string wide_field(std::uint32_t number, double value) {
  std::string out;
  protozero::pbf_writer(out).add_double(number, value);
  return out;
}
// The bytes of varints, one behind the other.
inline std::string varints(std::initializer_list<std::int64_t> values) {
  std::string out;
  for (const std::int64_t value : values)
    protozero::add_varint_to_buffer(&out, static_cast<std::uint64_t>(value));
  return out;
}

// A TensorProto: extents, type, name, and the fields of its values.
inline std::string onnx_tensor(const std::string& name, std::initializer_list<std::int64_t> shape,
                               std::int64_t type, const std::string& values) {
  std::string out;
  for (const std::int64_t extent : shape) out += field(1, extent);
  return out + field(2, type) + field(8, name) + values;
}
// An AttributeProto of a type with the fields of its value.
inline std::string onnx_attribute(const std::string& name, std::int64_t type,
                                  const std::string& value) {
  return field(1, name) + field(20, type) + value;
}
// A NodeProto from x to y.
inline std::string onnx_node(const std::string& more = "") {
  return field(1, "x") + field(2, "y") + field(3, "n") + field(4, "Relu") + more;
}
// A ModelProto of the IR version 8 and opset 17 with the fields of its graph, and more fields.
inline std::string onnx_model(const std::string& graph, const std::string& more = "") {
  return field(1, 8) + field(7, field(2, "g") + graph) + field(8, field(2, 17)) + more;
}
inline std::string with_initializer(const std::string& tensor) {
  return onnx_model(field(5, tensor));
}
inline std::string with_attribute(const std::string& attribute) {
  return onnx_model(field(1, onnx_node(field(5, attribute))));
}

// Parts of the format "onnx": bytes that are no messages; models and graphs; nodes and their attributes;
// tensors; tensors in other files.
std::vector<HostileFile> hostile_onnx_wire();
std::vector<HostileFile> hostile_onnx_models();
std::vector<HostileFile> hostile_onnx_nodes();
std::vector<HostileFile> hostile_onnx_values();
std::vector<HostileFile> hostile_onnx_external();

}  // namespace pellucid::test
