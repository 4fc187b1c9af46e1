// elementwise.h: what autograd and the input pipeline need beside the operators.
//
//   add          y[i] = a·x[i] + b·z[i] + constant; x or z null count as 0, so that scaling and
//                filling are the same kernel
//   pixels       y[n,h,w,c] = x[index[n],h,w] / 255 for every channel c: uint8 grey planes to network
//                input, gathering the batch's images and repeating the plane (the paper's input has
//                three equal channels)
//
// count ≥ 1; y may be x or z.
#pragma once

#include <cstdint>

#include "kernels/variant.h"

namespace pellucid {

struct AddArgs {
  const float* x;  // or null: 0
  const float* z;  // or null: 0
  float* y;
  std::int64_t count;
  float a = 1, b = 1;
  float constant = 0;  // added to every element
};

struct PixelsArgs {
  const std::uint8_t* x;      // (images, H, W)
  const std::int32_t* index;  // (N): which image each row of the batch takes
  float* y;                   // (N, H, W, C)
  int n, h, w, c;
};

void add(Stream& stream, const AddArgs& args);
void pixels(Stream& stream, const PixelsArgs& args);

const VariantTable<AddArgs>& add_variants();
const VariantTable<PixelsArgs>& pixels_variants();

template <class T>
void add_reference(const T* x, const T* z, T* y, std::int64_t count, double a, double b,
                   double constant);
void pixels_reference(const PixelsArgs& args);

}  // namespace pellucid
