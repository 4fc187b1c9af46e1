// protobuf.h: protobuf's wire format (protobuf.dev/programming-guides/encoding), read from hostile bytes.
// Nothing else includes protozero: by its own choice it checks with assert() that a field has the wire type as
// which it is read, so that a debug build aborts on a bad file and a release build reads a number as a length.
//
// Written is with protozero::pbf_writer as it is. It leaves out a submessage without a field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/error.h"

namespace pellucid::detail {
struct WrongWireType {};
}  // namespace pellucid::detail
#define PROTOZERO_USE_VIEW std::string_view
#define protozero_assert(holds) \
  ((holds) ? static_cast<void>(0) : throw ::pellucid::detail::WrongWireType{})
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

namespace pellucid {

using ProtobufWire = protozero::pbf_wire_type;

// What messages are cut from: the whole file, which must outlive them.
struct ProtobufFile {
  std::string name;  // for messages
  std::string_view bytes;
};

// The fields of one message, in the order of the file. Everything that reads throws Error
// "FILE: damaged at byte N (found …; expected …)" where the bytes are no message, N being where the field begins.
class ProtobufMessage {
 public:
  explicit ProtobufMessage(const ProtobufFile& file) : ProtobufMessage(file, file.bytes) {}

  // Goes to the next field, of which one of the functions below must then be called; false at the end.
  bool next() {
    at_ = position();
    return guarded([&] {
      std::string_view rest = reader_.data();
      if (rest.empty()) return false;
      if (take_varint(rest) > 0xFFFF'FFFF) throw protozero::invalid_tag_exception{};
      return reader_.next();
    });
  }
  std::uint32_t field() const { return reader_.tag(); }
  // Where the field begins: its byte of the file.
  std::size_t at() const { return at_; }

  std::int64_t integer() {
    return guarded([&] { return reader_.get_int64(); });
  }
  float real() {
    return guarded([&] { return reader_.get_float(); });
  }
  std::string_view bytes() {
    return guarded([&] {
      protozero_assert(reader_.has_wire_type(ProtobufWire::length_delimited));
      check_length();
      return reader_.get_view();
    });
  }
  ProtobufMessage message() { return {*file_, bytes()}; }
  void skip() {
    guarded([&] {
      if (reader_.has_wire_type(ProtobufWire::length_delimited)) check_length();
      reader_.skip();
      return 0;
    });
  }
  // Of a repeated field of numbers: the bytes of one number, or of all that are packed there. They are whole
  // numbers of this wire type, so that for_each_varint() does not throw.
  std::string_view numbers(ProtobufWire type) {
    if (reader_.has_wire_type(ProtobufWire::length_delimited)) {
      const std::string_view packed = bytes();
      return guarded([&] {
        const std::size_t width = type == ProtobufWire::fixed32 ? 4 : 8;
        if (type == ProtobufWire::varint) for_each_varint(packed, [](std::uint64_t) {});
        else if (packed.size() % width != 0) throw protozero::invalid_length_exception{};
        return packed;
      });
    }
    return guarded([&] {
      protozero_assert(reader_.has_wire_type(type));
      const std::string_view rest = reader_.data();
      reader_.skip();
      return rest.substr(0, rest.size() - reader_.length());
    });
  }

  template <class Use>
  static void for_each_varint(std::string_view bytes, const Use& use) {
    while (!bytes.empty()) use(take_varint(bytes));
  }

 private:
  ProtobufMessage(const ProtobufFile& file, std::string_view bytes)
      : reader_(bytes.data(), bytes.size()), file_(&file), at_(position()) {}

  static std::uint64_t take_varint(std::string_view& bytes) {
    const char* begin = bytes.data();
    const std::uint64_t value = protozero::decode_varint(&begin, bytes.data() + bytes.size());
    bytes.remove_prefix(static_cast<std::size_t>(begin - bytes.data()));
    return value;
  }
  // protozero takes lengths modulo 2^32.
  void check_length() const {
    std::string_view rest = reader_.data();
    if (take_varint(rest) > rest.size()) throw protozero::end_of_buffer_exception{};
  }
  std::size_t position() const {
    return static_cast<std::size_t>(reader_.data().data() - file_->bytes.data());
  }
  [[noreturn]] void fail_with(const char* found, const char* expected) const {
    fail(file_->name, ": damaged at byte ", at_, " (found ", found, "; expected ", expected, ")");
  }
  template <class Read>
  auto guarded(const Read& read) -> decltype(read()) {
    try {
      return read();
    } catch (const detail::WrongWireType&) {
      fail_with(concat("field ", field(), " of another wire type").c_str(), "its own");
    } catch (const protozero::end_of_buffer_exception&) {
      fail_with("a field that is cut short", "all of it");
    } catch (const protozero::varint_too_long_exception&) {
      fail_with("a number of more than 10 bytes", "at most 64 bits");
    } catch (const protozero::invalid_tag_exception&) {
      fail_with("a field number that does not exist", "1 to 536870911");
    } catch (const protozero::invalid_length_exception&) {
      fail_with("a list that ends within a number", "whole numbers");
    } catch (const protozero::unknown_pbf_wire_type_exception&) {
      fail_with("an unknown wire type", "varint, fixed32, fixed64 or bytes");
    }
  }

  protozero::pbf_reader reader_;
  const ProtobufFile* file_;
  std::size_t at_ = 0;
};

}  // namespace pellucid
