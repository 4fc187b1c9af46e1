#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "nn/graph/onnx/onnx_reader.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

constexpr std::int64_t kInt32Least = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kInt32Most = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kInt64Least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kInt64Most = std::numeric_limits<std::int64_t>::max();

// By number. The smallest types are packed into bytes, in raw_data and in int32_data alike, but float6 there.
constexpr OnnxStorage kStorage[] = {
    {OnnxType::f32, "float32", 32, 4, 0, 0},
    {OnnxType::u8, "uint8", 8, 5, 0, 255},
    {OnnxType::i8, "int8", 8, 5, -128, 127},
    {OnnxType::u16, "uint16", 16, 5, 0, 65535},
    {OnnxType::i16, "int16", 16, 5, -32768, 32767},
    {OnnxType::i32, "int32", 32, 5, kInt32Least, kInt32Most},
    {OnnxType::i64, "int64", 64, 7, kInt64Least, kInt64Most},
    {OnnxType::text, "string", 0, 6, 0, 0},
    {OnnxType::boolean, "bool", 8, 5, 0, 1},
    {OnnxType::f16, "float16", 16, 5, 0, 65535},
    {OnnxType::f64, "float64", 64, 10, 0, 0},
    {OnnxType::u32, "uint32", 32, 11, 0, 0xFFFF'FFFF},
    {OnnxType::u64, "uint64", 64, 11, kInt64Least, kInt64Most},
    {OnnxType{14}, "complex64", 64, 4, 0, 0, 2},
    {OnnxType{15}, "complex128", 128, 10, 0, 0, 2},
    {OnnxType::bf16, "bfloat16", 16, 5, 0, 65535},
    {OnnxType{17}, "float8e4m3fn", 8, 5, 0, 255},
    {OnnxType{18}, "float8e4m3fnuz", 8, 5, 0, 255},
    {OnnxType{19}, "float8e5m2", 8, 5, 0, 255},
    {OnnxType{20}, "float8e5m2fnuz", 8, 5, 0, 255},
    {OnnxType{21}, "uint4", 4, 5, 0, 255, 1, 2},
    {OnnxType{22}, "int4", 4, 5, 0, 255, 1, 2},
    {OnnxType{23}, "float4e2m1", 4, 5, 0, 255, 1, 2},
    {OnnxType{24}, "float8e8m0", 8, 5, 0, 255},
    {OnnxType{25}, "uint2", 2, 5, 0, 255, 1, 4},
    {OnnxType{26}, "int2", 2, 5, 0, 255, 1, 4},
    {OnnxType{27}, "float6e2m3", 6, 5, 0, 63},
    {OnnxType{28}, "float6e3m2", 6, 5, 0, 63},
};

// 2^40 values are more than any file holds, and their bits fit 64.
constexpr std::int64_t kMostValues = std::int64_t{1} << 40;

float float_of_half(std::uint16_t half) {
  const int exponent = half >> 10 & 31, fraction = half & 1023;
  const float magnitude = exponent == 31 ? fraction != 0 ? std::numeric_limits<float>::quiet_NaN()
                                                         : std::numeric_limits<float>::infinity()
                          : exponent == 0
                              ? std::ldexp(static_cast<float>(fraction), -24)
                              : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  return half >> 15 != 0 ? -magnitude : magnitude;
}

float float_of_bfloat(std::uint16_t value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16);
}

// to[i] = convert(value i of the type Stored).
template <class Stored, class T, class Convert>
void convert_onnx(std::string_view raw, std::vector<T>& to, const Convert& convert) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    Stored value;
    std::memcpy(&value, raw.data() + i * sizeof(Stored), sizeof(Stored));
    to[i] = static_cast<T>(convert(value));
  }
}

template <class T>
OnnxTensor onnx_tensor_of(std::string name, OnnxType type, std::vector<std::int64_t> shape,
                          const std::vector<T>& values) {
  OnnxTensor tensor;
  tensor.name = std::move(name);
  tensor.type = type;
  tensor.shape = std::move(shape);
  require(static_cast<std::size_t>(tensor.count()) == values.size(), "tensor ",
          in_quotes(tensor.name), " has ", values.size(), " values, its shape needs ",
          tensor.count());
  const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
  const auto owner =
      std::make_shared<OnnxBytes>(OnnxBytes{"tensor", {bytes, bytes + values.size() * sizeof(T)}});
  tensor.values = {
      owner, {reinterpret_cast<const char*>(owner->bytes.data()), owner->bytes.size()}, false};
  return tensor;
}

}  // namespace

const OnnxStorage* storage_of(OnnxType type) {
  const auto number = static_cast<int>(type);
  return number >= 1 && number <= static_cast<int>(std::size(kStorage)) ? &kStorage[number - 1]
                                                                        : nullptr;
}

std::int64_t raw_bytes(const OnnxStorage& storage, std::int64_t count) {
  return (count * storage.bits + 7) / 8;
}

bool product_of(const std::vector<std::int64_t>& shape, std::int64_t& count) {
  std::int64_t product = 1;
  for (const std::int64_t extent : shape)
    if (extent < 0 ||
        __builtin_mul_overflow(product, std::max<std::int64_t>(extent, 1), &product) ||
        product > kMostValues)
      return false;
  count = std::find(shape.begin(), shape.end(), 0) == shape.end() ? product : 0;
  return true;
}

std::string name_of(OnnxType type) {
  const OnnxStorage* storage = storage_of(type);
  return storage != nullptr ? storage->name : concat("type ", static_cast<int>(type));
}

std::int64_t OnnxTensor::count() const {
  std::int64_t count = 0;
  require(product_of(shape, count), "tensor ", in_quotes(name),
          ": a negative extent or too many values");
  return count;
}

bool OnnxTensor::is_floating() const {
  return type == OnnxType::f16 || type == OnnxType::bf16 || type == OnnxType::f32 ||
         type == OnnxType::f64;
}

void OnnxTensor::fail_as(const char* wanted) const {
  fail(values.owner ? values.owner->file : "tensor", ": tensor ", in_quotes(name),
       ": values that are not read (found ", name_of(type), "; expected ", wanted, ")");
}

std::string OnnxTensor::raw() const {
  const OnnxStorage* storage = storage_of(type);
  if (storage == nullptr || storage->bits == 0) fail_as("numbers");
  if (!values.varints) return std::string(values.bytes);
  std::string out;
  const int width = storage->bits * storage->each;
  out.reserve(static_cast<std::size_t>(raw_bytes(*storage, count())));
  std::uint64_t held = 0;
  int bits = 0;  // of held
  ProtobufMessage::for_each_varint(values.bytes, [&](std::uint64_t value) {
    if (width % 8 == 0) {
      out.append(reinterpret_cast<const char*>(&value), static_cast<std::size_t>(width / 8));
      return;
    }
    held |= value << bits;
    for (bits += width; bits >= 8; bits -= 8, held >>= 8) out += static_cast<char>(held & 255);
  });
  if (bits > 0) out += static_cast<char>(held & 255);
  return out;
}

template <class T>
std::vector<T> OnnxTensor::converted() const {
  const std::string decoded = values.varints ? raw() : "";
  const std::string_view bytes = values.varints ? decoded : values.bytes;
  std::vector<T> to(static_cast<std::size_t>(count()));
  if (storage_of(type) == nullptr) fail_as("numbers");
  const OnnxStorage& storage = *storage_of(type);
  require(static_cast<std::int64_t>(bytes.size()) == raw_bytes(storage, count()), "tensor ",
          in_quotes(name), " has ", bytes.size(), " bytes, its shape needs ",
          raw_bytes(storage, count()));
  const auto same = [](auto value) { return value; };
  switch (type) {
    case OnnxType::f32:
      convert_onnx<float>(bytes, to, same);
      break;
    case OnnxType::f64:
      convert_onnx<double>(bytes, to, same);
      break;
    case OnnxType::f16:
      convert_onnx<std::uint16_t>(bytes, to, float_of_half);
      break;
    case OnnxType::bf16:
      convert_onnx<std::uint16_t>(bytes, to, float_of_bfloat);
      break;
    case OnnxType::u8:
      convert_onnx<std::uint8_t>(bytes, to, same);
      break;
    case OnnxType::i8:
      convert_onnx<std::int8_t>(bytes, to, same);
      break;
    case OnnxType::u16:
      convert_onnx<std::uint16_t>(bytes, to, same);
      break;
    case OnnxType::i16:
      convert_onnx<std::int16_t>(bytes, to, same);
      break;
    case OnnxType::u32:
      convert_onnx<std::uint32_t>(bytes, to, same);
      break;
    case OnnxType::i32:
      convert_onnx<std::int32_t>(bytes, to, same);
      break;
    case OnnxType::u64:
      convert_onnx<std::uint64_t>(bytes, to, same);
      break;
    case OnnxType::i64:
      convert_onnx<std::int64_t>(bytes, to, same);
      break;
    case OnnxType::boolean:
      convert_onnx<std::uint8_t>(bytes, to, [](std::uint8_t value) { return value != 0; });
      break;
    default:
      fail_as("numbers of 8 to 64 bits");
  }
  return to;
}

std::vector<float> OnnxTensor::floats() const { return converted<float>(); }
std::vector<double> OnnxTensor::doubles() const { return converted<double>(); }

std::vector<std::int64_t> OnnxTensor::integers() const {
  if (is_floating()) fail_as("integers");
  std::vector<std::int64_t> integers = converted<std::int64_t>();
  if (type == OnnxType::u64 &&
      std::any_of(integers.begin(), integers.end(), [](std::int64_t value) { return value < 0; }))
    fail_as("integers below 2^63");
  return integers;
}

OnnxTensor OnnxTensor::of(std::string name, std::vector<std::int64_t> shape,
                          const std::vector<float>& values) {
  return onnx_tensor_of(std::move(name), OnnxType::f32, std::move(shape), values);
}
OnnxTensor OnnxTensor::of(std::string name, std::vector<std::int64_t> shape,
                          const std::vector<std::int64_t>& values) {
  return onnx_tensor_of(std::move(name), OnnxType::i64, std::move(shape), values);
}
OnnxTensor OnnxTensor::of(std::string name, std::vector<std::int64_t> shape,
                          const std::vector<double>& values) {
  return onnx_tensor_of(std::move(name), OnnxType::f64, std::move(shape), values);
}

}  // namespace pellucid
