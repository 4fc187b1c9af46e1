// onnx_reader.h: what the files that read ONNX share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nn/graph/onnx/onnx_file.h"
#include "runtime/formats/protobuf.h"

namespace pellucid {

// How the values of a type are stored.
struct OnnxStorage {
  OnnxType type;
  const char* name;
  int bits;                   // of a value in raw_data; 0: not stored there
  int field;                  // of TensorProto, for values that are not raw
  std::int64_t least, most;   // of a value there, if it is a varint
  int numbers = 1, each = 1;  // a value there is so many numbers, or a number so many values
};
const OnnxStorage* storage_of(OnnxType type);  // null: unknown
// Bytes of `count` values in raw_data.
std::int64_t raw_bytes(const OnnxStorage& storage, std::int64_t count);
// The product of a shape; false: a negative extent or more than 64 bits hold, zeros not counted.
bool product_of(const std::vector<std::int64_t>& shape, std::int64_t& count);

std::shared_ptr<const OnnxBytes> read_onnx_bytes(const std::filesystem::path& path);
std::filesystem::path onnx_folder(const std::filesystem::path& path);  // where external data lies
// ONNX's own domain has two names: "" for both.
std::string onnx_domain(std::string domain);

// One file while it is read.
class OnnxReader {
 public:
  // folder: where external data lies; empty: there is none to be had.
  OnnxReader(std::shared_ptr<const OnnxBytes> bytes, std::filesystem::path folder);

  OnnxModel model();
  OnnxTensor tensor();

 private:
  struct Parts;  // of a tensor, until it is whole
  struct AttributeParts;
  struct External {
    std::shared_ptr<const OnnxBytes> bytes;
    std::uint64_t taken = 0;  // bytes, by all tensors
    bool checksum = false;
  };

  template <class... Text>
  void check(bool holds, const Text&... text) const {
    require(holds, file_.name, ": ", text...);
  }
  void count_item();
  void count_values(std::size_t more);
  std::string name(ProtobufMessage& m);
  std::string text(ProtobufMessage& m);
  void check_utf8(std::string_view text, std::size_t at) const;

  void read_graph(ProtobufMessage m, OnnxModel& model);
  OnnxNode read_node(ProtobufMessage m, std::size_t number);
  void read_attribute_field(ProtobufMessage& m, AttributeParts& parts);
  OnnxAttribute read_attribute(ProtobufMessage m, const std::string& node);
  void read_type(ProtobufMessage m, OnnxValueInfo& value);
  void read_dimension(ProtobufMessage m, OnnxValueInfo& value);
  void read_sparse(ProtobufMessage m);
  OnnxValueInfo read_value(ProtobufMessage m);
  std::pair<std::string, std::string> read_entry(ProtobufMessage m);
  void read_opset(ProtobufMessage m, OnnxModel& model);
  std::string read_function(ProtobufMessage m);

  void read_parts(ProtobufMessage m, Parts& parts);
  // kind: "initializer", "node 3: attribute "value": tensor".
  OnnxTensor finish(Parts parts, const std::string& kind);
  void take_values(Parts& parts, const OnnxStorage& storage, const std::string& where,
                   OnnxTensor& tensor) const;
  void take_external(const Parts& parts, std::int64_t size, const std::string& where,
                     OnnxTensor& tensor);
  External& external(const std::string& location, const std::string& where);
  void finish_model(OnnxModel& model, bool training) const;

  std::shared_ptr<const OnnxBytes> bytes_;
  std::filesystem::path folder_;
  ProtobufFile file_;
  std::map<std::string, External> externals_;
  std::size_t items_ = 0, list_values_ = 0;
  bool quantised_ = false;
};

}  // namespace pellucid
