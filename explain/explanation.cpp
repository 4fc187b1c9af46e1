#include "explain/explanation.h"

#include <algorithm>
#include <cmath>

#include "explain/localisation.h"
#include "nn/graph/probabilities.h"
#include "runtime/error.h"

namespace pellucid {

Prediction prediction_of(Stream& stream, const Tensor& logits, Outputs outputs) {
  Prediction out;
  out.logits = logits.to_host<float>(stream);
  out.probabilities = host_probabilities(stream, logits, outputs);
  out.predicted = predicted_class(out.logits, outputs);
  return out;
}

void finish_map(Explanation& e) {
  for (const float value : e.map)
    require(std::isfinite(value), e.method, ": a value of the map is not finite (", value,
            "); the model's weights may have diverged");
  const auto [low, high] = std::minmax_element(e.map.begin(), e.map.end());
  e.uniform = *low == *high;
  e.low = *low;
  e.high = *high;
  if (e.is_signed) {
    e.high = std::max(std::abs(*low), std::abs(*high));
    e.low = -e.high;
  }
  e.peak = e.segments.empty() ? peak_position(e.map, e.width)
                              : superpixel_peak(e.map, e.segments, e.width);
}

}  // namespace pellucid
