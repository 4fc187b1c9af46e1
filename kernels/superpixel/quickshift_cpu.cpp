// cpu: four neighbouring pixels of a row at a time, parallel over bands of rows.
//
// A weight belongs to two pixels, so it is computed once and added to both. The pixels below a band
// to which it adds are in the band's own array, and a second pass joins the arrays, so that the
// order of the additions does not depend on the number of threads.
//
// The picture is copied into planes with a border as wide as a window, so that no lane asks where
// the picture ends: beyond it features are infinite, hence a weight is 0, and densities are −∞,
// hence never a parent.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "kernels/superpixel/forest.h"
#include "kernels/superpixel/lanes.h"
#include "kernels/superpixel/quickshift.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Lanes load(const double* p) {
  Lanes lanes;
  std::memcpy(&lanes, p, sizeof(lanes));
  return lanes;
}

// A plane of the picture with its border; at(0, 0) is the picture's first pixel.
class Plane {
 public:
  Plane(int h, int w, int border, double outside)
      : stride_(w + 2 * border + kLanes),
        origin_(border),
        values_(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(h), outside) {}
  double* at(int row, int col) { return values_.data() + origin_ + row * stride_ + col; }
  const double* at(int row, int col) const {
    return values_.data() + origin_ + row * stride_ + col;
  }

 private:
  std::ptrdiff_t stride_, origin_;
  std::vector<double> values_;
};

template <int C>
struct Picture {
  std::vector<Plane> planes;

  Picture(const QuickshiftArgs& a, int reach) : planes(C, Plane(a.h, a.w, reach, kInfinity)) {
    for (int row = 0; row < a.h; ++row)
      for (int col = 0; col < a.w; ++col)
        for (int c = 0; c < C; ++c) *planes[c].at(row, col) = a.features[(row * a.w + col) * C + c];
  }
  void own(int row, int col, Lanes (&lanes)[C]) const {
    for (int c = 0; c < C; ++c) lanes[c] = load(planes[c].at(row, col));
  }
  // Of four pixels with features `own` to those dr rows below and dc columns to the right of
  // (row, col) …; as quickshift_pixel.cuh adds.
  Lanes distance(const Lanes (&own)[C], int row, int col, int dr, int dc) const {
    Lanes sum = {};
    for (int c = 0; c < C; ++c) {
      const Lanes t = own[c] - load(planes[c].at(row + dr, col + dc));
      sum += rounded_square(t);
    }
    return sum + static_cast<double>(dr * dr) + static_cast<double>(dc * dc);
  }
};

void add(double* p, Lanes lanes) {
  lanes += load(p);
  std::memcpy(p, &lanes, sizeof(lanes));
}

// Adds the weights between rows [first, last) and the rows from there to `reach` rows below to
// both; row 0 of sums is row `first`. A pixel's weight with itself is left out.
template <int C>
void add_weights(const Picture<C>& picture, const QuickshiftArgs& a, int reach, int first, int last,
                 Plane& sums) {
  const double scale = -0.5 / (a.kernel_size * a.kernel_size);
  Lanes own[C];
  for (int row = first; row < last; ++row)
    for (int dr = 0; dr <= std::min(reach, a.h - 1 - row); ++dr)
      for (int dc = dr ? -reach : 1; dc <= reach; ++dc) {
        double* upper = sums.at(row - first, 0);
        double* lower = sums.at(row - first + dr, dc);
        for (int col = 0; col < a.w; col += kLanes) {
          picture.own(row, col, own);
          const Lanes weight = exp_lanes(picture.distance(own, row, col, dr, dc) * scale);
          add(upper + col, weight);
          add(lower + col, weight);
        }
      }
}

template <int C>
void find_densities(const Picture<C>& picture, const QuickshiftArgs& a, int reach, Plane& density) {
  const int band = std::max(16, reach), bands = (a.h + band - 1) / band;
  std::vector<Plane> sums(static_cast<std::size_t>(bands), Plane(band + reach, a.w, reach, 0));
#pragma omp parallel for schedule(dynamic)
  for (int b = 0; b < bands; ++b)
    add_weights(picture, a, reach, b * band, std::min(a.h, (b + 1) * band), sums[b]);
#pragma omp parallel for
  for (int row = 0; row < a.h; ++row) {
    const int b = row / band, within = row % band;
    for (int col = 0; col < a.w; ++col) {
      double sum = 1 + *sums[b].at(within, col);
      if (b > 0 && within < reach) sum += *sums[b - 1].at(band + within, col);
      *density.at(row, col) = sum + (a.noise ? a.noise[row * a.w + col] : 0);
    }
  }
}

// Goes outwards row by row and stops where the rows alone are farther than what was found; a
// picture's pixels mostly have a denser neighbour close by. Among equally near ones the first in
// raster order wins, whatever the order of the search.
template <int C>
void parents(const Picture<C>& picture, const Plane& density, const QuickshiftArgs& a, int reach,
             int row, int col, std::int32_t* parent) {
  const int lanes = std::min(kLanes, a.w - col);
  Lanes own[C], nearest = {};
  IndexLanes best = {};
  picture.own(row, col, own);
  const Lanes own_density = load(density.at(row, col));
  for (int lane = 0; lane < kLanes; ++lane) nearest[lane] = lane < lanes ? kInfinity : -1;
  for (int step = 0; step <= 2 * reach; ++step) {
    const int dr = step % 2 ? -(step + 1) / 2 : step / 2;  // 0, −1, 1, −2, 2, …
    double farthest = nearest[0];
    for (int lane = 1; lane < kLanes; ++lane) farthest = std::max(farthest, nearest[lane]);
    if (dr * dr > farthest) break;
    if (row + dr < 0 || row + dr >= a.h) continue;
    const int columns = farthest < reach * reach ? static_cast<int>(std::sqrt(farthest)) : reach;
    IndexLanes index = {0, 1, 2, 3};
    index += std::int64_t{row + dr} * a.w + col - columns;
    for (int dc = -columns; dc <= columns; ++dc, index += 1) {
      const Lanes distance = picture.distance(own, row, col, dr, dc);
      const IndexLanes wins = (load(density.at(row + dr, col + dc)) > own_density) &
                              ((distance < nearest) | ((distance == nearest) & (index < best)));
      nearest = wins ? distance : nearest;
      best = wins ? index : best;
    }
  }
  for (int lane = 0; lane < lanes; ++lane)
    parent[lane] =
        static_cast<std::int32_t>(std::isinf(nearest[lane]) || std::sqrt(nearest[lane]) > a.max_dist
                                      ? std::int64_t{row} * a.w + col + lane
                                      : best[lane]);
}

template <int C>
void find_parents(const QuickshiftArgs& a, std::int32_t* parent) {
  const int reach = quickshift_reach(a.kernel_size);
  const Picture<C> picture(a, reach);
  Plane density(a.h, a.w, reach, -kInfinity);
  find_densities(picture, a, reach, density);
#pragma omp parallel for schedule(dynamic, 4)
  for (int row = 0; row < a.h; ++row)
    for (int col = 0; col < a.w; col += kLanes)
      parents(picture, density, a, reach, row, col, parent + row * a.w + col);
}

}  // namespace

void quickshift(Stream& stream, const QuickshiftArgs& a) {
  std::vector<std::int32_t> parent(static_cast<std::size_t>(a.h) * static_cast<std::size_t>(a.w));
  {
    const Cost density = quickshift_density_cost(a), search = quickshift_parent_cost(a);
    const Cost both{density.flops + search.flops, density.bytes + search.bytes};
    const LaunchScope scope(stream, {"quickshift_cpu", {}, {}, 0, both});
    if (a.c == 1) find_parents<1>(a, parent.data());
    else if (a.c == 2) find_parents<2>(a, parent.data());
    else find_parents<3>(a, parent.data());
  }
  pellucid::forest_labels(stream, {parent.data(), a.labels, a.count, a.h * a.w});
}

}  // namespace pellucid::cpu
