// finish.h: what is done with the results of an operator on cpu while they are in the nearest cache: an addition, then
// an activation. The values are those of the passes that they stand for, to the bit.
#pragma once

#include <cstdint>

namespace pellucid {

struct Finish {
  // values[i] = f(values[i]) for i < count.
  using Function = void (*)(float* values, std::int64_t count, float alpha, float beta);

  const float* addend =
      nullptr;         // of the result's shape, or null: added, as `add` of elementwise.h does
  bool relu = false;   // behind the addition; NaN stays NaN
  bool clips = false;  // to alpha … beta, behind these; NaN stays NaN
  Function function = nullptr;  // behind these, if there is one
  float alpha = 0, beta = 0;    // the limits, or what the function is called with
};

}  // namespace pellucid
