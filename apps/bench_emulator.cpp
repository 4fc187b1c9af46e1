#include "apps/bench_emulator.h"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "apps/bench_emulator_kernels.h"
#include "runtime/emulator/emulator.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

double seconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Best of ten: other programs only ever add time.
template <class Work>
double best_seconds(clockid_t clock, Work work) {
  double best = 1e30;
  for (int i = 0; i < 10; ++i) {
    const double begin = seconds(clock);
    work();
    best = std::min(best, seconds(clock) - begin);
  }
  return best;
}

// One worker is the calling thread, so what a GPU thread costs is this thread's own time.
constexpr clockid_t kOneWorker = CLOCK_THREAD_CPUTIME_ID;
constexpr clockid_t kAllWorkers = CLOCK_MONOTONIC;

// A line of the table; `bar` is 0 where there is none.
bool print_line(const char* what, double value, const char* unit, double bar,
                bool lower_is_better) {
  const bool reached = bar == 0 || (lower_is_better ? value <= bar : value >= bar);
  std::printf("%-34s %8.2f %-8s", what, value, unit);
  if (bar != 0)
    std::printf("  %s %4.0f  %s", lower_is_better ? "at most " : "at least", bar,
                reached ? "reached" : "missed");
  std::printf("\n");
  return reached;
}

bool bench_switches() {
  constexpr double kMostNanoseconds = 15;
  bool reached = true;
  for (const int block : {32, 256, 1024}) {
    const int count = 1024 * 1024 / block;
    const double operations = 1.0 * count * block;
    char label[64];
    std::snprintf(label, sizeof label, "barrier, a thread, block %d", block);
    const double barrier =
        best_seconds(kOneWorker, [&] { emu::time_barriers(block, count); }) / operations;
    reached &= print_line(label, barrier * 1e9, "ns", kMostNanoseconds, true);
    std::snprintf(label, sizeof label, "shuffle, a thread, block %d", block);
    const double shuffle =
        best_seconds(kOneWorker, [&] { emu::time_shuffles(block, count); }) / operations;
    print_line(label, shuffle * 1e9, "ns", 0, true);
  }
  return reached;
}

void bench_threads() {
  constexpr int kCount = 1 << 20;
  const std::vector<float> x(kCount, 1.0f);
  std::vector<float> y(kCount, 0.0f);
  const double time = best_seconds(kOneWorker, [&] { emu::time_axpy(x.data(), y.data(), kCount); });
  print_line("thread without barrier (axpy)", time / kCount * 1e9, "ns", 0, true);
}

bool bench_products() {
  constexpr int n = 512;
  // Small integers: every order of summation gives the same bits.
  std::vector<float> a(n * n), b(n * n), expected(n * n), c(n * n);
  for (int i = 0; i < n * n; ++i) {
    a[i] = static_cast<float>(i * 7 % 17 - 8);
    b[i] = static_cast<float>(i * 5 % 13 - 6);
  }
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < n; ++k)
      for (int j = 0; j < n; ++j) expected[i * n + j] += a[i * n + k] * b[k * n + j];

  struct Product {
    const char* name;
    void (*run)(const SgemmArgs&);
    double least_gflops;
  };
  const Product products[] = {{"sgemm 512, naive", emu::sgemm_naive, 0},
                              {"sgemm 512, 16 x 16 tile", emu::sgemm_tile16, 0},
                              {"sgemm 512, 32 x 32 tile", emu::sgemm_tile32, 0},
                              {"sgemm 512, 64 x 64 tile, 4 x 4", emu::sgemm_tile64, 8}};
  bool reached = true;
  for (const Product& product : products) {
    std::fill(c.begin(), c.end(), 0.0f);
    const double time = best_seconds(kAllWorkers, [&] {
      product.run({a.data(), b.data(), c.data(), n});
    });
    require(c == expected, product.name, " computes a wrong product in the emulator");
    reached &= print_line(product.name, 2.0 * n * n * n / time * 1e-9, "GFLOP/s",
                          product.least_gflops, false);
  }
  return reached;
}

}  // namespace

bool bench_emulator() {
  const emulator::Options before = emulator::options();
  // A cost a thread is one worker's time; the products run on all workers.
  emulator::set_options({before.order, 1});
  bool reached = bench_switches();
  bench_threads();
  emulator::set_options({before.order, 0});
  reached &= bench_products();
  emulator::set_options(before);
  return reached;
}

}  // namespace pellucid
