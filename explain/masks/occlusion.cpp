#include "explain/masks/occlusion.h"

#include <algorithm>

#include "runtime/error.h"

namespace pellucid {
namespace {

int ceiling(int a, int b) { return (a + b - 1) / b; }

// The largest that fits into `window` four times or more, without a rest.
int stride_for(int window) {
  int stride = std::max(1, window / 4);
  while (window % stride != 0) --stride;
  return stride;
}

long long cells_of(int height, int width, int stride) {
  return 1LL * ceiling(height, stride) * ceiling(width, stride);
}

// As many steps as a picture of any shape has cells for.
int stride_of_picture(int height, int width) {
  int stride = std::max(1, std::min(height, width) / 28);
  while (cells_of(height, width, stride) > kMaxSegments) ++stride;
  return stride;
}

}  // namespace

OcclusionWindows::OcclusionWindows(int height, int width, const OcclusionOptions& options)
    : height_(height), width_(width) {
  const int side = std::min(height, width);
  stride_ = options.stride > 0   ? options.stride
            : options.window > 0 ? stride_for(options.window)
                                 : stride_of_picture(height, width);
  if (stride_ > side)
    throw UsageError(
        concat("occlusion: a stride of ", stride_, " pixels in a picture of ", height, "x", width));
  const int window = options.window > 0 ? options.window : std::min(4, side / stride_) * stride_;
  if (window > side)
    throw UsageError(
        concat("occlusion: a window of ", window, " pixels in a picture of ", height, "x", width));
  if (window % stride_ != 0)
    throw UsageError(concat("occlusion: the window must be a multiple of the stride, got ", window,
                            " and ", stride_));
  span_ = window / stride_;
  cell_rows_ = ceiling(height, stride_);
  cell_columns_ = ceiling(width, stride_);
  if (const long long cells = cells_of(height, width, stride_); cells > kMaxSegments)
    throw UsageError(concat("occlusion: a stride of ", stride_, " makes ", cells, " cells of ",
                            height, "x", width, " pixels, more than ", kMaxSegments));
  rows_ = ceiling(height - window, stride_) + 1;
  columns_ = ceiling(width - window, stride_) + 1;
}

template <class Visit>
void OcclusionWindows::for_cells(int window, const Visit& visit) const {
  const int top = window / columns_, left = window % columns_;
  for (int i = top; i < std::min(top + span_, cell_rows_); ++i)
    for (int j = left; j < std::min(left + span_, cell_columns_); ++j) visit(i * cell_columns_ + j);
}

Segments OcclusionWindows::cells() const {
  Segments out{height_, width_, cell_rows_ * cell_columns_, {}};
  for (int y = 0; y < height_; ++y)
    for (int x = 0; x < width_; ++x)
      out.labels.push_back(y / stride_ * cell_columns_ + x / stride_);
  return out;
}

HostCoalitions OcclusionWindows::masks() const {
  HostCoalitions out(cell_rows_ * cell_columns_, count());
  for (int n = 0; n < out.rows; ++n) {
    std::vector<bool> covered(static_cast<std::size_t>(out.features));
    for_cells(n, [&](int cell) { covered[static_cast<std::size_t>(cell)] = true; });
    for (int j = 0; j < out.features; ++j)
      if (!covered[static_cast<std::size_t>(j)]) out.set(n, j);
  }
  return out;
}

std::vector<double> OcclusionWindows::attributions(std::span<const double> scores,
                                                   double full) const {
  const auto cells = static_cast<std::size_t>(cell_rows_ * cell_columns_);
  std::vector<double> drop(cells), windows(cells);
  for (int n = 0; n < count(); ++n)
    for_cells(n, [&](int cell) {
      drop[static_cast<std::size_t>(cell)] += full - scores[static_cast<std::size_t>(n)];
      windows[static_cast<std::size_t>(cell)] += 1;
    });
  for (std::size_t j = 0; j < cells; ++j) drop[j] /= windows[j];
  return drop;
}

std::vector<std::vector<double>> OcclusionWindows::attributions_of_all(
    std::span<const double> scores, std::span<const double> full) const {
  std::vector<std::vector<double>> out;
  for (std::size_t label = 0; label < full.size(); ++label) {
    std::vector<double> mine;
    for (std::size_t at = label; at < scores.size(); at += full.size()) mine.push_back(scores[at]);
    out.push_back(attributions(mine, full[label]));
  }
  return out;
}

}  // namespace pellucid
