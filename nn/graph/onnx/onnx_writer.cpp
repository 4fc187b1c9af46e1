// ONNX files, written.
#include <algorithm>
#include <set>

#include "nn/graph/onnx/onnx_reader.h"
#include "runtime/file.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

using OnnxMessage = std::string;  // encoded: protozero's writers leave out one without a field

std::span<const std::byte> onnx_span(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

OnnxMessage onnx_entry(const std::string& key, const std::string& value) {
  OnnxMessage out;
  protozero::pbf_writer writer(out);
  writer.add_string(1, key);
  writer.add_string(2, value);
  return out;
}

void add_onnx_metadata(protozero::pbf_writer& model, const OnnxMetadata& metadata) {
  std::set<std::string> keys;
  for (const auto& [key, value] : metadata) {
    require(keys.insert(key).second, "cannot write ONNX metadata: the key ", in_quotes(key),
            " is there twice");
    require(is_utf8(key) && is_utf8(value) && key.size() <= kOnnxMaxNameBytes &&
                value.size() <= kOnnxMaxTextBytes,
            "cannot write ONNX metadata: ", in_quotes(key), " is not UTF-8 or too long");
    model.add_message(14, onnx_entry(key, value));
  }
}

void add_onnx_tensor(protozero::pbf_writer& parent, std::uint32_t field, const OnnxTensor& tensor) {
  const std::string raw = tensor.raw();
  protozero::pbf_writer writer(parent, field);
  for (const std::int64_t extent : tensor.shape) writer.add_int64(1, extent);
  writer.add_int32(2, static_cast<std::int32_t>(tensor.type));
  writer.add_string(8, tensor.name);
  writer.add_bytes(9, raw);
}

OnnxMessage onnx_attribute(const OnnxAttribute& attribute, const std::string& where) {
  OnnxMessage out;
  protozero::pbf_writer writer(out);
  writer.add_string(1, attribute.name);
  const auto type = [&writer](std::int32_t number) { writer.add_int32(20, number); };
  switch (attribute.kind) {
    case OnnxAttribute::Kind::real:
      writer.add_float(2, attribute.real);
      type(1);
      break;
    case OnnxAttribute::Kind::integer:
      writer.add_int64(3, attribute.integer);
      type(2);
      break;
    case OnnxAttribute::Kind::text:
      writer.add_bytes(4, attribute.text);
      type(3);
      break;
    case OnnxAttribute::Kind::tensor:
      add_onnx_tensor(writer, 5, *attribute.tensor);
      type(4);
      break;
    case OnnxAttribute::Kind::reals:
      for (const float value : attribute.reals) writer.add_float(7, value);
      type(6);
      break;
    case OnnxAttribute::Kind::integers:
      for (const std::int64_t value : attribute.integers) writer.add_int64(8, value);
      type(7);
      break;
    case OnnxAttribute::Kind::texts:
      for (const std::string& value : attribute.texts) writer.add_bytes(9, value);
      type(8);
      break;
    case OnnxAttribute::Kind::graph:
    case OnnxAttribute::Kind::other:
      fail("cannot write ONNX: ", where, ": attribute ", in_quotes(attribute.name),
           " is a graph or of a kind that is not read");
  }
  return out;
}

OnnxMessage onnx_node(const OnnxNode& node) {
  OnnxMessage out;
  protozero::pbf_writer writer(out);
  for (const std::string& input : node.inputs) writer.add_string(1, input);
  for (const std::string& output : node.outputs) writer.add_string(2, output);
  if (!node.name.empty()) writer.add_string(3, node.name);
  writer.add_string(4, node.op);
  for (const OnnxAttribute& attribute : node.attributes)
    writer.add_message(5, onnx_attribute(attribute, node.op + " " + in_quotes(node.name)));
  if (!node.domain.empty()) writer.add_string(7, node.domain);
  return out;
}

OnnxMessage onnx_shape(const std::vector<OnnxDimension>& shape) {
  OnnxMessage out;
  protozero::pbf_writer writer(out);
  for (const OnnxDimension& dimension : shape) {
    OnnxMessage one;
    protozero::pbf_writer inner(one);
    if (dimension.extent >= 0) inner.add_int64(1, dimension.extent);
    else if (!dimension.symbol.empty()) inner.add_string(2, dimension.symbol);
    writer.add_message(1, one);
  }
  return out;
}

OnnxMessage onnx_value(const OnnxValueInfo& value) {
  OnnxMessage out, type, tensor;
  protozero::pbf_writer(tensor).add_int32(1, static_cast<std::int32_t>(value.type));
  if (value.has_shape) protozero::pbf_writer(tensor).add_message(2, onnx_shape(value.shape));
  protozero::pbf_writer(type).add_message(1, tensor);
  protozero::pbf_writer writer(out);
  writer.add_string(1, value.name);
  if (value.type != OnnxType::undefined || value.has_shape) writer.add_message(2, type);
  return out;
}

void add_onnx_graph(protozero::pbf_writer& parent, const OnnxModel& model) {
  protozero::pbf_writer writer(parent, 7);
  for (const OnnxNode& node : model.nodes) writer.add_message(1, onnx_node(node));
  writer.add_string(2, model.graph_name);
  for (const OnnxTensor& tensor : model.initializers) add_onnx_tensor(writer, 5, tensor);
  for (const OnnxValueInfo& value : model.inputs) writer.add_message(11, onnx_value(value));
  for (const OnnxValueInfo& value : model.outputs) writer.add_message(12, onnx_value(value));
  for (const OnnxValueInfo& value : model.value_info) writer.add_message(13, onnx_value(value));
}

void require_onnx_size(std::size_t bytes) {
  require(bytes <= kOnnxMaxFileBytes, "cannot write ONNX: too large (found ", bytes,
          " bytes; expected at most ", kOnnxMaxFileBytes, ")");
}

// So that a model finds the data that it names where it now is.
void copy_onnx_data(const std::filesystem::path& from, const std::filesystem::path& to,
                    const std::string& location) {
  const std::filesystem::path source = onnx_folder(from) / location;
  const std::filesystem::path target = onnx_folder(to) / location;
  std::error_code none;
  if (std::filesystem::equivalent(source, target, none)) return;
  require(!std::filesystem::is_other(std::filesystem::status(to, none)), to.string(),
          ": cannot be written (found a pipe or device for a model with weights in ",
          in_quotes(location), "; expected a file, beside which they can lie)");
  require(to.filename() != location, to.string(), ": cannot be written (found weights of ",
          from.string(), " in a file of this name; expected another name)");
  const std::vector<std::byte> bytes = read_file(source, kMaxFileBytes, Follow::no_links);
  if (!std::filesystem::exists(std::filesystem::symlink_status(target, none)))
    return write_file(target, bytes);
  require(read_file(target, kMaxFileBytes, Follow::no_links) == bytes, target.string(),
          ": cannot be written (found another file of the name that ", from.string(),
          " gives its weights; expected none)");
}

}  // namespace

std::string encode_onnx(const OnnxModel& model) {
  for (const auto* values : {&model.inputs, &model.outputs})
    for (const OnnxValueInfo& value : *values)
      require(value.type != OnnxType::undefined, "cannot write ONNX: ", in_quotes(value.name),
              " is not a tensor of a known type");
  require(model.functions.empty(),
          "cannot write ONNX: the model brings functions, which are not read");
  std::size_t size = 0;
  for (const OnnxTensor& tensor : model.initializers) size += tensor.values.bytes.size();
  require_onnx_size(size);
  std::string out;
  out.reserve(size + size / 64 + 65536);
  protozero::pbf_writer writer(out);
  writer.add_int64(1, model.ir_version);
  if (!model.producer.empty()) writer.add_string(2, model.producer);
  if (!model.producer_version.empty()) writer.add_string(3, model.producer_version);
  add_onnx_graph(writer, model);
  for (const auto& [domain, version] : model.opsets) {
    OnnxMessage opset;
    protozero::pbf_writer inner(opset);
    inner.add_string(1, domain);
    inner.add_int64(2, version);
    writer.add_message(8, opset);
  }
  add_onnx_metadata(writer, model.metadata);
  require_onnx_size(out.size());
  return out;
}

void write_onnx(const OnnxModel& model, const std::filesystem::path& path) {
  write_file(path, onnx_span(encode_onnx(model)));
}

std::string onnx_with_metadata(std::string_view bytes, const OnnxMetadata& metadata,
                               const std::string& name) {
  const ProtobufFile file{name, bytes};
  std::string out;
  out.reserve(bytes.size() + 65536);
  ProtobufMessage m(file);
  for (bool more = m.next(); more;) {
    const std::size_t begin = m.at();
    const bool keep = m.field() != 14;
    m.skip();
    more = m.next();
    if (keep) out.append(bytes.substr(begin, m.at() - begin));
  }
  protozero::pbf_writer writer(out);
  add_onnx_metadata(writer, metadata);
  require_onnx_size(out.size());
  return out;
}

void write_onnx_with_metadata(const std::filesystem::path& from, const OnnxMetadata& metadata,
                              const std::filesystem::path& to) {
  const std::shared_ptr<const OnnxBytes> bytes = read_onnx_bytes(from);
  const OnnxModel model = OnnxReader(bytes, onnx_folder(from)).model();
  const std::string changed =
      onnx_with_metadata({reinterpret_cast<const char*>(bytes->bytes.data()), bytes->bytes.size()},
                         metadata, from.string());
  for (const std::string& location : model.external) copy_onnx_data(from, to, location);
  write_file(to, onnx_span(changed));
}

}  // namespace pellucid
