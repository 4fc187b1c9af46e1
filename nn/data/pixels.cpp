#include "nn/data/pixels.h"

#include <bit>
#include <type_traits>

#include "nn/data/pixel_file.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

static_assert(std::endian::native == std::endian::little, "Pixels::memory is little-endian");

int checked_white(int white, int most) {
  require(white >= 1 && white <= most, "pixels: white must be 1 to ", most, ", got ", white);
  return white;
}

}  // namespace

Pixels::Pixels(Bytes values, int white)
    : values_(std::move(values)), white_(checked_white(white, kWhite8)) {}

Pixels::Pixels(Words values, int white) : white_(checked_white(white, kMaxWhite)) {
  if (white <= kWhite8) values_ = Bytes(values.begin(), values.end());
  else values_ = std::move(values);
}

Pixels::Bytes& Pixels::bytes() {
  require(one_byte() && !file_, "pixels: ", file_ ? "in a file" : "of two bytes each", ", up to ",
          white_, ", where 8 bits in memory are expected");
  return std::get<Bytes>(values_);
}

const Pixels::Bytes& Pixels::bytes() const { return const_cast<Pixels*>(this)->bytes(); }

std::span<std::byte> Pixels::storage() {
  return std::visit([](auto& values) { return std::as_writable_bytes(std::span(values)); },
                    values_);
}

std::span<const std::byte> Pixels::memory() const {
  require(!file_, "pixels: in a file, where they are expected in memory");
  return const_cast<Pixels*>(this)->storage();
}

void Pixels::move_to(const std::shared_ptr<PixelFile>& file) {
  const std::size_t count = size();
  place_ = file->append(memory());
  count_ = count;
  std::visit([](auto& values) { std::remove_cvref_t<decltype(values)>().swap(values); }, values_);
  file_ = file;
}

Pixels Pixels::in_memory() const {
  Pixels out = *this;
  if (!file_) return out;
  out.file_ = nullptr;
  std::visit([this](auto& values) { values.resize(count_); }, out.values_);
  file_->read(place_, out.storage());
  return out;
}

bool Pixels::operator==(const Pixels& other) const {
  if (white_ != other.white_ || size() != other.size()) return false;
  return file_ || other.file_ ? in_memory().values_ == other.in_memory().values_
                              : values_ == other.values_;
}

std::vector<float> unit_values(const Pixels& pixels) {
  return pixels.visit([white = static_cast<float>(pixels.white())](const auto& values) {
    std::vector<float> out;
    out.reserve(values.size());
    for (const auto value : values) out.push_back(static_cast<float>(value) / white);
    return out;
  });
}

Pixels::Bytes eight_bit(Pixels pixels) {
  if (pixels.in_file()) pixels = pixels.in_memory();
  if (pixels.white() == kWhite8) return std::move(pixels.bytes());
  return pixels.visit([white = static_cast<unsigned>(pixels.white())](const auto& values) {
    Pixels::Bytes out;
    out.reserve(values.size());
    for (const unsigned value : values)
      out.push_back(static_cast<std::uint8_t>((value * kWhite8 + white / 2) / white));
    return out;
  });
}

}  // namespace pellucid
