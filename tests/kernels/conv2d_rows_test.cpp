// The inner loops of the cpu's convolutions: eight- and sixteen-wide registers give the same bits. Where
// the processor has no AVX-512 both are eight wide.
#include "kernels/conv2d/conv2d_rows_cpu.h"

#include "tests/support/compare.h"
#include "tests/support/device.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;
using namespace pellucid::cpu;

TEST_CASE("conv2d rows: a row of outputs has the same bits in registers of either width") {
  if (device() != DeviceKind::cpu) return;
  for (const int pixels : {1, 5, 6, 7, 12, 13, 18, 19, 53})
    for (const int columns : {1, 14, 16, 17, 33})
      for (const auto& [stride, dilation] : {std::pair{1, 1}, {2, 1}, {1, 2}}) {
        CAPTURE(pixels);
        CAPTURE(columns);
        const Window window{3, 5, 3, pixels, stride, dilation};
        const auto data = random_values(window.floats(), 1);
        const auto panels =
            random_values(static_cast<std::size_t>(panels_of(columns) * 3 * 5 * 3 * kPanel), 2);
        const auto bias = random_values(static_cast<std::size_t>(columns), 3);
        std::vector<float> narrow(static_cast<std::size_t>(pixels * columns)), wide = narrow;
        convolve_row(window, data.data(), panels.data(), bias.data(), columns, narrow.data(),
                     columns, Registers::eight_wide);
        convolve_row(window, data.data(), panels.data(), bias.data(), columns, wide.data(), columns,
                     Registers::sixteen_wide);
        CHECK_SAME_BITS(narrow, wide);
      }
}

TEST_CASE("conv2d rows: products of a row have the same bits in registers of either width") {
  if (device() != DeviceKind::cpu) return;
  for (const int count : {1, 7, 53})
    for (const int taps : {kTile, 2 * kTile, 3 * kTile, 14 * kTile}) {
      CAPTURE(count);
      CAPTURE(taps);
      const std::ptrdiff_t step = 3;
      const auto data = random_values(static_cast<std::size_t>(count * step + taps), 4);
      const auto gradient = random_values(static_cast<std::size_t>(count * kPanel), 5);
      const auto before = random_values(static_cast<std::size_t>(taps * kPanel), 6);
      std::vector<float> narrow = before, wide = before;
      add_products(data.data(), step, gradient.data(), count, taps, narrow.data(),
                   Registers::eight_wide);
      add_products(data.data(), step, gradient.data(), count, taps, wide.data(),
                   Registers::sixteen_wide);
      CHECK_SAME_BITS(narrow, wide);
      CHECK(narrow != before);
    }
}
