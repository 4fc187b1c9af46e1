#include "explain/explanation.h"

#include "runtime/error.h"

namespace pellucid {

Explanation explanation_of(const GradCam& cam, const GradCamMap& map) {
  Explanation out;
  out.method = "gradcam";
  out.caption = concat("layer ", cam.layer(), " (", map.raw_height, "x", map.raw_width, ")");
  out.prediction = {map.logits, map.probabilities, map.predicted};
  out.target = map.target;
  out.height = map.height;
  out.width = map.width;
  out.map = map.map;
  out.shown = map.shown;
  out.low = map.low;
  out.high = map.high;
  out.peak = map.peak;
  out.uniform = map.uniform;
  out.details = {{"layer", cam.layer()},
                 {"raw_map",
                  {{"height", map.raw_height},
                   {"width", map.raw_width},
                   {"high", map.raw_peak},
                   {"values", map.raw}}},
                 {"channel_weights", map.weights}};
  out.cost = cam.cost();
  return out;
}

}  // namespace pellucid
