// builtin_torchvision.h: two networks that everybody knows, as torchvision has them: layers, names and how weights
// begin, so that a state dict of torchvision, saved as safetensors, holds a weight for each of theirs. They take
// pictures of any size from 32 × 32 on, of any number of channels.
#pragma once

#include "runtime/formats/json.h"

namespace pellucid {

// He, Zhang, Ren and Sun, "Deep residual learning for image recognition", CVPR 2016; 11,689,512 parameters.
Json resnet18_description();
// Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks", CVPR 2018; 3,504,872 parameters.
Json mobilenet_v2_description();

}  // namespace pellucid
