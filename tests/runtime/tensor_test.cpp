#include "runtime/tensor.h"

#include <doctest/doctest.h>

#include <limits>
#include <numeric>

#include "runtime/error.h"
#include "tests/support/device.h"

using namespace pellucid;
using pellucid::test::stream;

namespace {

Tensor counting(Shape shape) {
  std::vector<float> values(static_cast<std::size_t>(shape.count()));
  std::iota(values.begin(), values.end(), 0.0f);
  return Tensor::from_host(stream(), shape, values);
}

}  // namespace

TEST_CASE("shape: rank, count, text, equality") {
  const Shape shape{16, 224, 224, 3};
  CHECK_EQ(shape.rank(), 4);
  CHECK_EQ(shape[1], 224);
  CHECK_EQ(shape.count(), 16 * 224 * 224 * 3);
  CHECK_EQ(shape.to_string(), "(16, 224, 224, 3)");
  CHECK((shape == Shape{16, 224, 224, 3}));
  CHECK_FALSE((Shape{4} == Shape{4, 1}));
  CHECK_EQ((Shape{3, 0, 2}).count(), 0);
  CHECK_EQ(Shape().count(), 0);
  CHECK_EQ((Shape{1 << 20, 1 << 20}).count(), std::int64_t{1} << 40);
}

TEST_CASE("shape: extents out of range are errors") {
  CHECK_THROWS_WITH_AS((Shape{1, 2, 3, 4, 5}), "a shape has 1 to 4 extents, got 5", Error);
  CHECK_THROWS_WITH_AS((Shape{2, -1}), "an extent of a shape is negative: -1", Error);
  const std::int64_t huge = std::int64_t{1} << 40;
  CHECK_THROWS_WITH_AS((Shape{huge, huge}).count(), doctest::Contains("too many elements"), Error);
}

TEST_CASE("tensor: round trip of every element type, and zeros") {
  const std::vector<float> f{1, -2, 3.5f};
  const std::vector<std::int32_t> i{-1, 2147483647, 0};
  const std::vector<std::uint32_t> words{1, 0xFFFFFFFF, 0x80000000};
  const std::vector<std::uint8_t> u{0, 255, 7, 1, 2};
  CHECK_EQ(Tensor::from_host(stream(), {3}, f).to_host<float>(stream()), f);
  CHECK_EQ(Tensor::from_host(stream(), {1, 3}, i).to_host<std::int32_t>(stream()), i);
  CHECK_EQ(Tensor::from_host(stream(), {3}, words).to_host<std::uint32_t>(stream()), words);
  const Tensor bytes = Tensor::from_host(stream(), {5}, u);
  CHECK_EQ(bytes.bytes(), 5);
  CHECK_EQ(bytes.to_host<std::uint8_t>(stream()), u);
  CHECK_EQ(Tensor::zeros(stream(), {2, 2}).to_host<float>(stream()), std::vector<float>(4, 0.0f));
  const Tensor none = Tensor::zeros(stream(), {0, 3});
  CHECK(none.defined());
  CHECK(none.to_host<float>(stream()).empty());
}

TEST_CASE("tensor: transfers are counted") {
  Stream own(test::device());
  const Tensor t = Tensor::from_host(own, {2, 3}, std::vector<float>(6, 1.0f));
  t.to_host<float>(own);
  t.clone(own);
  CHECK_EQ(own.transfers().to_device_calls, 1);
  CHECK_EQ(own.transfers().to_device_bytes, 24);
  CHECK_EQ(own.transfers().to_host_calls, 1);
  CHECK_EQ(own.transfers().to_host_bytes, 24);
}

TEST_CASE("tensor: reshapes and slices share memory, a clone does not") {
  const Tensor whole = counting({4, 3});
  const Tensor flat = whole.reshape({2, 6}), rows = whole.slice(1, 2);
  CHECK_EQ(flat.data<float>(), whole.data<float>());
  CHECK_EQ(rows.data<float>(), whole.data<float>() + 3);
  CHECK((rows.shape() == Shape{2, 3}));
  CHECK_EQ(rows.to_host<float>(stream()), std::vector<float>{3, 4, 5, 6, 7, 8});
  CHECK_EQ(rows.slice(1, 1).to_host<float>(stream()), std::vector<float>{6, 7, 8});
  CHECK_EQ(rows.reshape({6}).to_host<float>(stream()), rows.to_host<float>(stream()));
  const Tensor copy = rows.clone(stream());
  stream().fill_bytes(whole.data<float>(), 0, whole.bytes());
  CHECK_EQ(rows.to_host<float>(stream()), std::vector<float>(6, 0.0f));
  CHECK_EQ(copy.to_host<float>(stream()), std::vector<float>{3, 4, 5, 6, 7, 8});
  CHECK_EQ(whole.view<float>().data, whole.data<float>());
}

TEST_CASE("tensor: slices of every rank, empty ones, the last row") {
  CHECK_EQ(counting({5}).slice(4, 1).to_host<float>(stream()), std::vector<float>{4});
  CHECK_EQ(counting({3, 1, 2}).slice(2, 1).to_host<float>(stream()), std::vector<float>{4, 5});
  CHECK_EQ(counting({2, 1, 1, 2}).slice(1, 1).to_host<float>(stream()), std::vector<float>{2, 3});
  CHECK_EQ(counting({3, 2}).slice(3, 0).count(), 0);
  CHECK_EQ(Tensor::zeros(stream(), {0, 2}).slice(0, 0).count(), 0);
}

TEST_CASE(
    "tensor: a slice keeps the memory alive, which returns to the arena after the last owner") {
  Stream own(test::device());
  Tensor rows;
  {
    const Tensor whole = Tensor::from_host(own, {2, 2}, std::vector<float>{1, 2, 3, 4});
    rows = whole.slice(1, 1);
  }
  CHECK(own.arena().live_bytes() > 0);
  CHECK_EQ(rows.to_host<float>(own), std::vector<float>{3, 4});
  rows = Tensor();
  CHECK_EQ(own.arena().live_bytes(), 0);
}

TEST_CASE("tensor: misuse is an error that names the shapes") {
  const Tensor t = counting({4, 3});
  CHECK_THROWS_WITH_AS(t.reshape({5, 3}), "cannot reshape (4, 3) to (5, 3)", Error);
  CHECK_THROWS_WITH_AS(t.slice(3, 2), "2 rows from 3 on are outside the shape (4, 3)", Error);
  CHECK_THROWS_AS(t.slice(-1, 1), Error);
  CHECK_THROWS_AS(t.slice(0, -1), Error);
  const std::int64_t last = std::numeric_limits<std::int64_t>::max();
  CHECK_THROWS_AS(t.slice(1, last), Error);
  CHECK_THROWS_AS(t.slice(last, last), Error);
  CHECK_THROWS_WITH_AS(t.data<std::int32_t>(), "a tensor of another element type was expected",
                       Error);
  CHECK_THROWS_WITH_AS(Tensor().data<float>(), "an undefined tensor has no data", Error);
  CHECK_THROWS_WITH_AS(Tensor::from_host(stream(), {2, 2}, std::vector<float>{1, 2, 3}),
                       "a tensor of shape (2, 2) needs 4 values, got 3", Error);
  // Four bytes an element would overflow 64 bits and ask for nothing.
  CHECK_THROWS_WITH_AS(Tensor::empty(stream(), {std::int64_t{1} << 62}),
                       doctest::Contains("too many elements"), Error);
  CHECK_THROWS_AS(Tensor::empty(stream(), {std::int64_t{1} << 59}), OutOfMemoryError);
}
