// superpixel_options.h: the settings of the methods that switch superpixels of a picture off.
#pragma once

#include <optional>

#include "explain/masks/fill.h"
#include "explain/masks/masked_scores.h"
#include "explain/masks/occlusion.h"
#include "explain/masks/segmentation.h"
#include "explain/surrogate/kernel_shap.h"
#include "explain/surrogate/lime.h"
#include "explain/target.h"

namespace pellucid {

// Its seed is that of masks and of the segmenter's noise.
struct SuperpixelOptions : ExplainTask {
  SegmenterOptions segmenter;
  std::optional<Segments> segments;  // in place of a segmenter
  Fill fill;
  int samples = 0;  // N; 0: 1000 for LIME, 2·M + 2048 for Kernel SHAP
  // Above 0: masks are added to those N until the largest standard error is at most so much of the
  // largest attribution (of the class explained), or there are max_samples, which N may not exceed then.
  double until_se = 0;
  int max_samples = 16384;
  // Fits with the seeds seed … seed + repeat − 1; the first is explained, the spread told. None of
  // these three settings acts on occlusion, which draws nothing.
  int repeat = 1;
  SamplingRng rng = SamplingRng::philox;
  int batch = 0;  // masks at a time, which changes no bit; 0: as many as the caches like
  Forward forward = Forward::automatic;
  LimeOptions lime;
  KernelShapOptions shap;
  OcclusionOptions occlusion;  // whose windows show the picture's mean where `fill` is segment_mean
};

// Throws UsageError for settings out of range, or that exclude each other: the logit link without
// probabilities, a numpy seed of 2^32 or more, that of the last repetition included.
void check_superpixel_options(const SuperpixelOptions& options);

}  // namespace pellucid
