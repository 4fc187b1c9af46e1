// enlarged.h: a plane of a picture, enlarged by a whole number.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace pellucid {

// Read row by row, from the top: bilinear between half-pixel centres, so that an enlarged pixel at (y, x) has
// the value at ((y + ½) / scale, (x + ½) / scale). Most rows lie between the same two rows of the plane as the
// row before, which are enlarged once.
template <class T>
class Enlarged {
 public:
  // plane: (height, width, channels), of which one channel is read; it must outlive this.
  Enlarged(std::span<const T> plane, int height, int width, int scale, int channels = 1,
           int channel = 0)
      : plane_(plane),
        height_(height),
        width_(width),
        scale_(scale),
        channels_(channels),
        channel_(channel) {
    for (int x = 0; x < width * scale; ++x) columns_.push_back(place(x, width));
    for (auto* line : {&above_.values, &below_.values, &row_}) line->resize(columns_.size());
  }

  // (width · scale) values, until the next call.
  std::span<const double> row(int y) {
    const Place at = place(y, height_);
    if (above_.row != at.first) {
      std::swap(above_, below_);  // the row below was this one, mostly
      enlarge(above_, at.first);
      enlarge(below_, at.second);
    }
    const double *a = above_.values.data(), *b = below_.values.data();
    const double v = at.share;
    for (std::size_t x = 0; x < row_.size(); ++x) row_[x] = a[x] * (1 - v) + b[x] * v;
    return row_;
  }

 private:
  // Between two pixels of the plane: the share of the second.
  struct Place {
    int first, second;
    double share;
  };
  struct Line {
    int row = -1;
    std::vector<double> values;
  };

  Place place(int enlarged, int count) const {
    const double at = std::clamp((enlarged + 0.5) / scale_ - 0.5, 0.0, count - 1.0);
    const int first = std::min(static_cast<int>(at), std::max(count - 2, 0));
    return {first, std::min(first + 1, count - 1), at - first};
  }
  void enlarge(Line& line, int row) const {
    if (line.row == row) return;
    line.row = row;
    const T* values = &plane_[static_cast<std::size_t>(row) * width_ * channels_ + channel_];
    for (std::size_t x = 0; x < columns_.size(); ++x) {
      const auto [first, second, u] = columns_[x];
      line.values[x] = static_cast<double>(values[std::ptrdiff_t{first} * channels_]) * (1 - u) +
                       static_cast<double>(values[std::ptrdiff_t{second} * channels_]) * u;
    }
  }

  std::span<const T> plane_;
  int height_, width_, scale_, channels_, channel_;
  std::vector<Place> columns_;
  Line above_, below_;
  std::vector<double> row_;
};

}  // namespace pellucid
