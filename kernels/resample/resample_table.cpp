#include "kernels/resample/resample_table.h"

#include <algorithm>
#include <cmath>

#include "runtime/error.h"

namespace pellucid {
namespace {

double coordinate_of(const ResizeRule& r, int i) {
  const double length = r.scale * r.from;  // of the output, as the scale has it
  switch (r.coordinates) {
    case ResizeCoordinates::half_pixel:
      break;
    case ResizeCoordinates::pytorch_half_pixel:
      if (length == 1) return 0;
      break;
    case ResizeCoordinates::align_corners:
      return length == 1 ? 0 : i * (r.from - 1.0) / (length - 1);
    case ResizeCoordinates::asymmetric:
      return i / r.scale;
    case ResizeCoordinates::tf_half_pixel_for_nn:
      return (i + 0.5) / r.scale;
    case ResizeCoordinates::half_pixel_symmetric:
      return r.from / 2.0 * (1 - r.to / length) + (i + 0.5) / r.scale - 0.5;
  }
  return (i + 0.5) / r.scale - 0.5;
}

// The share of the place above a coordinate; `fraction` of a place above the one below, not 0.
double share_above(ResizeMode mode, double fraction) {
  switch (mode) {
    case ResizeMode::linear:
      break;
    case ResizeMode::round_prefer_floor:
      return fraction > 0.5 ? 1 : 0;
    case ResizeMode::round_prefer_ceil:
      return fraction >= 0.5 ? 1 : 0;
    case ResizeMode::floor:
      return 0;
    case ResizeMode::ceil:
      return 1;
  }
  return fraction;
}

}  // namespace

ResampleTable resample_table(const ResizeRule& rule) {
  require(rule.from >= 1 && rule.to >= 1 && rule.scale > 0 && std::isfinite(rule.scale),
          "resample: lengths must be at least 1 and scales above 0, got ", rule.from, " to ",
          rule.to, " by ", rule.scale);
  ResampleTable table;
  const auto begin = [&](int first) {
    table.taps.push_back({first, static_cast<std::int32_t>(table.weights.size())});
  };
  const double last = rule.from - 1;
  for (int i = 0; i < rule.to; ++i) {
    // One place further out on either side all is the end already.
    const double at = std::clamp(coordinate_of(rule, i), -1.0, last + 1), below = std::floor(at);
    const double above = at == below ? 0 : share_above(rule.mode, at - below);
    const int low = static_cast<int>(std::clamp(below, 0.0, last)),
              high = static_cast<int>(std::clamp(below + 1, 0.0, last));
    const bool both = low < high && above > 0 && above < 1;
    begin(both || above == 0 ? low : high);
    if (both) table.weights.push_back(static_cast<float>(1 - above));
    table.weights.push_back(both ? static_cast<float>(above) : 1.0f);
  }
  begin(0);
  return table;
}

ResampleTable transposed(const ResampleTable& table, int from) {
  struct Weight {
    int output;
    float value;
  };
  std::vector<std::vector<Weight>> of(static_cast<std::size_t>(from));
  for (int i = 0; i < table.outputs(); ++i) {
    const ResampleTaps &taps = table.taps[static_cast<std::size_t>(i)],
                       &next = table.taps[static_cast<std::size_t>(i) + 1];
    for (int t = taps.offset; t < next.offset; ++t)
      of[static_cast<std::size_t>(taps.first + t - taps.offset)].push_back(
          {i, table.weights[static_cast<std::size_t>(t)]});
  }
  ResampleTable result;
  for (const std::vector<Weight>& readers : of) {
    result.taps.push_back({readers.empty() ? 0 : readers.front().output,
                           static_cast<std::int32_t>(result.weights.size())});
    // Coordinates do not turn back, so the outputs that read a place follow each other.
    for (const Weight& weight : readers) result.weights.push_back(weight.value);
  }
  result.taps.push_back({0, static_cast<std::int32_t>(result.weights.size())});
  return result;
}

}  // namespace pellucid
