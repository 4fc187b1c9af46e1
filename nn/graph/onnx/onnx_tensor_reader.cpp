// Tensors of an ONNX file, and the files beside it.
#include <algorithm>
#include <charconv>

#include "nn/graph/onnx/onnx_reader.h"
#include "nn/graph/onnx/tensor_parts.h"
#include "runtime/file.h"
#include "runtime/formats/safetensors.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

const char* onnx_field_name(std::uint32_t field) {
  switch (field) {
    case 4:
      return "float_data";
    case 5:
      return "int32_data";
    case 6:
      return "string_data";
    case 7:
      return "int64_data";
    case 10:
      return "double_data";
    default:
      return "uint64_data";
  }
}

ProtobufWire onnx_wire_type(std::uint32_t field) {
  return field == 4    ? ProtobufWire::fixed32
         : field == 10 ? ProtobufWire::fixed64
                       : ProtobufWire::varint;
}

// A decimal number and nothing else.
bool parse_decimal(const std::string& text, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool is_one_component(const std::string& location) {
  return !location.empty() && location != "." && location != ".." &&
         location.find_first_of(std::string_view("/\0", 2)) == std::string::npos;
}

}  // namespace

void OnnxReader::Parts::Numbers::append(std::string_view more, const std::string& file) {
  if (view.empty()) {
    view = more;
    return;
  }
  if (!joined) {
    joined = std::make_shared<OnnxBytes>();
    joined->file = file;
    const auto* begin = reinterpret_cast<const std::byte*>(view.data());
    joined->bytes.assign(begin, begin + view.size());
  }
  const auto* begin = reinterpret_cast<const std::byte*>(more.data());
  joined->bytes.insert(joined->bytes.end(), begin, begin + more.size());
  view = {reinterpret_cast<const char*>(joined->bytes.data()), joined->bytes.size()};
}

void OnnxReader::read_parts(ProtobufMessage m, Parts& parts) {
  while (m.next()) switch (m.field()) {
      case 1:
        ProtobufMessage::for_each_varint(m.numbers(ProtobufWire::varint), [&](std::uint64_t d) {
          if (++parts.axes <= kOnnxMaxAxes) parts.shape.push_back(static_cast<std::int64_t>(d));
        });
        break;
      case 2:
        parts.type = m.integer();
        break;
      case 3:
        parts.segment = true;
        m.skip();
        break;
      case 6:
        m.bytes();
        ++parts.texts;
        break;
      case 4:
      case 5:
      case 7:
      case 10:
      case 11:
        parts.numbers[m.field()].append(m.numbers(onnx_wire_type(m.field())), file_.name);
        break;
      case 8:
        parts.name = name(m);
        break;
      case 9:
        parts.raw = m.bytes();
        break;
      case 13:
        count_item();
        parts.external.push_back(read_entry(m.message()));
        break;
      case 14:
        parts.location = m.integer();
        break;
      default:
        m.skip();
    }
}

OnnxTensor OnnxReader::finish(Parts parts, const std::string& kind) {
  const std::string where =
      file_.name + ": " + kind + (parts.name.empty() ? "" : " " + in_quotes(parts.name));
  const auto must = [&where](bool holds, const auto&... text) {
    require(holds, where, ": ", text...);
  };
  must(parts.axes <= kOnnxMaxAxes, "too many axes (found ", parts.axes, "; expected at most ",
       kOnnxMaxAxes, ")");
  OnnxTensor tensor;
  tensor.name = std::move(parts.name);
  tensor.shape = std::move(parts.shape);
  tensor.type = static_cast<OnnxType>(std::clamp<std::int64_t>(parts.type, -1, 1 << 20));
  const OnnxStorage* storage = storage_of(tensor.type);
  must(storage != nullptr, "unknown type of values (found ", parts.type, "; expected 1 to 28)");
  std::int64_t count = 0;
  must(product_of(tensor.shape, count), "impossible shape (found ", shape_text(tensor.shape),
       "; expected extents from 0 and at most 2^40 values)");
  must(!parts.segment, "a segment of a tensor (found one; expected whole tensors)");
  std::erase_if(parts.numbers, [](const auto& each) { return each.second.view.empty(); });
  must(parts.location == 0 || parts.location == 1, "bad data_location (found ", parts.location,
       "; expected 0 or 1)");
  const bool is_external = parts.location == 1;
  if (!is_external)
    must(parts.external.empty(),
         "external data of a tensor that is not external (found a location; expected none)");
  const auto kinds = parts.numbers.size() + (parts.texts > 0 ? 1 : 0) +
                     (parts.raw.empty() ? 0 : 1) + (is_external ? 1 : 0);
  must(kinds <= 1, "values more than once (found ", kinds,
       " of raw, typed and external data; expected one)");
  if (!is_external) {
    take_values(parts, *storage, where, tensor);
    return tensor;
  }
  must(storage->bits != 0, "external text (found a location; expected string_data)");
  take_external(parts, raw_bytes(*storage, count), where, tensor);
  return tensor;
}

void OnnxReader::take_values(Parts& parts, const OnnxStorage& storage, const std::string& where,
                             OnnxTensor& tensor) const {
  const std::int64_t count = tensor.count();
  const auto must_have = [&](std::int64_t found, const char* unit, std::int64_t expected) {
    require(found == expected, where, ": wrong size (found ", found, " ", unit, "; expected ",
            expected, " for ", storage.name, " ", shape_text(tensor.shape), ")");
  };
  const auto field = static_cast<std::uint32_t>(storage.field);
  if (!parts.numbers.empty() || parts.texts > 0) {
    const std::uint32_t found = parts.texts > 0 ? 6 : parts.numbers.begin()->first;
    require(found == field, where, ": values of another type (found ", onnx_field_name(found),
            "; expected ", onnx_field_name(field), " for ", storage.name, ")");
  }
  if (storage.bits == 0) {
    require(parts.raw.empty(), where, ": raw text (found raw_data; expected string_data)");
    return must_have(static_cast<std::int64_t>(parts.texts), "texts", count);
  }
  if (parts.numbers.empty()) {
    must_have(static_cast<std::int64_t>(parts.raw.size()), "bytes", raw_bytes(storage, count));
    tensor.values = {bytes_, parts.raw, false};
    return;
  }
  Parts::Numbers& numbers = parts.numbers.begin()->second;
  tensor.values = {bytes_, numbers.view, onnx_wire_type(field) == ProtobufWire::varint};
  if (numbers.joined) tensor.values.owner = numbers.joined;
  if (!tensor.values.varints)
    return must_have(static_cast<std::int64_t>(numbers.view.size()), "bytes",
                     raw_bytes(storage, count));
  std::int64_t found = 0;
  ProtobufMessage::for_each_varint(numbers.view, [&](std::uint64_t value) {
    // As protobuf does, an int32 is the lower half.
    const auto number = field == 5 ? static_cast<std::int64_t>(static_cast<std::int32_t>(value))
                                   : static_cast<std::int64_t>(value);
    require(number >= storage.least && number <= storage.most, where,
            ": a value out of range (found ", number, "; expected ", storage.least, " to ",
            storage.most, " in ", onnx_field_name(field), " of ", storage.name, ")");
    ++found;
  });
  must_have(found, "values", (count * storage.numbers + storage.each - 1) / storage.each);
}

void OnnxReader::take_external(const Parts& parts, std::int64_t size, const std::string& where,
                               OnnxTensor& tensor) {
  std::map<std::string, std::string> keys;
  for (const auto& [key, value] : parts.external) {
    require(key == "location" || key == "offset" || key == "length" || key == "checksum", where,
            ": unknown key of external data (found ", in_quotes(key),
            "; expected location, offset, length or checksum)");
    require(keys.emplace(key, value).second, where, ": external data (found ", key,
            " twice; expected it once)");
  }
  const std::string location = keys["location"];
  require(is_one_component(location), where, ": external data elsewhere (found the location ",
          in_quotes(location), "; expected the name of a file beside the model)");
  std::uint64_t offset = 0, length = static_cast<std::uint64_t>(size);
  for (const auto& [key, number] : {std::pair("offset", &offset), std::pair("length", &length)})
    if (const auto found = keys.find(key); found != keys.end())
      require(parse_decimal(found->second, *number), where, ": bad ", key,
              " of external data (found ", in_quotes(found->second), "; expected a whole number)");
  require(length == static_cast<std::uint64_t>(size), where,
          ": wrong length of external data (found ", length, "; expected the ", size, " bytes of ",
          name_of(tensor.type), " ", shape_text(tensor.shape), ")");
  External& data = external(location, where);
  const std::uint64_t there = data.bytes->bytes.size();
  require(offset <= there && length <= there - offset, where,
          ": external data beyond its file (found ", length, " bytes at ", offset,
          "; expected them within the ", there, " of ", in_quotes(location), ")");
  // So that a file of many tensors over the same bytes cannot ask for more memory than there is on disk.
  require(length <= there - data.taken, where,
          ": external data used twice (found tensors of more than the ", there, " bytes of ",
          in_quotes(location), "; expected at most these)");
  data.taken += length;
  if (keys.count("checksum")) data.checksum = true;
  tensor.values = {data.bytes,
                   {reinterpret_cast<const char*>(data.bytes->bytes.data()) + offset,
                    static_cast<std::size_t>(length)},
                   false};
}

OnnxReader::External& OnnxReader::external(const std::string& location, const std::string& where) {
  const auto known = externals_.find(location);
  if (known != externals_.end()) return known->second;
  require(!folder_.empty(), where, ": external data (found the location ", in_quotes(location),
          "; expected all values within the file)");
  OnnxBytes data{file_.name, {}};
  const std::filesystem::path path = folder_ / location;
  try {
    data.bytes = read_file(path, kMaxFileBytes, Follow::no_links);
  } catch (const Error& error) {
    const std::string_view what = error.what();  // "PATH: WHAT"
    fail(where, ": external data ", in_quotes(location), what.substr(path.string().size()));
  }
  External& made = externals_[location];
  made.bytes = std::make_shared<const OnnxBytes>(std::move(data));
  return made;
}

void OnnxReader::read_sparse(ProtobufMessage m) {
  Parts values;
  while (m.next()) {
    if (m.field() == 1) read_parts(m.message(), values);
    else m.skip();
  }
  check(false, "initializer ", in_quotes(values.name),
        ": a sparse tensor (found one; expected all of its values)");
}

OnnxTensor OnnxReader::tensor() {
  Parts parts;
  read_parts(ProtobufMessage(file_), parts);
  return finish(std::move(parts), "tensor");
}

}  // namespace pellucid
