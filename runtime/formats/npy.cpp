#include "runtime/formats/npy.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string_view>

#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

static_assert(std::endian::native == std::endian::little,
              "values are written as they lie in memory");

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::string_view kVersion{"\x01\x00", 2};
constexpr std::size_t kPreamble = 10;  // magic, version, length of the header in 2 bytes
constexpr std::size_t kAlignment = 64;

// The header as NumPy writes it: the keys in order, a comma behind the last.
constexpr std::string_view kBeforeType = "{'descr': '";
constexpr std::string_view kRowMajor = "', 'fortran_order': False, 'shape': (";
constexpr std::string_view kColumnMajor = "', 'fortran_order': True, 'shape': (";
constexpr std::string_view kFloat = "<f4";
constexpr std::string_view kAfterShape = "), }";

std::string header_of(const std::vector<std::int64_t>& shape) {
  std::string header = concat(kBeforeType, kFloat, kRowMajor);
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    header += concat(axis ? ", " : "", shape[axis]);
  if (shape.size() == 1) header += ",";
  header += kAfterShape;
  const std::size_t unpadded = kPreamble + header.size() + 1;
  header.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  return header + "\n";
}

// What a file says about itself; the values are not touched.
struct Parts {
  std::string_view type;  // as in '<f4'
  std::vector<std::int64_t> shape;
  std::int64_t count = 1;
  std::span<const std::byte> data;
  bool column_major = false;

  std::size_t element() const { return static_cast<std::size_t>(type[2] - '0'); }  // bytes
  // Where element i, counted row by row, lies among the others.
  std::size_t place(std::size_t i) const {
    if (!column_major) return i;
    std::size_t place = 0, below = static_cast<std::size_t>(count);
    for (std::size_t axis = shape.size();
         axis-- > 0;) {  // the last axis goes fastest in i, slowest here
      const auto extent = static_cast<std::size_t>(shape[axis]);
      below /= extent;
      place += i % extent * below;
      i /= extent;
    }
    return place;
  }
  // The bits of element i, the first byte of the file the lowest unless the type says otherwise.
  std::uint64_t bits(std::size_t i) const {
    std::uint64_t out = 0;
    const auto bytes = data.subspan(place(i) * element(), element());
    for (std::size_t b = 0; b < bytes.size(); ++b) {
      const std::size_t shift = type[0] == '>' ? bytes.size() - 1 - b : b;
      out |= static_cast<std::uint64_t>(bytes[b]) << 8 * shift;
    }
    return out;
  }
};

Parts parse(std::span<const std::byte> bytes, const std::string& name) {
  const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  require(text.size() >= kPreamble, name, ": truncated (found ", text.size(),
          " bytes; expected a .npy file)");
  require(text.starts_with(kMagic), name, ": not a .npy file (found ",
          in_quotes(text.substr(0, kMagic.size())), "; expected \\x93NUMPY)");
  require(text.substr(kMagic.size()).starts_with(kVersion), name, ": wrong version (found ",
          static_cast<int>(bytes[6]), ".", static_cast<int>(bytes[7]), "; expected 1.0)");
  const std::size_t length = static_cast<std::size_t>(bytes[8]) | static_cast<std::size_t>(bytes[9])
                                                                      << 8;
  require(text.size() >= kPreamble + length, name, ": truncated (found ", text.size() - kPreamble,
          " bytes of the header; expected ", length, ")");
  std::string_view header = text.substr(kPreamble, length);
  const std::size_t type_end = kBeforeType.size() + kFloat.size();  // all types have 3 characters
  const std::string_view behind = header.substr(std::min(type_end, header.size()));
  const bool column_major = behind.starts_with(kColumnMajor);
  const std::size_t begin = type_end + (column_major ? kColumnMajor : kRowMajor).size(),
                    end = header.find(kAfterShape, begin);
  require(header.size() > type_end && header.starts_with(kBeforeType) &&
              (column_major || behind.starts_with(kRowMajor)) && end != header.npos &&
              header.find_first_not_of(" \n", end + kAfterShape.size()) == header.npos,
          name, ": wrong header (found ",
          in_quotes(header.substr(0, header.find_last_not_of(" \n") + 1)), "; expected ",
          kBeforeType, kFloat, kRowMajor, "…", kAfterShape, ")");
  Parts parts;
  parts.type = header.substr(kBeforeType.size(), kFloat.size());
  parts.column_major = column_major;
  header = header.substr(begin, end - begin);
  for (const char *at = header.data(), *stop = at + header.size(); at < stop;) {
    std::int64_t extent = 0;
    const auto [after, error] = std::from_chars(at, stop, extent);
    require(error == std::errc{} && extent >= 0 && parts.shape.size() < kNpyMaxAxes &&
                !__builtin_mul_overflow(parts.count, extent, &parts.count) &&
                (after == stop || *after == ','),
            name, ": bad shape (found (", printable(header), "); expected 0 to ", kNpyMaxAxes,
            " whole numbers with a product below 2^63)");
    parts.shape.push_back(extent);
    for (at = after; at < stop && (*at == ',' || *at == ' ');) ++at;
  }
  parts.data = bytes.subspan(kPreamble + length);
  return parts;
}

void require_size(const Parts& parts, std::size_t element, const std::string& name) {
  const std::size_t data = parts.data.size();
  require(data % element == 0 && static_cast<std::size_t>(parts.count) == data / element, name,
          ": wrong size (found ", data, " bytes of values; expected ", parts.count, " times ",
          element, ")");
}

// What labels may be: truth values, whole numbers of 1 to 8 bytes, real ones of 4 and 8.
constexpr std::string_view kLabelKinds[] = {"b1", "u1", "u2", "u4", "u8", "i1",
                                            "i2", "i4", "i8", "f4", "f8"};

std::int64_t whole(double value, const std::string& name) {
  // 2^62 and above, and NaN, fail the first test.
  require(std::abs(value) < 0x1p62 && value == std::trunc(value), name,
          ": a label is not whole (found ", value, "; expected whole numbers)");
  return static_cast<std::int64_t>(value);
}

std::int64_t label_of(const Parts& parts, std::uint64_t bits, const std::string& name) {
  const int unused = 64 - 8 * static_cast<int>(parts.element());
  switch (parts.type[1]) {
    case 'f':
      return whole(parts.element() == 4 ? std::bit_cast<float>(static_cast<std::uint32_t>(bits))
                                        : std::bit_cast<double>(bits),
                   name);
    case 'i':
      return static_cast<std::int64_t>(bits << unused) >> unused;
    default:
      require(bits >> 63 == 0, name, ": a label is too large (found ", bits,
              "; expected less than 2^63)");
      return static_cast<std::int64_t>(bits);
  }
}

}  // namespace

std::vector<std::byte> encode_npy(const std::vector<std::int64_t>& shape,
                                  std::span<const float> values) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  require(static_cast<std::size_t>(count) == values.size() && shape.size() <= kNpyMaxAxes,
          "npy: ", values.size(), " values do not fill a shape of ", count);
  const std::string header = header_of(shape);
  std::vector<std::byte> bytes(kPreamble + header.size() + values.size_bytes());
  std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
  std::memcpy(bytes.data() + kMagic.size(), kVersion.data(), kVersion.size());
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
  const Parts parts = parse(bytes, name);
  require(parts.type == kFloat, name, ": wrong type (found ", in_quotes(parts.type),
          "; expected \"", kFloat, "\")");
  require(!parts.column_major, name,
          ": column by column (found 'fortran_order': True; expected False)");
  require_size(parts, sizeof(float), name);
  NpyArray array{parts.shape, std::vector<float>(static_cast<std::size_t>(parts.count))};
  if (parts.count) std::memcpy(array.values.data(), parts.data.data(), parts.data.size());
  return array;
}

NpyLabels decode_npy_labels(std::span<const std::byte> bytes, const std::string& name) {
  const Parts parts = parse(bytes, name);
  const std::string_view kind = parts.type.substr(1);
  const bool known =
      std::find(std::begin(kLabelKinds), std::end(kLabelKinds), kind) != std::end(kLabelKinds);
  const std::string_view orders = kind[1] == '1' ? "|<>" : "<>";
  require(known && orders.find(parts.type[0]) != orders.npos, name, ": not labels (found type ",
          in_quotes(parts.type), "; expected whole numbers, truth values, \"f4\" or \"f8\")");
  require_size(parts, parts.element(), name);
  NpyLabels labels{parts.shape, {}};
  labels.values.reserve(static_cast<std::size_t>(parts.count));
  for (std::size_t i = 0; i < static_cast<std::size_t>(parts.count); ++i)
    labels.values.push_back(label_of(parts, parts.bits(i), name));
  return labels;
}

NpyArray read_npy(const std::filesystem::path& path) {
  return decode_npy(read_file(path), path.string());
}

}  // namespace pellucid
