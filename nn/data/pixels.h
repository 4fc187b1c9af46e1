// pixels.h: the values of a picture, whatever its depth.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <variant>
#include <vector>

namespace pellucid {

class PixelFile;  // nn/data/pixel_file.h

inline constexpr int kWhite8 = 255;       // the value of white where nothing else is said
inline constexpr int kMaxWhite = 65'535;  // the greatest: 16 bits

// Values from 0, black, to white(), which is 1 … kMaxWhite: 255 of 8 bits, 65535 of 16, and of a PGM
// whatever its maxval says. They keep the values of their file; a value v means v / white().
// Stored in one byte each up to 255, in two above; in memory, or in a file, which each look then reads.
class Pixels {
 public:
  using Bytes = std::vector<std::uint8_t>;
  using Words = std::vector<std::uint16_t>;

  Pixels() = default;
  // Throw Error for a white outside its range or above what the storage holds.
  Pixels(Bytes values, int white = kWhite8);
  Pixels(std::initializer_list<std::uint8_t> values) : Pixels(Bytes(values)) {}
  Pixels(Words values, int white);  // kept in bytes if white is at most 255

  // work(values) with values of Bytes or Words. What it returns must not point into them.
  template <class Work>
  decltype(auto) visit(const Work& work) {
    if (file_) *this = in_memory();
    return std::visit(work, values_);
  }
  template <class Work>
  auto visit(const Work& work) const {
    return file_ ? std::visit(work, in_memory().values_) : std::visit(work, values_);
  }

  int white() const { return white_; }
  std::size_t size() const {
    return file_ ? count_ : std::visit([](const auto& values) { return values.size(); }, values_);
  }
  bool empty() const { return size() == 0; }
  int operator[](std::size_t i) const {
    return visit([i](const auto& values) -> int { return values[i]; });
  }

  bool one_byte() const { return std::holds_alternative<Bytes>(values_); }
  // The values themselves, each at most white(). Throw Error unless one_byte() and in memory.
  Bytes& bytes();
  const Bytes& bytes() const;
  // As they lie in memory; two bytes a value are little-endian. Throws Error if they are in a file.
  std::span<const std::byte> memory() const;

  // Moves the values into the file. They keep it.
  void move_to(const std::shared_ptr<PixelFile>& file);
  bool in_file() const { return file_ != nullptr; }
  // The same with its values in memory.
  Pixels in_memory() const;

  bool operator==(const Pixels& other) const;

 private:
  std::span<std::byte> storage();

  std::variant<Bytes, Words> values_;  // empty, but of the type, while they are in a file
  int white_ = kWhite8;
  std::shared_ptr<PixelFile> file_;
  std::uint64_t place_ = 0;  // in the file
  std::size_t count_ = 0;    // of values there
};

// v / white, each one correctly rounded quotient: what a network reads.
std::vector<float> unit_values(const Pixels& pixels);

// v · 255 / white, rounded: for pictures of 8 bits, as they are shown.
Pixels::Bytes eight_bit(Pixels pixels);

}  // namespace pellucid
