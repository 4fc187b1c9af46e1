// cam_explanation.h: class activation maps as explanations.
#pragma once

#include <vector>

#include "explain/activation/cam.h"
#include "explain/explanation.h"

namespace pellucid {

// What a record says of one layer's map: layer, raw map, channel weights, settings.
Json details_of(const CamOptions& options, const CamMap& map);

// Of the one picture that `cam` explained last, a method each. The cost of each counts the work that
// they share.
std::vector<Explanation> explanations_of(const Cam& cam, const CamExplanation& picture);

}  // namespace pellucid
