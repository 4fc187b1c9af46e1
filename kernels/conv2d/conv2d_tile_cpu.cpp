// A function for AVX-512 must not instantiate anything that other files share (conv2d_rows_cpu.cpp).
#include "kernels/conv2d/conv2d_tile_cpu.h"

namespace pellucid::cpu {
namespace {

template <int kLanes>
using Row = typename Lanes<kLanes>::Unaligned;

// The first `columns` of kLanes floats from or to memory.
template <int kLanes>
[[gnu::always_inline]] inline void load_some(const float* from, int columns,
                                             typename Lanes<kLanes>::Vector& value) {
  float row[kLanes] = {};
  for (int j = 0; j < kLanes && j < columns; ++j) row[j] = from[j];
  value = reinterpret_cast<const Row<kLanes>*>(row)->value;
}
template <int kLanes>
[[gnu::always_inline]] inline void store_some(const typename Lanes<kLanes>::Vector& value,
                                              float* to, int columns) {
  float row[kLanes];
  reinterpret_cast<Row<kLanes>*>(row)->value = value;
  for (int j = 0; j < columns; ++j) to[j] = row[j];
}

// The sums of a tile. Each step over all of them has its condition outside, so that they stay in registers.
template <int kLanes, int kVectors, int kRows>
struct TileSums {
  using Vector = typename Lanes<kLanes>::Vector;
  Vector at[kRows][kVectors];

  // visit(sum, element of a result's array, its columns).
  template <class Visit>
  [[gnu::always_inline]] void each(const ProductTile& t, const Visit& visit) {
    for (int i = 0; i < kRows; ++i)
      for (int j = 0; j < kVectors; ++j)
        visit(at[i][j], i * t.pitch + j * kLanes, t.columns - j * kLanes);
  }
  [[gnu::always_inline]] void finish(const ProductTile& t, bool whole) {
    if (t.bias)
      for (int j = 0; j < kVectors; ++j) {
        const Vector bias = reinterpret_cast<const Row<kLanes>*>(t.bias + j * kLanes)->value;
        for (int i = 0; i < kRows; ++i) at[i][j] += bias;
      }
    if (t.addend && whole)
      each(
          t, [&](Vector & sum, std::ptrdiff_t e, int) __attribute__((always_inline)) {
            sum += reinterpret_cast<const Row<kLanes>*>(t.addend + e)->value + 0.0f;
          });
    else if (t.addend)
      each(
          t, [&](Vector & sum, std::ptrdiff_t e, int columns) __attribute__((always_inline)) {
            Vector other;
            load_some<kLanes>(t.addend + e, columns, other);
            sum += other + 0.0f;
          });
    if (t.relu)
      each(
          t, [&](Vector & sum, std::ptrdiff_t, int)
                 __attribute__((always_inline)) { sum = sum <= 0.0f ? Vector{} : sum; });
    if (t.clips) {
      const Vector least = t.least - Vector{}, most = t.most - Vector{};  // −0 stays −0
      each(
          t, [&](Vector & sum, std::ptrdiff_t, int) __attribute__((always_inline)) {
            sum = sum < least ? least : sum;
            sum = sum > most ? most : sum;
          });
    }
  }
};

template <int kLanes, int kVectors, int kRows>
[[gnu::always_inline]] inline void multiply(const ProductTile& t) {
  using Vector = typename Lanes<kLanes>::Vector;
  const bool whole = t.columns >= kVectors * kLanes;
  TileSums<kLanes, kVectors, kRows> sums = {};
  if (t.first_tap > 0 && whole)
    sums.each(
        t, [&](Vector & sum, std::ptrdiff_t e, int) __attribute__((always_inline)) {
          sum = reinterpret_cast<const Row<kLanes>*>(t.out + e)->value;
        });
  else if (t.first_tap > 0)
    sums.each(
        t, [&](Vector & sum, std::ptrdiff_t e, int columns)
               __attribute__((always_inline)) { load_some<kLanes>(t.out + e, columns, sum); });

  const float* b = t.panels + std::ptrdiff_t{t.first_tap} * kPanel;
  const float* const* inputs = t.inputs + std::ptrdiff_t{t.first_tap / t.length} * kTile;
  int skip = t.first_tap % t.length;
  for (int tap = t.first_tap; tap < t.last_tap; inputs += kTile, skip = 0) {
    const int count = std::min(t.length - skip, t.last_tap - tap);
    tap += count;
    const float* a[kRows];
    for (int i = 0; i < kRows; ++i) a[i] = inputs[i] + skip;
    for (int u = 0; u < count; ++u, b += kPanel) {
      Vector columns[kVectors];
      for (int j = 0; j < kVectors; ++j)
        columns[j] = reinterpret_cast<const Row<kLanes>*>(b + j * kLanes / kPanel * t.panel_floats +
                                                          j * kLanes % kPanel)
                         ->value;
      for (int i = 0; i < kRows; ++i)
        for (int j = 0; j < kVectors; ++j) sums.at[i][j] += a[i][u] * columns[j];
    }
  }

  sums.finish(t, whole);
  if (whole)
    sums.each(
        t, [&](Vector & sum, std::ptrdiff_t e, int) __attribute__((always_inline)) {
          reinterpret_cast<Row<kLanes>*>(t.out + e)->value = sum;
        });
  else
    sums.each(
        t, [&](Vector & sum, std::ptrdiff_t e, int columns) __attribute__((always_inline)) {
          if (columns >= kLanes) reinterpret_cast<Row<kLanes>*>(t.out + e)->value = sum;
          else store_some<kLanes>(sum, t.out + e, columns);
        });
}

template <int kLanes, int kVectors, int kRows>
[[gnu::always_inline]] inline void multiply_rows(const ProductTile& t) {
  if (t.places == kRows) return multiply<kLanes, kVectors, kRows>(t);
  if constexpr (kRows > 1) multiply_rows<kLanes, kVectors, kRows - 1>(t);
}

#if defined(__x86_64__) && !defined(__clang__)
#define PELLUCID_TILE_AVX512 [[gnu::target("avx512f")]]
bool tile_has_avx512() {
  static const bool has = __builtin_cpu_supports("avx512f");
  return has;
}
PELLUCID_TILE_AVX512 [[gnu::noinline]] void multiply_4(const ProductTile& t) {
  multiply_rows<16, 4, kTile>(t);
}
PELLUCID_TILE_AVX512 [[gnu::noinline]] void multiply_3(const ProductTile& t) {
  multiply_rows<16, 3, kTile>(t);
}
PELLUCID_TILE_AVX512 [[gnu::noinline]] void multiply_2(const ProductTile& t) {
  multiply_rows<16, 2, kTile>(t);
}
PELLUCID_TILE_AVX512 [[gnu::noinline]] void multiply_1(const ProductTile& t) {
  multiply_rows<16, 1, kTile>(t);
}
#endif

}  // namespace

void multiply_tile(const ProductTile& tile, [[maybe_unused]] Registers registers) {
#ifdef PELLUCID_TILE_AVX512
  if (registers == Registers::sixteen_wide && tile_has_avx512()) {
    constexpr void (*kOfPanels[])(const ProductTile&) = {multiply_1, multiply_2, multiply_3,
                                                         multiply_4};
    return kOfPanels[panels_of(tile.columns) - 1](tile);
  }
#endif
  ProductTile panel = tile;
  for (int first = 0; first < tile.columns; first += kPanel) {
    panel.columns = std::min(kPanel, tile.columns - first);
    multiply_rows<8, 2, kTile>(panel);
    panel.panels += panel.panel_floats;
    panel.out += kPanel;
    if (panel.bias) panel.bias += kPanel;
    if (panel.addend) panel.addend += kPanel;
  }
}

}  // namespace pellucid::cpu
