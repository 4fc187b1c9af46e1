// conv2d.h: two-dimensional convolution (cross-correlation, as in every deep-learning library):
// forward (fprop), gradient of the input (dgrad), gradient of the weights and the bias (wgrad).
//
//   y[n,p,q,k]  = bias[k] + Σ_{r,s,c} x[n, p·stride − pad + r·dilation, q·stride − pad + s·dilation, c]
//                                     · w[k,r,s,c]                     (x is 0 outside the image)
//   dx[n,h,w,c] = Σ_{k,r,s with h = p·stride − pad + r·dilation, …} dy[n,p,q,k] · w[k,r,s,c]
//   dw[k,r,s,c] = Σ_{n,p,q} x[n, p·stride − pad + r·dilation, …, c] · dy[n,p,q,k]
//   dbias[k]    = Σ_{n,p,q} dy[n,p,q,k]
//
// Activations (N, H, W, C), weights (K, R, S, C / groups), fp32. The notation K, C, R, S, P, Q is cuDNN's.
// Channels and filters fall into `groups` equal parts, side by side: filters of a part see its channels
// only. With as many groups as channels and filters it is depthwise. `pad` is the padding above and at the
// left; the one below and at the right says with it how many outputs there are.
// A transposed convolution is the same three, with other roles: its forward pass is a dgrad (to which a
// bias may be added), its input's gradient an fprop, its weights' a wgrad with x and dy exchanged.
// fprop and dgrad sum in a fixed order, so an image's result does not depend on the batch.
#pragma once

#include "kernels/variant.h"

namespace pellucid {

struct Conv2dShape {
  int n, h, w, c;  // input: images, height, width, channels
  int k, r, s;     // filters, their height and width
  int stride_h = 1, stride_w = 1;
  int pad_h = 0, pad_w = 0;
  int dilation_h = 1, dilation_w = 1;
  int groups = 1;                             // divides c and k
  int pad_bottom = pad_h, pad_right = pad_w;  // below and at the right

  // Output height and width; 0 if the dilated filter is larger than the padded image.
  constexpr int p() const {
    return positions(h + pad_h + pad_bottom - dilation_h * (r - 1) - 1, stride_h);
  }
  constexpr int q() const {
    return positions(w + pad_w + pad_right - dilation_w * (s - 1) - 1, stride_w);
  }
  constexpr int group_c() const { return c / groups; }      // channels that a filter sees
  constexpr int group_k() const { return k / groups; }      // filters that a channel reaches
  constexpr int taps() const { return r * s * group_c(); }  // weights of one filter
  constexpr bool depthwise() const { return groups == c && groups == k; }

 private:
  // `room` is what the filter leaves free of the padded extent; negative if it does not fit.
  static constexpr int positions(int room, int stride) { return room < 0 ? 0 : room / stride + 1; }
};

struct Conv2dFpropArgs {
  Conv2dShape shape;
  const float* x;     // (N, H, W, C)
  const float* w;     // (K, R, S, C / groups)
  const float* bias;  // (K) or null
  float* y;           // (N, P, Q, K)
};

struct Conv2dDgradArgs {
  Conv2dShape shape;
  const float* dy;              // (N, P, Q, K)
  const float* w;               // (K, R, S, C / groups)
  float* dx;                    // (N, H, W, C)
  const float* bias = nullptr;  // (C) or null: added to dx, for transposed convolutions
};

struct Conv2dWgradArgs {
  Conv2dShape shape;
  const float* x;   // (N, H, W, C)
  const float* dy;  // (N, P, Q, K)
  float* dw;        // (K, R, S, C / groups)
  float* dbias;     // (K) or null
};

// Each throws Error for an extent, stride or dilation < 1, a negative padding, groups that do not divide
// the channels and the filters, an empty output, or a tensor of more than 2^31 − 1 elements.
void check_conv2d(const Conv2dShape& shape);
void conv2d_fprop(Stream& stream, const Conv2dFpropArgs& args);
void conv2d_dgrad(Stream& stream, const Conv2dDgradArgs& args);
void conv2d_wgrad(Stream& stream, const Conv2dWgradArgs& args);

const VariantTable<Conv2dFpropArgs>& conv2d_fprop_variants();
const VariantTable<Conv2dDgradArgs>& conv2d_dgrad_variants();
const VariantTable<Conv2dWgradArgs>& conv2d_wgrad_variants();

// The specification and the tests' oracle: plain loops, accumulating in double. T: float or double.
template <class T>
void conv2d_fprop_reference(const Conv2dShape& shape, const T* x, const T* w, const T* bias, T* y);
template <class T>
void conv2d_dgrad_reference(const Conv2dShape& shape, const T* dy, const T* w, T* dx,
                            const T* bias = nullptr);
template <class T>
void conv2d_wgrad_reference(const Conv2dShape& shape, const T* x, const T* dy, T* dw, T* dbias);

Cost conv2d_fprop_cost(const Conv2dShape& shape);
Cost conv2d_dgrad_cost(const Conv2dShape& shape);
Cost conv2d_wgrad_cost(const Conv2dShape& shape);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(conv2d_fprop_v1_naive, Conv2dFpropArgs)
PELLUCID_DECLARE_KERNEL(conv2d_fprop_v2_direct_few_channels, Conv2dFpropArgs)
PELLUCID_DECLARE_KERNEL(conv2d_fprop_v3_implicit_gemm, Conv2dFpropArgs)
PELLUCID_DECLARE_KERNEL(conv2d_fprop_v4_depthwise, Conv2dFpropArgs)
PELLUCID_DECLARE_KERNEL(conv2d_dgrad_v1_naive, Conv2dDgradArgs)
PELLUCID_DECLARE_KERNEL(conv2d_dgrad_v2_implicit_gemm, Conv2dDgradArgs)
PELLUCID_DECLARE_KERNEL(conv2d_dgrad_v3_depthwise, Conv2dDgradArgs)
PELLUCID_DECLARE_KERNEL(conv2d_wgrad_v1_naive, Conv2dWgradArgs)
PELLUCID_DECLARE_KERNEL(conv2d_wgrad_v2_split, Conv2dWgradArgs)
PELLUCID_DECLARE_KERNEL(conv2d_wgrad_v3_depthwise, Conv2dWgradArgs)
namespace pellucid::cuda {  // cuDNN
void conv2d_fprop_cudnn(Stream& stream, const Conv2dFpropArgs& args);
void conv2d_dgrad_cudnn(Stream& stream, const Conv2dDgradArgs& args);
void conv2d_wgrad_cudnn(Stream& stream, const Conv2dWgradArgs& args);
bool conv2d_fprop_cudnn_supports(const Conv2dFpropArgs& args);
bool conv2d_dgrad_cudnn_supports(const Conv2dDgradArgs& args);
bool conv2d_wgrad_cudnn_supports(const Conv2dWgradArgs& args);
}  // namespace pellucid::cuda
namespace pellucid::cpu {
void conv2d_fprop(Stream& stream, const Conv2dFpropArgs& args);
void conv2d_dgrad(Stream& stream, const Conv2dDgradArgs& args);
void conv2d_wgrad(Stream& stream, const Conv2dWgradArgs& args);
void conv2d_fprop_depthwise(Stream& stream, const Conv2dFpropArgs& args);
void conv2d_dgrad_depthwise(Stream& stream, const Conv2dDgradArgs& args);
void conv2d_wgrad_depthwise(Stream& stream, const Conv2dWgradArgs& args);
void conv2d_fprop_onednn(Stream& stream, const Conv2dFpropArgs& args);
void conv2d_dgrad_onednn(Stream& stream, const Conv2dDgradArgs& args);
void conv2d_wgrad_onednn(Stream& stream, const Conv2dWgradArgs& args);
}  // namespace pellucid::cpu
