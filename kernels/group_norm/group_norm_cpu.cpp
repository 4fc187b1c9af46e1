// cpu: the positions of a group in parts, all parts in parallel; sums of a part, then of its squares about its
// mean, then the parts joined in double (Chan, Golub & LeVeque 1979), then the values, again in parts. Rows of
// neighbouring values are vector code. Bits depend on the shape of a group alone.
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/group_norm/group_norm.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

// Values below which threads cost more than they save; unused in a build without OpenMP.
[[maybe_unused]] constexpr std::int64_t kFewNormValues = 64 * 1024;

// A part of a group: of one column 1024 positions, else few enough that a second pass finds them cached.
struct NormParts {
  explicit NormParts(const AxesShape& s)
      : shape(s),
        length(s.columns() == 1 ? 1024 : 128),
        of_group((s.positions() + length - 1) / length) {}

  std::int64_t count() const { return shape.groups() * of_group; }
  int size(int part) const { return std::min(length, shape.positions() - part * length); }
  // visit(group, part, first position, end) in parallel.
  template <class Visit>
  void for_each(const Visit& visit) const {
#pragma omp parallel for if (shape.elements() >= kFewNormValues)
    for (std::int64_t piece = 0; piece < count(); ++piece) {
      const int part = static_cast<int>(piece % of_group);
      visit(piece / of_group, piece, part * length, part * length + size(part));
    }
  }
  // visit(offset in x, in gamma, values, step of gamma) for the rows of neighbouring values from position
  // `first` to `end`: of one column a run of positions, else the columns of a position.
  template <class Visit>
  void for_rows(const AxesSteps& affine, std::int64_t group, int first, int end,
                const Visit& visit) const {
    const std::int64_t base = shape.base(group), parameter = affine.base(shape, group);
    if (shape.columns() > 1) {
      for (int p = first; p < end; ++p)
        visit(base + shape.offset(p), parameter + affine.offset(shape, p), shape.columns(),
              affine.k[2]);
      return;
    }
    int row = first / shape.r[2], begin = first % shape.r[2];
    for (int p = first; p < end; ++row, begin = 0) {  // one division a row
      const int j0 = row / shape.r[1], j1 = row % shape.r[1];
      const int values = std::min(end - p, shape.r[2] - begin);
      visit(base + shape.offset(j0, j1, begin), parameter + affine.offset(j0, j1, begin), values,
            affine.r[2]);
      p += values;
    }
  }

  const AxesShape& shape;
  int length, of_group;
};

// A part's sums of a column each or, of one column, sixteen of it, which are folded in the end.
class RowSums {
 public:
  RowSums(int columns, float* to) : columns_(columns), to_(to) {}
  // Σ value(i) over a row's values.
  template <class Value>
  void add(int count, const Value& value) {
    if (columns_ > 1) {
#pragma omp simd
      for (int i = 0; i < count; ++i) to_[i] += value(i);
      return;
    }
    int i = 0;
    for (; i + kSums <= count; i += kSums)
      for (int s = 0; s < kSums; ++s) sums_[s] += value(i + s);
    for (int s = 0; i < count; ++i, ++s) sums_[s] += value(i);
  }
  void fold() {
    if (columns_ > 1) return;
    for (const float sum : sums_) *to_ += sum;
  }

 private:
  static constexpr int kSums = 16;
  int columns_;
  float* to_;
  float sums_[kSums] = {};
};

// use(i → index): steps 0 and 1 are constants, so that loops over i are vector code.
template <class Use>
void with_step(int step, const Use& use) {
  if (step == 0) use([](int) { return std::int64_t{0}; });
  else if (step == 1) use([](int i) { return std::int64_t{i}; });
  else use([step](int i) { return std::int64_t{i} * step; });
}

// What is read where there is no gamma or beta, at step 0.
constexpr float kOne = 1, kZero = 0;

void statistics(const GroupNormArgs& a, const NormParts& parts) {
  const AxesShape& s = a.shape;
  const int columns = s.columns();
  std::vector<float> sums(static_cast<std::size_t>(parts.count() * columns)), squares(sums.size());
  parts.for_each([&](std::int64_t group, std::int64_t piece, int first, int end) {
    float *sum = sums.data() + piece * columns, *square = squares.data() + piece * columns;
    const float* origin = a.x + s.base(group);
    const auto count = static_cast<float>(end - first);
    RowSums of_x(columns, sum), of_squares(columns, square);
    with_step(columns > 1, [&](auto at) {
      parts.for_rows(a.affine, group, first, end,
                     [&](std::int64_t row, std::int64_t, int length, int) {
                       of_x.add(length, [&](int i) { return a.x[row + i] - origin[at(i)]; });
                     });
      of_x.fold();
      parts.for_rows(a.affine, group, first, end,
                     [&](std::int64_t row, std::int64_t, int length, int) {
                       of_squares.add(length, [&](int i) {
                         const float d = a.x[row + i] - origin[at(i)] - sum[at(i)] / count;
                         return d * d;
                       });
                     });
      of_squares.fold();
    });
  });
  const double m = s.positions();
#pragma omp parallel for if (s.elements() >= kFewNormValues)
  for (std::int64_t i = 0; i < s.results(); ++i) {
    const std::int64_t group = i / columns, column = i % columns;
    const std::int64_t first = group * parts.of_group * columns + column;
    double sum = 0, square = 0;
    for (int p = 0; p < parts.of_group; ++p) sum += sums[first + std::int64_t{p} * columns];
    for (int p = 0; p < parts.of_group; ++p) {
      const std::int64_t at = first + std::int64_t{p} * columns;
      const double deviation = sums[at] / double(parts.size(p)) - sum / m;
      square += squares[at] + parts.size(p) * deviation * deviation;
    }
    a.mean[i] = static_cast<float>(a.x[s.base(group) + column] + sum / m);
    a.inverse[i] = static_cast<float>(1 / std::sqrt(square / m + double{a.epsilon}));
  }
}

}  // namespace

void group_norm(Stream& stream, const GroupNormArgs& a) {
  const LaunchScope scope(stream, {"group_norm_cpu", {}, {}, 0, group_norm_cost(a)});
  const NormParts parts(a.shape);
  const int columns = a.shape.columns();
  statistics(a, parts);
  parts.for_each([&](std::int64_t group, std::int64_t, int first, int end) {
    const float *mean = a.mean + group * columns, *inverse = a.inverse + group * columns;
    parts.for_rows(a.affine, group, first, end,
                   [&](std::int64_t row, std::int64_t parameter, int length, int step) {
                     const float *x = a.x + row, *gamma = a.gamma ? a.gamma + parameter : &kOne,
                                 *beta = a.beta ? a.beta + parameter : &kZero;
                     float* y = a.y + row;
                     with_step(a.gamma ? step : 0, [&](auto g) {
                       with_step(a.beta ? step : 0, [&](auto b) {
                         with_step(columns > 1, [&](auto s) {
#pragma omp simd
                           for (int i = 0; i < length; ++i)
                             y[i] = std::fma((x[i] - mean[s(i)]) * inverse[s(i)], gamma[g(i)],
                                             beta[b(i)]);
                         });
                       });
                     });
                   });
  });
}

void group_norm_backward(Stream& stream, const GroupNormBackwardArgs& a) {
  const LaunchScope scope(stream,
                          {"group_norm_backward_cpu", {}, {}, 0, group_norm_backward_cost(a)});
  const AxesShape& s = a.shape;
  const NormParts parts(s);
  const int columns = s.columns();
  // use(row, values, x̂(i), g(i)) for the rows of a part.
  const auto for_values = [&](std::int64_t group, int first, int end, const auto& use) {
    const float *mean = a.mean + group * columns, *inverse = a.inverse + group * columns;
    parts.for_rows(a.affine, group, first, end,
                   [&](std::int64_t row, std::int64_t parameter, int length, int step) {
                     const float *x = a.x + row, *dy = a.dy + row,
                                 *gamma = a.gamma ? a.gamma + parameter : &kOne;
                     with_step(a.gamma ? step : 0, [&](auto by) {
                       with_step(columns > 1, [&](auto at) {
                         use(
                             row, length, at,
                             [&](int i) { return (x[i] - mean[at(i)]) * inverse[at(i)]; },
                             [&](int i) { return dy[i] * gamma[by(i)]; });
                       });
                     });
                   });
  };
  std::vector<float> sums(static_cast<std::size_t>(a.dx ? parts.count() * columns : 0)),
      products(sums.size());
  if (a.dx)
    parts.for_each([&](std::int64_t group, std::int64_t piece, int first, int end) {
      RowSums sum(columns, sums.data() + piece * columns),
          product(columns, products.data() + piece * columns);
      for_values(group, first, end,
                 [&](std::int64_t, int length, auto, auto normalised, auto scaled) {
                   sum.add(length, scaled);
                   product.add(length, [&](int i) { return scaled(i) * normalised(i); });
                 });
      sum.fold();
      product.fold();
    });
  const double m = s.positions();
  // The means over a group, in the place of its first part.
  for (std::vector<float>* all : {&sums, &products})
    for (std::int64_t i = 0; a.dx && i < s.results(); ++i) {
      const std::int64_t first = i / columns * parts.of_group * columns + i % columns;
      double sum = 0;
      for (int p = 0; p < parts.of_group; ++p) sum += (*all)[first + std::int64_t{p} * columns];
      (*all)[first] = static_cast<float>(sum / m);
    }
  parts.for_each([&](std::int64_t group, std::int64_t, int first, int end) {
    const std::int64_t means = group * parts.of_group * columns;
    for_values(group, first, end,
               [&](std::int64_t row, int length, auto at, auto normalised, auto scaled) {
                 const float *inverse = a.inverse + group * columns, *dy = a.dy + row;
                 if (a.product) {
                   float* product = a.product + row;
#pragma omp simd
                   for (int i = 0; i < length; ++i) product[i] = dy[i] * normalised(i);
                 }
                 if (!a.dx) return;
                 const float *sum = sums.data() + means, *products_of = products.data() + means;
                 float* dx = a.dx + row;
#pragma omp simd
                 for (int i = 0; i < length; ++i)
                   dx[i] = inverse[at(i)] *
                           std::fma(-normalised(i), products_of[at(i)], scaled(i) - sum[at(i)]);
               });
  });
}

}  // namespace pellucid::cpu
