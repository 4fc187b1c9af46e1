// onnx_kind.cpp: networks in ONNX files, those that cannot be translated too: what is missing is said at once.
#include <map>

#include "apps/inspect/file_kind.h"
#include "apps/inspect/network.h"
#include "nn/train/onnx_checkpoint.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

bool recognises_onnx(const InspectedFile& file) {
  return !file.tensors && file.document.is_null() && is_onnx_file(file.name);
}

Json operators_of(const OnnxModel& model) {
  std::map<std::string, int> counts;
  for (const OnnxNode& node : model.nodes)
    ++counts[node.domain.empty() ? node.op : concat(node.domain, "::", node.op)];
  Json out = Json::array();
  for (const auto& [op, count] : counts) out.push_back({{"operator", op}, {"nodes", count}});
  return out;
}

Json describe_onnx(const InspectedFile& file) {
  const OnnxModel model = read_onnx(file.name);
  const Json description = network_description(model);
  Json opsets = Json::object();
  for (const auto& [domain, version] : model.opsets)
    opsets[domain.empty() ? "ai.onnx" : domain] = version;
  Json out = {{"producer", concat(model.producer, " ", model.producer_version)},
              {"ir_version", model.ir_version},
              {"opsets", std::move(opsets)},
              {"nodes", model.nodes.size()},
              {"initializers", model.initializers.size()},
              {"operators", operators_of(model)}};
  const ImportedNetwork network = import_onnx(model, import_options(description));
  if (!network.untranslated.empty()) {
    out["explained"] = text_of(network.untranslated);
    return out;
  }
  Stream stream{DeviceKind::cpu};
  const Checkpoint checkpoint = onnx_checkpoint(stream, model, description, OnnxUse::structure);
  out.update(describe_network(checkpoint.model));
  out["output_kind"] = output_kind(network, description);
  if (!network.other_outputs.empty()) out["other_outputs"] = network.other_outputs;
  out[kOnnxMetadataKey] =
      description.is_null() ? Json("not described: see pellucid import") : description;
  out["notes"] = network.notes;
  return out;
}

}  // namespace

extern const FileKind onnx_kind;
const FileKind onnx_kind{"onnx", "a network in an ONNX file", recognises_onnx, describe_onnx};

}  // namespace pellucid
