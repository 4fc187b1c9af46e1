#include "runtime/tensor.h"

#include "runtime/error.h"

namespace pellucid {

Shape::Shape(std::initializer_list<std::int64_t> extents) {
  require(extents.size() >= 1 && extents.size() <= kMaxRank, "a shape has 1 to ", kMaxRank,
          " extents, got ", extents.size());
  for (const std::int64_t extent : extents) {
    require(extent >= 0, "an extent of a shape is negative: ", extent);
    extents_[static_cast<std::size_t>(rank_++)] = extent;
  }
}

std::int64_t Shape::count() const {
  if (rank_ == 0) return 0;
  std::int64_t count = 1;
  for (int axis = 0; axis < rank_; ++axis)
    require(!__builtin_mul_overflow(count, (*this)[axis], &count), "the shape ", to_string(),
            " has too many elements");
  return count;
}

std::vector<std::int64_t> Shape::extents() const {
  return {extents_.begin(), extents_.begin() + rank_};
}

std::string Shape::to_string() const {
  std::string text = "(";
  for (int axis = 0; axis < rank_; ++axis) text += concat(axis ? ", " : "", (*this)[axis]);
  return text + ")";
}

Tensor Tensor::empty(Stream& stream, Shape shape, DType type) {
  // Beyond this the bytes would not fit into 64 bits; the arena refuses what is merely too much.
  require(shape.count() <= std::int64_t{1} << 60, "the shape ", shape.to_string(),
          " has too many elements");
  Tensor tensor;
  tensor.shape_ = shape;
  tensor.type_ = type;
  tensor.buffer_ = std::make_shared<Buffer>(stream.arena(), tensor.bytes());
  return tensor;
}

Tensor Tensor::zeros(Stream& stream, Shape shape, DType type) {
  Tensor tensor = empty(stream, shape, type);
  stream.fill_bytes(tensor.checked_data(type), 0, tensor.bytes());
  return tensor;
}

Tensor Tensor::from_host_bytes(Stream& stream, Shape shape, DType type, const void* values,
                               std::size_t count) {
  require(static_cast<std::int64_t>(count) == shape.count(), "a tensor of shape ",
          shape.to_string(), " needs ", shape.count(), " values, got ", count);
  Tensor tensor = empty(stream, shape, type);
  stream.copy_to_device(tensor.checked_data(type), values, tensor.bytes());
  return tensor;
}

void* Tensor::checked_data(DType type) const {
  require(defined(), "an undefined tensor has no data");
  require(type == type_, "a tensor of another element type was expected");
  return static_cast<unsigned char*>(buffer_->data()) + offset_;
}

Tensor Tensor::reshape(Shape shape) const {
  require(shape.count() == count(), "cannot reshape ", shape_.to_string(), " to ",
          shape.to_string());
  Tensor tensor = *this;
  tensor.shape_ = shape;
  return tensor;
}

Tensor Tensor::slice(std::int64_t first, std::int64_t rows) const {
  require(shape_.rank() >= 1 && first >= 0 && rows >= 0 && first <= shape_[0] &&
              rows <= shape_[0] - first,
          rows, " rows from ", first, " on are outside the shape ", shape_.to_string());
  Tensor tensor = *this;
  const std::size_t row_bytes = shape_[0] ? bytes() / static_cast<std::size_t>(shape_[0]) : 0;
  tensor.offset_ += static_cast<std::size_t>(first) * row_bytes;
  switch (shape_.rank()) {
    case 1:
      tensor.shape_ = {rows};
      break;
    case 2:
      tensor.shape_ = {rows, shape_[1]};
      break;
    case 3:
      tensor.shape_ = {rows, shape_[1], shape_[2]};
      break;
    default:
      tensor.shape_ = {rows, shape_[1], shape_[2], shape_[3]};
  }
  return tensor;
}

Tensor Tensor::clone(Stream& stream) const {
  Tensor copy = empty(stream, shape_, type_);
  stream.copy_on_device(copy.checked_data(type_), checked_data(type_), bytes());
  return copy;
}

}  // namespace pellucid
