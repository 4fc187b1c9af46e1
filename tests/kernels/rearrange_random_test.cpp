// Rearrangements drawn at random, forward and backward, by every variant.
#include "kernels/rearrange/rearrange.h"
#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// Any of them: extents 1 … 9, or up to 40 in one place, so that tiles and packs are cut.
RearrangeShape drawn(std::uint64_t number) {
  std::uint64_t draws = 0;
  const auto below = [&](int most) {
    return static_cast<int>(random_below({13, number}, draws++, static_cast<std::uint32_t>(most)));
  };
  const std::int64_t n = 1 + below(3);
  Rearrangement r;
  const int rank = 1 + below(5), large = below(rank);
  r.outside = static_cast<Outside>(below(4));
  r.value = static_cast<float>(below(5));
  for (int k = 0; k < rank; ++k) {
    r.view.push_back(k == large ? 1 + below(40) : 1 + below(rank > 3 ? 4 : 9));
    r.order.push_back(k);
  }
  for (int k = rank - 1; k > 0; --k) std::swap(r.order[k], r.order[below(k + 1)]);
  for (int k = 0; k < rank; ++k) {
    const int from = r.view[r.order[k]];
    int start = 0, step = 1, extent = from;
    switch (below(6)) {
      case 0:
        break;
      case 1:  // a part of it
        start = below(from);
        extent = 1 + below(from - start);
        break;
      case 2:  // more than it
        start = below(15) - 7;
        extent = 1 + below(20);
        break;
      case 3:  // backwards, and on
        step = -1;
        start = below(2 * from);
        extent = 1 + below(3 * from);
        break;
      case 4:
        step = 0;
        start = below(from);
        extent = 1 + below(9);
        break;
      case 5:  // some of it
        step = 1 + below(3);
        start = below(from);
        extent = 1 + (from - 1 - start) / step;
        if (below(2) == 0) {
          start += step * (extent - 1);
          step = -step;
        }
        break;
    }
    r.start.push_back(start);
    r.step.push_back(step);
    r.extent.push_back(extent);
  }
  return rearrange_shape(n, r);
}

}  // namespace

TEST_CASE("rearrange: any axes, drawn at random, forward and backward") {
  const std::uint64_t count = kSmallShapesOnly ? 5 : device() == DeviceKind::emu ? 150 : 400;
  for (std::uint64_t number = 0; number < count; ++number) {
    CAPTURE(number);
    const RearrangeShape shape = drawn(number);
    const std::int64_t in = shape.values_of_x(), out = shape.values_of_y();
    if (out > 200000) continue;  // takes the reference too long
    const auto x = random_integers(static_cast<std::size_t>(in), 5),
               dy = random_integers(static_cast<std::size_t>(out), 6);
    std::vector<float> y(dy.size()), dx(x.size());
    rearrange_reference(x.data(), y.data(), shape);
    rearrange_backward_reference(dy.data(), dx.data(), shape);
    const Tensor from = Tensor::from_host(stream(), {in}, x),
                 seed = Tensor::from_host(stream(), {out}, dy);
    const auto each = [&](const auto& table, const auto& args, const Tensor& to,
                          const std::vector<float>& expected) {
      each_variant(table, [&](const auto& run) {
        stream().fill_bytes(to.data<float>(), 0xA5, to.bytes());
        if (run(args)) CHECK_SAME_BITS(to.to_host<float>(stream()), expected);
      });
    };
    const RearrangeShape joined = simplified(shape);
    const Tensor found = Tensor::zeros(stream(), {out}), back = Tensor::zeros(stream(), {in});
    each(rearrange_variants(), RearrangeArgs{from.data<float>(), found.data<float>(), joined},
         found, y);
    each(rearrange_backward_variants(),
         RearrangeBackwardArgs{seed.data<float>(), back.data<float>(), joined}, back, dx);
    rearrange_backward(stream(), {seed.data<float>(), back.data<float>(), shape});
    CHECK_SAME_BITS(back.to_host<float>(stream()), dx);
  }
}
