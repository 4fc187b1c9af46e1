#include "nn/graph/onnx/layout.h"

#include <doctest/doctest.h>

#include <numeric>

using namespace pellucid;

namespace {

// The places in ONNX's order of the elements as memory has them, by the layout's own account.
std::vector<std::int64_t> places(const Layout& layout) {
  return layout.reshaped({layout.count()})->positions();
}

}  // namespace

TEST_CASE("onnx layout: a picture's elements lie channels last, and ONNX's order is told") {
  const Layout picture({2, 2, 3}, {1, 2, 0});  // C, H, W in the order h, w, c
  CHECK(places(picture) == std::vector<std::int64_t>{0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11});
  CHECK(picture.is_in({1, 2, 0}));
  CHECK(!picture.is_in({0, 1, 2}));
  CHECK(*picture.order() == std::vector<int>{1, 2, 0});
  const Layout::Copy copy = picture.copy_to({0, 1, 2});
  CHECK(copy.view == Extents{6, 2});  // h and w stay together
  CHECK(copy.order == std::vector<int>{1, 0});
}

TEST_CASE("onnx layout: a transposition moves nothing, and one of NHWC makes a picture") {
  const Layout rows({4, 5, 3});
  const Layout picture = rows.transposed({2, 0, 1});
  CHECK(picture.extents() == Extents{3, 4, 5});
  CHECK(picture.is_in({1, 2, 0}));
  CHECK(picture.transposed({1, 2, 0}).is_in({0, 1, 2}));
}

TEST_CASE("onnx layout: axes of extent 1 lie anywhere") {
  const Layout pooled({8, 1, 1}, {1, 2, 0});
  CHECK(pooled.is_in({0, 1, 2}));
  CHECK(places(*pooled.reshaped({8})) == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("onnx layout: a channel shuffle is one copy, when a picture is asked for") {
  const Layout picture({6, 4, 4}, {1, 2, 0});
  const Layout shuffled =
      *picture.reshaped({2, 3, 4, 4})->transposed({1, 0, 2, 3}).reshaped({6, 4, 4});
  CHECK(!shuffled.order());  // its channels lie in pieces
  const Layout::Copy copy = shuffled.copy_to({1, 2, 0});
  CHECK(copy.view == Extents{16, 2, 3});
  CHECK(copy.order == std::vector<int>{0, 2, 1});
}

TEST_CASE("onnx layout: what no order of the new axes says is not a reshape") {
  const Layout picture({6, 4, 4}, {1, 2, 0});
  CHECK(!picture.reshaped({4, 24}));
  CHECK(picture.reshaped({3, 2, 16}));
  CHECK(Layout({6, 4, 4}).reshaped({4, 24}) == std::nullopt);  // cut at 6 and at 4
}

TEST_CASE("onnx layout: a map of one channel is a picture's, so that a second one lies beside it") {
  CHECK(*Layout({1, 4, 5}, {1, 2, 0}).order() == std::vector<int>{1, 2, 0});
  CHECK(*Layout({2, 4, 5}).order() == std::vector<int>{0, 1, 2});
}
