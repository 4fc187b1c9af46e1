// correct_kernels.h: runs the correct kernels of kernels.h on small inputs and compares with plain
// loops. The tests run each in both thread orders with 1, 2 and 4 workers; the sanitizers must have
// nothing to say about any.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "tests/runtime/emulator/kernels.h"

namespace pellucid::emu::test {

inline std::vector<float> small_integers(int count, int seed) {
  std::vector<float> values(count);
  for (int i = 0; i < count; ++i) values[i] = static_cast<float>((i * 7 + seed) % 17 - 8);
  return values;
}

// Integers this small: every order of the additions gives the same bits.
inline bool tiled_product_is_right() {
  constexpr int n = 64;
  const std::vector<float> a = small_integers(n * n, 1), b = small_integers(n * n, 2);
  std::vector<float> c(n * n), expected(n * n);
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < n; ++k)
      for (int j = 0; j < n; ++j) expected[i * n + j] += a[i * n + k] * b[k * n + j];
  run("tiled_product", {n / kTile, n / kTile}, {kTile, kTile}, 0, tiled_product<true>, a.data(),
      b.data(), c.data(), n);
  return c == expected;
}

inline bool block_reductions_are_right() {
  constexpr int kBlocks = 5;
  const std::vector<float> x = small_integers(256 * kBlocks, 3);
  std::vector<float> out(3 * kBlocks), expected;
  for (auto block = x.begin(); block != x.end(); block += 256) {
    expected.push_back(std::accumulate(block, block + 256, 0.0f));
    expected.push_back(*std::max_element(block, block + 256));
    expected.push_back(*std::min_element(block, block + 256));
  }
  run("block_reductions", kBlocks, 256, 0, block_reductions, x.data(), out.data());
  return out == expected;
}

inline bool reused_buffer_is_right() {
  constexpr int kBlocks = 3;
  const std::vector<float> x = small_integers(256 * kBlocks, 4);
  std::vector<float> out(2 * kBlocks), expected;
  for (auto block = x.begin(); block != x.end(); block += 256) {
    const float mean = std::accumulate(block, block + 256, 0.0f) / 256;
    expected.push_back(mean);
    expected.push_back(static_cast<float>(
        std::count_if(block, block + 256, [=](float value) { return value > mean; })));
  }
  run("reduce_twice", kBlocks, 256, 0, reduce_twice<true>, x.data(), out.data());
  return out == expected;
}

inline bool histogram_is_right() {
  constexpr int kCount = 1000;
  std::vector<int> x(kCount), bins(8), expected(8);
  for (int i = 0; i < kCount; ++i) ++expected[(x[i] = i * i % 23) % 8];
  run("histogram", 8, 128, 0, histogram<true>, x.data(), bins.data(), kCount);
  return bins == expected;
}

inline bool atomics_across_blocks_are_right() {
  int word = 0;
  run("add_across_blocks", 40, 32, 0, add_across_blocks<true>, &word);
  return word == 40;
}

inline bool early_return_is_right() {
  bool right = true;
  // Whole warps leave, part of a warp leaves, one thread stays.
  for (const int active : {128, 64, 40, 1}) {
    std::vector<int> x(128), out(128, -1);
    std::iota(x.begin(), x.end(), 100);
    run("return_before_barrier", 1, 128, 0, return_before_barrier, x.data(), out.data(), active);
    for (int i = 0; i < 128; ++i) right &= out[i] == (i < active ? x[i] + 1 : -1);
  }
  return right;
}

inline bool dynamic_shared_is_right() {
  std::vector<int> x(4 * 128), out(4 * 128);
  std::iota(x.begin(), x.end(), 0);
  run("reverse_in_dynamic_shared", 4, 128, 128 * sizeof(int), reverse_in_dynamic_shared, x.data(),
      out.data());
  bool right = true;
  for (int i = 0; i < 4 * 128; ++i) right &= out[i] == i / 128 * 128 + 127 - i % 128;
  return right;
}

inline bool private_arrays_are_right() {
  std::vector<int> out(3 * 64);
  run("private_arrays", 3, 64, 0, private_arrays, out.data());
  bool right = true;
  for (int i = 0; i < 3 * 64; ++i) right &= out[i] == 64 * (i % 64) + 63 * 32;
  return right;
}

// Later blocks of a worker, and later launches, see what earlier ones wrote.
inline bool launches_in_a_row_are_right() {
  std::vector<int> a(256), b(256);
  std::iota(a.begin(), a.end(), 0);
  run("first", 2, 128, 128 * sizeof(int), reverse_in_dynamic_shared, a.data(), b.data());
  run("second", 2, 128, 128 * sizeof(int), reverse_in_dynamic_shared, b.data(), a.data());
  bool right = true;
  for (int i = 0; i < 256; ++i) right &= a[i] == i;
  return right;
}

struct CorrectKernel {
  const char* name;
  bool (*run)();  // whether the result is right, bit for bit
};

inline const std::vector<CorrectKernel>& correct_kernels() {
  static const std::vector<CorrectKernel> kernels = {
      {"tiled_product", tiled_product_is_right},
      {"block_reductions", block_reductions_are_right},
      {"reused_buffer", reused_buffer_is_right},
      {"histogram", histogram_is_right},
      {"atomics_across_blocks", atomics_across_blocks_are_right},
      {"early_return", early_return_is_right},
      {"dynamic_shared", dynamic_shared_is_right},
      {"private_arrays", private_arrays_are_right},
      {"launches_in_a_row", launches_in_a_row_are_right},
  };
  return kernels;
}

}  // namespace pellucid::emu::test
