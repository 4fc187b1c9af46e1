// onnx_file.h: what an ONNX file says, before anybody asks what it means: the messages of onnx.proto3 (onnx.ai,
// IR versions 3 to 14) that describe a network, read from hostile bytes and written again.
//
// Read are the model, its graph, nodes, attributes, tensors and values. Subgraphs (If, Loop, Scan), sparse tensors
// and types of attributes are seen and not followed; training information, quantisation annotations and what
// describes devices is left out; notes say so. A message given in parts is merged as protobuf does.
//
// All readers throw Error "FILE: WHAT (found …; expected …)", limits first: wire format that is damaged, names that
// are not UTF-8, a tensor whose values are not as many as its shape says, more than one kind of values in a tensor,
// external data anywhere but in a regular file beside the model, a name given twice to initializers, attributes of a
// node or metadata. What nodes mean (order, cycles, operators) is not looked at.
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

namespace pellucid {

inline constexpr std::size_t kOnnxMaxFileBytes = std::size_t{2} << 30;  // as protobuf's own readers
inline constexpr std::size_t kOnnxMaxAxes = 8;
inline constexpr std::size_t kOnnxMaxNodes = 65'536;
// Nodes, their inputs, outputs and attributes, initializers, values, texts, versions: all that a file lists.
inline constexpr std::size_t kOnnxMaxItems = std::size_t{1} << 20;
inline constexpr std::size_t kOnnxMaxListValues = std::size_t{1}
                                                  << 24;  // in attributes that are lists
inline constexpr std::size_t kOnnxMaxNameBytes = 4096;
inline constexpr std::size_t kOnnxMaxTextBytes = std::size_t{16} << 20;  // metadata, attributes
inline constexpr int kOnnxFirstVersion = 3, kOnnxLastVersion = 14;       // of the IR

// TensorProto.DataType's numbers; those without a name here are known by name_of().
enum class OnnxType {
  undefined = 0,
  f32 = 1,
  u8 = 2,
  i8 = 3,
  u16 = 4,
  i16 = 5,
  i32 = 6,
  i64 = 7,
  text = 8,
  boolean = 9,
  f16 = 10,
  f64 = 11,
  u32 = 12,
  u64 = 13,
  bf16 = 16
};
std::string name_of(OnnxType type);  // "float32"; of an unknown number "type 99"

// The bytes of a file, or of a part that was put together from it.
struct OnnxBytes {
  std::string file;  // its name, for messages
  std::vector<std::byte> bytes;
};

// A constant. Copies share the values, which stay in the file's memory until they are asked for.
class OnnxTensor {
 public:
  std::string name;
  OnnxType type = OnnxType::undefined;
  std::vector<std::int64_t> shape;  // [] is a scalar

  // How many values it has. Throws Error for a negative extent or a product beyond 64 bits, which no tensor that
  // was read has.
  std::int64_t count() const;
  bool is_floating() const;  // f16, bf16, f32, f64
  // The values in row-major order, converted and rounded once. Throw Error, naming file and tensor, for text and
  // the types without a name above. floats(), doubles(): from any number, booleans as 0 and 1; integers(): from
  // integers and booleans that fit 64 bits with their sign, else an Error.
  std::vector<float> floats() const;
  std::vector<double> doubles() const;
  std::vector<std::int64_t> integers() const;
  // As raw_data would hold them: little-endian, row-major. Throws Error for text.
  std::string raw() const;

  // Throw Error if there are not as many values as the shape says.
  static OnnxTensor of(std::string name, std::vector<std::int64_t> shape,
                       const std::vector<float>& values);
  static OnnxTensor of(std::string name, std::vector<std::int64_t> shape,
                       const std::vector<std::int64_t>& values);
  static OnnxTensor of(std::string name, std::vector<std::int64_t> shape,
                       const std::vector<double>& values);

  // Where the values lie: as in raw_data, or as protobuf's varints, one a value.
  struct Values {
    std::shared_ptr<const OnnxBytes> owner;
    std::string_view bytes;
    bool varints = false;
  };
  Values values;

 private:
  [[noreturn]] void fail_as(const char* wanted) const;
  template <class T>
  std::vector<T> converted() const;
};

struct OnnxAttribute {
  // other: several tensors, sparse tensors, types, a reference to an attribute of a function. graph: one or more.
  enum class Kind { real, integer, text, tensor, reals, integers, texts, graph, other };
  std::string name;
  Kind kind = Kind::other;
  float real = 0;
  std::int64_t integer = 0;
  std::string text;  // any bytes, as each of texts
  std::vector<float> reals;
  std::vector<std::int64_t> integers;
  std::vector<std::string> texts;
  std::shared_ptr<const OnnxTensor> tensor;
};

struct OnnxNode {
  std::string name, op, domain;  // name may be empty; the domain "ai.onnx" is given as ""
  std::vector<std::string> inputs, outputs;  // "" is an optional one that is absent
  std::vector<OnnxAttribute> attributes;
  const OnnxAttribute* find(std::string_view attribute) const;  // null: there is none
};

struct OnnxDimension {
  std::int64_t extent = -1;  // −1: free or unknown
  std::string symbol;        // its name, if it has one
};
struct OnnxValueInfo {
  std::string name;
  OnnxType type = OnnxType::undefined;  // also of sequences, maps and optionals
  bool has_shape = false;
  std::vector<OnnxDimension> shape;
};

using OnnxMetadata = std::vector<std::pair<std::string, std::string>>;

struct OnnxModel {
  std::filesystem::path path;
  std::int64_t ir_version = 0;
  std::map<std::string, std::int64_t> opsets;  // by domain; "" is ONNX's own
  std::string producer, producer_version, graph_name;
  std::vector<OnnxNode> nodes;  // in the order of the file
  std::vector<OnnxTensor> initializers;
  std::vector<OnnxValueInfo> inputs, outputs, value_info;  // inputs may name initializers
  std::vector<std::string> functions;  // "DOMAIN:NAME" of those the model brings
  OnnxMetadata metadata;               // metadata_props, in their order
  std::vector<std::string> external;   // files beside the model that hold tensors, sorted
  std::vector<std::string> notes;      // what was assumed or left out, a line each
};

// Reads the file, and those beside it in which it keeps tensors, once and whole.
OnnxModel read_onnx(const std::filesystem::path& path);
// From bytes, which are copied; external data is refused. file: for messages.
OnnxModel parse_onnx(std::string_view bytes, const std::string& file);
// A TensorProto alone (.pb), as the conformance cases have them.
OnnxTensor read_onnx_tensor(const std::filesystem::path& path);
// Whether a file that begins so can only be ONNX, for one whose name does not say; 3 bytes are enough.
bool looks_like_onnx(std::string_view first_bytes);

// Equal models, equal bytes; all tensors inside as raw_data. Throws Error for what cannot be written: attributes of
// the kinds graph and other, tensors of text, functions, more than kOnnxMaxFileBytes.
std::string encode_onnx(const OnnxModel& model);
void write_onnx(const OnnxModel& model, const std::filesystem::path& path);
// The same bytes of a model with other metadata, behind everything else, which is as it was, fields included that
// are not read. file: for messages.
std::string onnx_with_metadata(std::string_view bytes, const OnnxMetadata& metadata,
                               const std::string& file);
// The same of files, `from` being read as a model first. Its external data is copied beside `to`; Error if other
// files of their names are there.
void write_onnx_with_metadata(const std::filesystem::path& from, const OnnxMetadata& metadata,
                              const std::filesystem::path& to);

}  // namespace pellucid
