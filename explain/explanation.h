// explanation.h: what an explainer says about one picture, whatever its method.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "explain/cost.h"
#include "nn/graph/graph_json.h"
#include "runtime/formats/json.h"
#include "runtime/tensor.h"

namespace pellucid {

struct Prediction {
  std::vector<float> logits, probabilities;  // (classes); no probabilities of values
  int predicted = 0;

  // For people: the probability of what is predicted, or its value where there is none.
  float figure() const {
    return (probabilities.empty() ? logits : probabilities)[static_cast<std::size_t>(predicted)];
  }
};

// Of one picture. logits: (1, classes).
Prediction prediction_of(Stream& stream, const Tensor& logits, Outputs outputs);

struct Explanation {
  std::string method;   // "gradcam", "lime": of options, files and records
  std::string title;    // "Grad-CAM", "LIME": as the literature writes it
  std::string caption;  // how it was made, for a picture: "layer relu3 (16x16)"
  Prediction prediction;
  int target = 0;  // the class explained
  int height = 0, width = 0;
  std::vector<float> map;               // (height, width), in units of the score
  std::vector<float> shown;             // for pictures: in [0, 1], or [−1, 1] if signed
  bool is_signed = false;               // the map has evidence against the class too
  float low = 0, high = 0;              // what the ends of `shown` stand for
  std::array<int, 2> peak{};            // (row, column) of the first maximum of `map`, or of the
                                        // middle of the strongest superpixel
  bool uniform = false;                 // one value everywhere: `peak` says nothing
  std::vector<std::int32_t> segments;   // (height, width), superpixels; or empty
  std::vector<double> attributions;     // of each superpixel, to the class explained; or empty
  std::vector<double> standard_errors;  // of these; empty where they are not known
  // What a reader should not overlook, in words that are the same for every picture.
  std::vector<std::string> warnings;
  Json details;  // what only this method has: settings, attributions, flags
  ExplanationCost cost;
  std::vector<std::pair<std::string, double>> stages;  // seconds of each, in order
};

// What follows from `map`, its width, `is_signed` and `segments`: low and high (of a signed map as far as
// its strongest value on both sides, so that 0 is in the middle), uniform and peak. Throws Error naming
// the method if a value of the map is not finite.
void finish_map(Explanation& explanation);

}  // namespace pellucid
