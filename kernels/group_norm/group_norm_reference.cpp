#include <cmath>

#include "kernels/group_norm/group_norm.h"

namespace pellucid {
namespace {

// visit(offset in x, offset in gamma) for all positions of a column.
template <class Visit>
void for_values(const AxesShape& s, const AxesSteps& affine, std::int64_t group, int column,
                const Visit& visit) {
  const std::int64_t x = s.base(group) + column;
  const std::int64_t parameter = affine.base(s, group) + std::int64_t{column} * affine.k[2];
  for (int p = 0; p < s.positions(); ++p) visit(x + s.offset(p), parameter + affine.offset(s, p));
}

}  // namespace

template <class T>
void group_norm_reference(const AxesShape& shape, const AxesSteps& affine, const T* x, T* y,
                          const T* gamma, const T* beta, T* mean, T* inverse, double epsilon) {
  const double m = shape.positions();
  for (std::int64_t i = 0; i < shape.results(); ++i) {
    const auto visit = [&](const auto& each) {
      for_values(shape, affine, i / shape.columns(), static_cast<int>(i % shape.columns()), each);
    };
    double sum = 0, squares = 0;
    visit([&](std::int64_t at, std::int64_t) { sum += x[at]; });
    visit([&](std::int64_t at, std::int64_t) { squares += (x[at] - sum / m) * (x[at] - sum / m); });
    const double scale = 1 / std::sqrt(squares / m + epsilon);
    mean[i] = static_cast<T>(sum / m);
    inverse[i] = static_cast<T>(scale);
    visit([&](std::int64_t at, std::int64_t p) {
      const double by = gamma ? gamma[p] : 1, plus = beta ? beta[p] : 0;
      y[at] = static_cast<T>((x[at] - sum / m) * scale * by + plus);
    });
  }
}

template <class T>
void group_norm_backward_reference(const AxesShape& shape, const AxesSteps& affine, const T* x,
                                   const T* dy, const T* gamma, const T* mean, const T* inverse,
                                   T* dx, T* product) {
  const double m = shape.positions();
  for (std::int64_t i = 0; i < shape.results(); ++i) {
    const auto visit = [&](const auto& each) {
      for_values(shape, affine, i / shape.columns(), static_cast<int>(i % shape.columns()),
                 [&](std::int64_t at, std::int64_t p) {
                   const double normalised = (x[at] - double{mean[i]}) * inverse[i];
                   each(at, normalised, gamma ? double{dy[at]} * gamma[p] : double{dy[at]});
                 });
    };
    double sum = 0, products = 0;
    visit([&](std::int64_t, double normalised, double g) {
      sum += g;
      products += g * normalised;
    });
    visit([&](std::int64_t at, double normalised, double g) {
      if (dx) dx[at] = static_cast<T>(inverse[i] * (g - sum / m - normalised * (products / m)));
      if (product) product[at] = static_cast<T>(dy[at] * normalised);
    });
  }
}

template void group_norm_reference(const AxesShape&, const AxesSteps&, const float*, float*,
                                   const float*, const float*, float*, float*, double);
template void group_norm_reference(const AxesShape&, const AxesSteps&, const double*, double*,
                                   const double*, const double*, double*, double*, double);
template void group_norm_backward_reference(const AxesShape&, const AxesSteps&, const float*,
                                            const float*, const float*, const float*, const float*,
                                            float*, float*);
template void group_norm_backward_reference(const AxesShape&, const AxesSteps&, const double*,
                                            const double*, const double*, const double*,
                                            const double*, double*, double*);

}  // namespace pellucid
