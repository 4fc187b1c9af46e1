// Nodes of an ONNX file, their attributes, and what it says of values.
#include <algorithm>
#include <bit>
#include <cstring>
#include <set>

#include "nn/graph/onnx/onnx_reader.h"
#include "nn/graph/onnx/tensor_parts.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

// AttributeProto.AttributeType and the field that holds the value.
struct OnnxAttributeType {
  int number;
  std::uint32_t field;
  OnnxAttribute::Kind kind;
};
using Kind = OnnxAttribute::Kind;
constexpr OnnxAttributeType kAttributeTypes[] = {
    {1, 2, Kind::real},    {2, 3, Kind::integer}, {3, 4, Kind::text},     {4, 5, Kind::tensor},
    {5, 6, Kind::graph},   {6, 7, Kind::reals},   {7, 8, Kind::integers}, {8, 9, Kind::texts},
    {9, 10, Kind::other},  {10, 11, Kind::graph}, {11, 22, Kind::other},  {12, 23, Kind::other},
    {13, 14, Kind::other}, {14, 15, Kind::other}};

}  // namespace

std::string onnx_domain(std::string domain) { return domain == "ai.onnx" ? "" : domain; }

struct OnnxReader::AttributeParts {
  OnnxAttribute attribute;
  Parts tensor;
  std::int64_t type = 0;
  std::uint32_t fields = 0;  // bit n: the value of type n was there
  bool reference = false;    // to an attribute of a function
};

void OnnxReader::read_attribute_field(ProtobufMessage& m, AttributeParts& parts) {
  OnnxAttribute& attribute = parts.attribute;
  switch (m.field()) {
    case 2:
      attribute.real = m.real();
      break;
    case 3:
      attribute.integer = m.integer();
      break;
    case 4:
      attribute.text = text(m);
      break;
    case 5:
      read_parts(m.message(), parts.tensor);
      break;
    case 7: {
      const std::string_view packed = m.numbers(ProtobufWire::fixed32);
      count_values(packed.size() / sizeof(float));
      for (std::size_t at = 0; at < packed.size(); at += sizeof(float)) {
        float value;
        std::memcpy(&value, packed.data() + at, sizeof value);
        attribute.reals.push_back(value);
      }
      break;
    }
    case 8:
      ProtobufMessage::for_each_varint(m.numbers(ProtobufWire::varint), [&](std::uint64_t value) {
        count_values(1);
        attribute.integers.push_back(static_cast<std::int64_t>(value));
      });
      break;
    case 9:
      count_item();
      attribute.texts.push_back(text(m));
      break;
    default:
      m.skip();
  }
}

OnnxAttribute OnnxReader::read_attribute(ProtobufMessage m, const std::string& node) {
  AttributeParts parts;
  while (m.next()) {
    const auto type = std::find_if(std::begin(kAttributeTypes), std::end(kAttributeTypes),
                                   [&](const auto& each) { return each.field == m.field(); });
    if (type != std::end(kAttributeTypes)) {
      parts.fields |= 1u << type->number;
      read_attribute_field(m, parts);
    } else if (m.field() == 1) {
      parts.attribute.name = name(m);
    } else if (m.field() == 20) {
      parts.type = m.integer();
    } else {
      parts.reference |= m.field() == 21;
      m.skip();
    }
  }
  OnnxAttribute attribute = std::move(parts.attribute);
  const std::string where = node + ": attribute " + in_quotes(attribute.name);
  const auto must = [&](bool holds, const auto&... text) { check(holds, where, ": ", text...); };
  must(!attribute.name.empty(), "no name (found none; expected one)");
  if (parts.reference) return attribute;
  must(parts.type >= 0 && parts.type <= 14, "unknown type (found ", parts.type,
       "; expected 1 to 14)");
  if (parts.type == 0 && std::has_single_bit(parts.fields))
    parts.type = std::countr_zero(parts.fields);
  must(parts.type != 0, "no type (found ", parts.fields == 0 ? "no value" : "several values",
       "; expected one)");
  must((parts.fields & ~(1u << parts.type)) == 0,
       "a value of another type (found one; expected only that of type ", parts.type, ")");
  attribute.kind = kAttributeTypes[parts.type - 1].kind;
  if (attribute.kind == Kind::tensor) {
    must(parts.fields != 0, "no tensor (found none; expected one)");
    attribute.tensor =
        std::make_shared<const OnnxTensor>(finish(std::move(parts.tensor), where + ": tensor"));
  }
  return attribute;
}

OnnxNode OnnxReader::read_node(ProtobufMessage m, std::size_t number) {
  OnnxNode node;
  std::vector<ProtobufMessage> attributes;
  while (m.next()) {
    if (m.field() == 1 || m.field() == 2 || m.field() == 5) count_item();
    switch (m.field()) {
      case 1:
        node.inputs.push_back(name(m));
        break;
      case 2:
        node.outputs.push_back(name(m));
        break;
      case 3:
        node.name = name(m);
        break;
      case 4:
        node.op = name(m);
        break;
      case 5:
        attributes.push_back(m.message());
        break;
      case 7:
        node.domain = onnx_domain(name(m));
        break;
      default:
        m.skip();
    }
  }
  const std::string where =
      concat("node ", number, node.name.empty() ? "" : " " + in_quotes(node.name));
  check(!node.op.empty(), where, ": no operator (found none; expected one)");
  std::set<std::string> names;
  for (const ProtobufMessage& each : attributes) {
    node.attributes.push_back(read_attribute(each, where));
    const std::string& name = node.attributes.back().name;
    check(names.insert(name).second, where, ": an attribute given twice (found ", in_quotes(name),
          " again; expected it once)");
  }
  return node;
}

void OnnxReader::read_type(ProtobufMessage m, OnnxValueInfo& value) {
  while (m.next()) {
    const std::uint32_t kind = m.field();
    if (kind != 1) {
      // Of a sequence, map, optional …; of the kinds of a value the last is the one that counts.
      if (kind != 6) value = {value.name, OnnxType::undefined, false, {}};
      m.skip();
      continue;
    }
    ProtobufMessage tensor = m.message();
    while (tensor.next()) {
      if (tensor.field() == 1) {
        const std::int64_t type = tensor.integer();
        value.type = static_cast<OnnxType>(std::clamp<std::int64_t>(type, -1, 1 << 20));
      } else if (tensor.field() == 2) {
        value.has_shape = true;
        ProtobufMessage shape = tensor.message();
        while (shape.next()) {
          if (shape.field() == 1) read_dimension(shape.message(), value);
          else shape.skip();
        }
      } else {
        tensor.skip();
      }
    }
  }
}

void OnnxReader::read_dimension(ProtobufMessage m, OnnxValueInfo& value) {
  OnnxDimension dimension;
  while (m.next()) switch (m.field()) {
      case 1:
        dimension = {std::max<std::int64_t>(m.integer(), -1), ""};
        break;
      case 2:
        dimension = {-1, name(m)};
        break;
      default:
        m.skip();
    }
  check(value.shape.size() < kOnnxMaxAxes, "value ", in_quotes(value.name),
        ": too many axes (found more; expected at most ", kOnnxMaxAxes, ")");
  value.shape.push_back(std::move(dimension));
}

OnnxValueInfo OnnxReader::read_value(ProtobufMessage m) {
  count_item();
  OnnxValueInfo value;
  while (m.next()) switch (m.field()) {
      case 1:
        value.name = name(m);
        break;
      case 2:
        read_type(m.message(), value);
        break;
      default:
        m.skip();
    }
  return value;
}

}  // namespace pellucid
