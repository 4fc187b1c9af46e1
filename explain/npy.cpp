#include "explain/npy.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <string_view>

#include "runtime/error.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

static_assert(std::endian::native == std::endian::little,
              "values are written as they lie in memory");

constexpr std::string_view kMagic{"\x93NUMPY\x01\x00", 8};
constexpr std::size_t kPreamble = 10;  // magic, version, length of the header in 2 bytes
constexpr std::size_t kAlignment = 64;
constexpr std::size_t kMaxAxes = 4;

// The header as NumPy writes it: the keys in order, a comma behind the last.
constexpr std::string_view kBeforeShape = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
constexpr std::string_view kAfterShape = "), }";

std::string header_of(const std::vector<std::int64_t>& shape) {
  std::string header{kBeforeShape};
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    header += concat(axis ? ", " : "", shape[axis]);
  if (shape.size() == 1) header += ",";
  header += kAfterShape;
  const std::size_t unpadded = kPreamble + header.size() + 1;
  header.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  return header + "\n";
}

}  // namespace

std::vector<std::byte> encode_npy(const std::vector<std::int64_t>& shape,
                                  std::span<const float> values) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  require(static_cast<std::size_t>(count) == values.size() && shape.size() <= kMaxAxes,
          "npy: ", values.size(), " values do not fill a shape of ", count);
  const std::string header = header_of(shape);
  std::vector<std::byte> bytes(kPreamble + header.size() + values.size_bytes());
  std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
  bytes[8] = static_cast<std::byte>(header.size() & 0xFF);
  bytes[9] = static_cast<std::byte>(header.size() >> 8);
  std::memcpy(bytes.data() + kPreamble, header.data(), header.size());
  if (!values.empty())
    std::memcpy(bytes.data() + kPreamble + header.size(), values.data(), values.size_bytes());
  return bytes;
}

void write_npy(const std::filesystem::path& path, const std::vector<std::int64_t>& shape,
               std::span<const float> values) {
  write_file(path, encode_npy(shape, values));
}

NpyArray decode_npy(std::span<const std::byte> bytes, const std::string& name) {
  const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  require(text.starts_with(kMagic) && text.size() >= kPreamble, name,
          ": not a .npy file of version 1.0");
  const std::size_t length = static_cast<std::size_t>(bytes[8]) | static_cast<std::size_t>(bytes[9])
                                                                      << 8;
  require(text.size() >= kPreamble + length, name, ": the header is cut off");
  std::string_view header = text.substr(kPreamble, length);
  const std::size_t end = header.find(kAfterShape);
  require(header.starts_with(kBeforeShape) && end != header.npos, name,
          ": expected little-endian fp32 in row-major order");
  header = header.substr(kBeforeShape.size(), end - kBeforeShape.size());

  NpyArray array;
  std::int64_t count = 1;
  for (const char *at = header.data(), *stop = at + header.size(); at < stop;) {
    std::int64_t extent = 0;
    const auto [after, error] = std::from_chars(at, stop, extent);
    require(error == std::errc{} && extent >= 0 && array.shape.size() < kMaxAxes &&
                !__builtin_mul_overflow(count, extent, &count),
            name, ": cannot read the shape (", header, ")");
    array.shape.push_back(extent);
    for (at = after; at < stop && (*at == ',' || *at == ' ');) ++at;
  }
  const std::size_t data = text.size() - kPreamble - length;
  require(data % sizeof(float) == 0 && static_cast<std::size_t>(count) == data / sizeof(float),
          name, ": holds ", data, " bytes of values, expected ", count, " · 4");
  array.values.resize(static_cast<std::size_t>(count));
  if (data) std::memcpy(array.values.data(), bytes.data() + kPreamble + length, data);
  return array;
}

NpyArray read_npy(const std::filesystem::path& path) {
  return decode_npy(read_file(path), path.string());
}

}  // namespace pellucid
