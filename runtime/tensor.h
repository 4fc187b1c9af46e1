// tensor.h: a dense row-major array on a device. Activations are (N, H, W, C), weights
// (out, height, width, in), everything fp32 but labels and indices (int32), bits of masks (uint32),
// pixels (uint8, uint16) and sums that decide about a solution (fp64).
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/stream.h"

namespace pellucid {

enum class DType { f32, i32, u32, u8, u16, f64 };

constexpr std::size_t size_of(DType type) {
  return type == DType::u8 ? 1 : type == DType::u16 ? 2 : type == DType::f64 ? 8 : 4;
}
template <class T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<float>() {
  return DType::f32;
}
template <>
constexpr DType dtype_of<std::int32_t>() {
  return DType::i32;
}
template <>
constexpr DType dtype_of<std::uint32_t>() {
  return DType::u32;
}
template <>
constexpr DType dtype_of<std::uint8_t>() {
  return DType::u8;
}
template <>
constexpr DType dtype_of<std::uint16_t>() {
  return DType::u16;
}
template <>
constexpr DType dtype_of<double>() {
  return DType::f64;
}

// One to four extents, each ≥ 0.
class Shape {
 public:
  static constexpr int kMaxRank = 4;
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> extents);

  int rank() const { return rank_; }
  std::int64_t operator[](int axis) const { return extents_[static_cast<std::size_t>(axis)]; }
  std::int64_t count() const;  // number of elements
  std::vector<std::int64_t> extents() const;
  bool operator==(const Shape&) const = default;
  std::string to_string() const;  // "(16, 224, 224, 3)"

 private:
  std::array<std::int64_t, kMaxRank> extents_{};
  int rank_ = 0;
};

// Non-owning: a pointer and its shape. The owner must outlive it.
template <class T>
struct TensorView {
  T* data = nullptr;
  Shape shape;
};

// Owns its memory together with its copies and reshapes, which share it.
class Tensor {
 public:
  Tensor() = default;
  static Tensor empty(Stream& stream, Shape shape, DType type = DType::f32);  // uninitialised
  static Tensor zeros(Stream& stream, Shape shape, DType type = DType::f32);
  // Copies values.size() == shape.count() elements to the device.
  template <class T>
  static Tensor from_host(Stream& stream, Shape shape, std::span<const T> values) {
    return from_host_bytes(stream, shape, dtype_of<T>(), values.data(), values.size());
  }
  template <class T>
  static Tensor from_host(Stream& stream, Shape shape, const std::vector<T>& values) {
    return from_host(stream, shape, std::span<const T>(values));
  }

  bool defined() const { return buffer_ != nullptr; }
  const Shape& shape() const { return shape_; }
  DType dtype() const { return type_; }
  std::int64_t count() const { return shape_.count(); }
  std::size_t bytes() const { return static_cast<std::size_t>(count()) * size_of(type_); }

  // Throws Error if T is not the element type.
  template <class T>
  T* data() const {
    return static_cast<T*>(checked_data(dtype_of<T>()));
  }
  template <class T>
  TensorView<T> view() const {
    return {data<T>(), shape_};
  }

  // Same memory, another shape of the same count.
  Tensor reshape(Shape shape) const;
  // Same memory, rows [first, first + rows) of axis 0.
  Tensor slice(std::int64_t first, std::int64_t rows) const;
  // A copy of its own.
  Tensor clone(Stream& stream) const;

  template <class T>
  std::vector<T> to_host(Stream& stream) const {
    std::vector<T> values(static_cast<std::size_t>(count()));
    stream.copy_to_host(values.data(), data<T>(), bytes());
    return values;
  }

 private:
  static Tensor from_host_bytes(Stream& stream, Shape shape, DType type, const void* values,
                                std::size_t count);
  void* checked_data(DType type) const;

  std::shared_ptr<Buffer> buffer_;
  std::size_t offset_ = 0;  // bytes
  Shape shape_;
  DType type_ = DType::f32;
};

}  // namespace pellucid
