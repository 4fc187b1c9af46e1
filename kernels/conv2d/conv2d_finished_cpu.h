// conv2d_finished_cpu.h: the cpu's convolution as a prediction runs it: weights in the order of its inner loops, made
// once, and what follows it (kernels/finish.h, maximum pooling) done where the results are made. All the cpu's forward
// convolutions are this one; the bits of a result do not depend on what is finished with it, nor on batch or threads.
#pragma once

#include "kernels/conv2d/conv2d.h"
#include "kernels/finish.h"

namespace pellucid::cpu {

struct Conv2dFinishedArgs {
  Conv2dShape shape;
  const float* x;       // (N, H, W, C)
  const float* panels;  // what pack_conv2d made of the weights
  const float* bias;    // (K) or null
  float* y;             // (N, P / pool, Q / pool, K)
  Finish finish = {};   // its addend: (N, P, Q, K)
  int pool =
      1;  // windows and strides of a maximum pooling at the end; above 1 only behind a ReLU alone, of
          // one group
};

// w: (K, R, S, C / groups). `to`: packed_conv2d_floats() floats.
std::size_t packed_conv2d_floats(const Conv2dShape& shape);
void pack_conv2d(const Conv2dShape& shape, const float* w, float* to);
// The shape is one that check_conv2d() takes, and fits the panels but for n, h, w.
void conv2d_finished(Stream& stream, const Conv2dFinishedArgs& args);

// Its ways, for filters of a group that fill more than a panel, for fewer, and for depthwise shapes.
bool conv2d_is_wide(const Conv2dShape& shape);
void convolve_wide(Stream& stream, const Conv2dFinishedArgs& args);
void convolve_narrow(Stream& stream, const Conv2dFinishedArgs& args);  // without pooling
void convolve_depthwise(Stream& stream, const Conv2dFinishedArgs& args);
void pack_depthwise_filters(const Conv2dShape& shape, const float* w, float* to);

}  // namespace pellucid::cpu
