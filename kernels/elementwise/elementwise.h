// elementwise.h: what autograd and the input pipeline need beside the operators.
//
//   add          y[i] = a·x[i] + b·z[i] + constant; x or z null count as 0, so that scaling and
//                filling are the same kernel
//   pixels       y[n,h,w,c] = x[index[n],h,w] / white[index[n]] for every channel c: grey planes of
//                uint8 or uint16 to network input, gathering the batch's images and repeating the
//                plane (the paper's input has three equal channels)
//
// add: count ≥ 1, any layout; y may be x or z; computed as fma(a, x, fma(b, z, constant)), so that
// every device rounds alike. pixels: every extent ≥ 1, H·W·C ≤ 2^31 − 1; the indices lie in
// 0 … images − 1 and no white is 0, checked by whoever uploads them; one correctly rounded quotient.
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
  const std::uint8_t* bytes;   // (images, H, W): x, in one of the two types;
  const std::uint16_t* words;  // the other is null
  const float* white;          // (images): the value that becomes 1; null: 255 of all
  const std::int32_t* index;   // (N): which image each row of the batch takes
  float* y;                    // (N, H, W, C)
  int n, h, w, c;
};

// Throw Error for a count or an extent < 1, an image that is too large, or pixels in no type or in both.
void add(Stream& stream, const AddArgs& args);
void pixels(Stream& stream, const PixelsArgs& args);

const VariantTable<AddArgs>& add_variants();
const VariantTable<PixelsArgs>& pixels_variants();

template <class T>
void add_reference(const T* x, const T* z, T* y, std::int64_t count, double a, double b,
                   double constant);
void pixels_reference(const PixelsArgs& args);

Cost add_cost(const AddArgs& args);
Cost pixels_cost(const PixelsArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(add_v1_naive, AddArgs)
PELLUCID_DECLARE_KERNEL(add_v2_vector, AddArgs)
PELLUCID_DECLARE_KERNEL(pixels_v1_naive, PixelsArgs)
PELLUCID_DECLARE_KERNEL(pixels_v2_vector, PixelsArgs)
namespace pellucid::cpu {
void add(Stream& stream, const AddArgs& args);
void pixels(Stream& stream, const PixelsArgs& args);
}  // namespace pellucid::cpu
