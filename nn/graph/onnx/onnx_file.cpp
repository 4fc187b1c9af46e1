#include "nn/graph/onnx/onnx_file.h"

#include <algorithm>
#include <set>

#include "nn/graph/onnx/onnx_reader.h"
#include "nn/graph/onnx/tensor_parts.h"
#include "runtime/file.h"
#include "runtime/formats/text.h"

namespace pellucid {

std::shared_ptr<const OnnxBytes> read_onnx_bytes(const std::filesystem::path& path) {
  return std::make_shared<const OnnxBytes>(
      OnnxBytes{path.string(), read_file(path, kOnnxMaxFileBytes)});
}

std::filesystem::path onnx_folder(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

OnnxReader::OnnxReader(std::shared_ptr<const OnnxBytes> bytes, std::filesystem::path folder)
    : bytes_(std::move(bytes)),
      folder_(std::move(folder)),
      file_{bytes_->file,
            {reinterpret_cast<const char*>(bytes_->bytes.data()), bytes_->bytes.size()}} {}

void OnnxReader::count_item() {
  check(++items_ <= kOnnxMaxItems, "too large a graph (found more; expected at most ",
        kOnnxMaxItems, " nodes, inputs, outputs, attributes, tensors and values)");
}

void OnnxReader::count_values(std::size_t more) {
  list_values_ += more;
  check(list_values_ <= kOnnxMaxListValues,
        "too many values in attributes (found more; expected at most ", kOnnxMaxListValues, ")");
}

std::string OnnxReader::name(ProtobufMessage& m) {
  const std::string_view bytes = m.bytes();
  check(bytes.size() <= kOnnxMaxNameBytes, "too long a name at byte ", m.at(), " (found ",
        bytes.size(), " bytes; expected at most ", kOnnxMaxNameBytes, ")");
  check_utf8(bytes, m.at());
  return std::string(bytes);
}

std::string OnnxReader::text(ProtobufMessage& m) {
  const std::string_view bytes = m.bytes();
  check(bytes.size() <= kOnnxMaxTextBytes, "too long a text at byte ", m.at(), " (found ",
        bytes.size(), " bytes; expected at most ", kOnnxMaxTextBytes, ")");
  return std::string(bytes);
}

void OnnxReader::check_utf8(std::string_view text, std::size_t at) const {
  if (is_utf8(text)) return;
  fail(file_.name, ": a text that is not UTF-8 at byte ", at, " (found ", in_quotes(text),
       "; expected UTF-8)");
}

std::pair<std::string, std::string> OnnxReader::read_entry(ProtobufMessage m) {
  std::pair<std::string, std::string> entry;
  while (m.next()) switch (m.field()) {
      case 1:
        entry.first = name(m);
        break;
      case 2:
        entry.second = text(m);
        check_utf8(entry.second, m.at());
        break;
      default:
        m.skip();
    }
  return entry;
}

void OnnxReader::read_graph(ProtobufMessage m, OnnxModel& model) {
  while (m.next()) switch (m.field()) {
      case 1:
        check(model.nodes.size() < kOnnxMaxNodes, "too many nodes (found more; expected at most ",
              kOnnxMaxNodes, ")");
        count_item();
        model.nodes.push_back(read_node(m.message(), model.nodes.size()));
        break;
      case 2:
        model.graph_name = name(m);
        break;
      case 5: {
        count_item();
        Parts parts;
        read_parts(m.message(), parts);
        model.initializers.push_back(finish(std::move(parts), "initializer"));
        break;
      }
      case 11:
        model.inputs.push_back(read_value(m.message()));
        break;
      case 12:
        model.outputs.push_back(read_value(m.message()));
        break;
      case 13:
        model.value_info.push_back(read_value(m.message()));
        break;
      case 14:
        quantised_ = true;
        m.skip();
        break;
      case 15:
        read_sparse(m.message());
        break;
      default:
        m.skip();
    }
}

void OnnxReader::read_opset(ProtobufMessage m, OnnxModel& model) {
  count_item();
  std::string domain;
  std::int64_t version = 0;
  while (m.next()) switch (m.field()) {
      case 1:
        domain = onnx_domain(name(m));
        break;
      case 2:
        version = m.integer();
        break;
      default:
        m.skip();
    }
  const auto [known, added] = model.opsets.emplace(domain, version);
  check(added || known->second == version, "two opsets of one domain (found ", known->second,
        " and ", version, " of ", in_quotes(domain), "; expected one)");
}

std::string OnnxReader::read_function(ProtobufMessage m) {
  count_item();
  std::string function, domain;
  while (m.next()) switch (m.field()) {
      case 1:
        function = name(m);
        break;
      case 10:
        domain = name(m);
        break;
      default:
        m.skip();
    }
  return domain + ":" + function;
}

OnnxModel OnnxReader::model() {
  OnnxModel model;
  model.path = file_.name;
  bool graph = false, training = false;
  for (ProtobufMessage m(file_); m.next();) switch (m.field()) {
      case 1:
        model.ir_version = m.integer();
        break;
      case 2:
        model.producer = name(m);
        break;
      case 3:
        model.producer_version = name(m);
        break;
      case 7:
        graph = true;
        read_graph(m.message(), model);
        break;
      case 8:
        read_opset(m.message(), model);
        break;
      case 14:
        count_item();
        model.metadata.push_back(read_entry(m.message()));
        break;
      case 20:
        training = true;
        m.skip();
        break;
      case 25:
        model.functions.push_back(read_function(m.message()));
        break;
      default:
        m.skip();
    }
  check(model.ir_version >= kOnnxFirstVersion && model.ir_version <= kOnnxLastVersion,
        "no ONNX model that can be read (found IR version ", model.ir_version, "; expected ",
        kOnnxFirstVersion, " to ", kOnnxLastVersion, ")");
  check(graph, "a model without a graph (found none; expected one)");
  finish_model(model, training);
  return model;
}

void OnnxReader::finish_model(OnnxModel& model, bool training) const {
  std::set<std::string> names;
  std::map<OnnxType, int> types;
  for (const OnnxTensor& tensor : model.initializers) {
    check(!tensor.name.empty(), "an initializer without a name (found none; expected one)");
    check(names.insert(tensor.name).second, "an initializer given twice (found ",
          in_quotes(tensor.name), " again; expected it once)");
    const bool weights =
        tensor.is_floating() || tensor.type == OnnxType::i8 || tensor.type == OnnxType::u8;
    if (weights && tensor.type != OnnxType::f32) ++types[tensor.type];
  }
  names.clear();
  for (const auto& [key, value] : model.metadata)
    check(names.insert(key).second, "metadata given twice (found ", in_quotes(key),
          " again; expected it once)");
  for (const auto& [type, number] : types)
    model.notes.push_back(
        concat(number, number == 1 ? " initializer in " : " initializers in ", name_of(type)));
  for (const auto& [location, data] : externals_) {
    model.external.push_back(location);
    model.notes.push_back("weights in " + in_quotes(location));
    if (data.checksum)
      model.notes.push_back("the checksum of " + in_quotes(location) + " is not compared");
  }
  if (training) model.notes.push_back("training information is left out");
  if (quantised_) model.notes.push_back("quantisation annotations are left out");
}

const OnnxAttribute* OnnxNode::find(std::string_view attribute) const {
  for (const OnnxAttribute& each : attributes)
    if (each.name == attribute) return &each;
  return nullptr;
}

OnnxModel read_onnx(const std::filesystem::path& path) {
  OnnxModel model = OnnxReader(read_onnx_bytes(path), onnx_folder(path)).model();
  model.path = path;
  return model;
}

OnnxModel parse_onnx(std::string_view bytes, const std::string& file) {
  const auto* begin = reinterpret_cast<const std::byte*>(bytes.data());
  return OnnxReader(
             std::make_shared<const OnnxBytes>(OnnxBytes{file, {begin, begin + bytes.size()}}), {})
      .model();
}

OnnxTensor read_onnx_tensor(const std::filesystem::path& path) {
  return OnnxReader(read_onnx_bytes(path), {}).tensor();
}

bool looks_like_onnx(std::string_view first) {
  // The version of the IR, and then one of the fields that a model begins with.
  constexpr std::string_view kSecond = "\x12\x1a\x22\x28\x32\x3a\x42\x72";
  return first.size() >= 3 && first[0] == 8 && first[1] > 0 && first[1] < 64 &&
         kSecond.find(first[2]) != std::string_view::npos;
}

}  // namespace pellucid
