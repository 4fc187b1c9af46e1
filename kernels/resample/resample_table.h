// resample_table.h: which places of an axis a place of the resized axis is made of, by ONNX's Resize
// (operator set 19, without antialiasing; tf_half_pixel_for_nn is of sets 11 and 12). Made on the host, in
// double, and rounded once, so that every device mixes with the same weights.
#pragma once

#include <cstdint>
#include <vector>

namespace pellucid {

// Where place i of the output lies in the input; L: length, S: scale.
enum class ResizeCoordinates {
  half_pixel,            // (i + ½) / S − ½
  pytorch_half_pixel,    // the same; 0 if S·L_in is 1
  align_corners,         // i·(L_in − 1) / (S·L_in − 1); 0 if S·L_in is 1
  asymmetric,            // i / S
  tf_half_pixel_for_nn,  // (i + ½) / S
  half_pixel_symmetric,  // L_in/2·(1 − L_out / (S·L_in)) + (i + ½) / S − ½
};
// The place that is taken for a coordinate: both at its two sides, by distance, or one of them. Beyond
// the ends of the input its first and last place are meant.
enum class ResizeMode { linear, round_prefer_floor, round_prefer_ceil, floor, ceil };

struct ResizeRule {
  int from, to;  // L_in, L_out: at least 1
  double scale;  // S: more than 0; L_out / L_in unless ONNX's "scales" say otherwise
  ResizeMode mode = ResizeMode::round_prefer_floor;
  ResizeCoordinates coordinates = ResizeCoordinates::half_pixel;
};

// The first place that an output is made of, and where its weights begin. They end where the next
// output's begin, so an axis of L_out outputs has L_out + 1 of these.
struct ResampleTaps {
  std::int32_t first, offset;
};
struct ResampleTable {
  std::vector<ResampleTaps> taps;
  std::vector<float> weights;

  int outputs() const { return static_cast<int>(taps.size()) - 1; }
};

// No weight is 0: a place that does not count is not read.
ResampleTable resample_table(const ResizeRule& rule);
// The transpose of the matrix that a table is, for an input of length `from`: for the derivative.
ResampleTable transposed(const ResampleTable& table, int from);

}  // namespace pellucid
