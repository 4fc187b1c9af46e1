// cpu: convolution by oneDNN. Activations stay (N, H, W, C); the weights are turned, at every call,
// into whatever blocked layout oneDNN chooses for the shape.
//
// oneDNN promises nothing about two batch sizes giving an image the same bits. So fprop and dgrad
// run chunks of exactly 16 images (the paper's training batch), the last one filled up with zeros,
// and the size of the user's batch never reaches oneDNN. One image alone costs as much as sixteen.
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <mutex>

#include "kernels/conv2d/conv2d.h"
#include "kernels/onednn.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

using namespace onednn;

// One convolution primitive with the reorders of its weights, for one shape. Immutable once built,
// and it owns no memory, so that several threads may run it at once.
struct Plan {
  Memory::desc x, y, w, bias;  // what the primitive takes
  Memory::desc user_w;         // (K, R, S, C / groups)
  Memory::desc scratchpad;
  dnnl::primitive convolution;
  dnnl::primitive reorder;  // empty if the primitive takes user_w as it is
};

struct Axes {
  Memory::dims strides, dilations, pad_before, pad_after;
};

Axes axes_of(const Conv2dShape& d) {
  // oneDNN counts the pixels between two taps, and wants the padding that the last filter position
  // really reaches: the remainder of a stride is not padded.
  const auto after = [](int out, int stride, int dilation, int taps, int in, int before) {
    return 1LL * (out - 1) * stride + 1LL * (taps - 1) * dilation + 1 - in - before;
  };
  return {{d.stride_h, d.stride_w},
          {d.dilation_h - 1, d.dilation_w - 1},
          {d.pad_h, d.pad_w},
          {after(d.p(), d.stride_h, d.dilation_h, d.r, d.h, d.pad_h),
           after(d.q(), d.stride_w, d.dilation_w, d.s, d.w, d.pad_w)}};
}

dnnl::primitive_attr attributes() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

// (K, R, S, C / groups) as oneDNN's (groups,) out, in, height, width.
Memory::dims weight_extents(const Conv2dShape& d) {
  if (d.groups == 1) return {d.k, d.c, d.r, d.s};
  return {d.groups, d.group_k(), d.group_c(), d.r, d.s};
}
Memory::desc user_weights(const Conv2dShape& d) {
  constexpr auto f32 = Memory::data_type::f32;
  if (d.groups == 1) return {weight_extents(d), f32, Tag::ohwi};
  const Memory::dim c = d.group_c(), row = c * d.s, filter = row * d.r;
  return {weight_extents(d), f32, Memory::dims{filter * d.group_k(), filter, 1, row, c}};
}

Plan make_plan(Kind kind, const Conv2dShape& d, bool bias) {
  constexpr auto f32 = Memory::data_type::f32;
  constexpr auto direct = dnnl::algorithm::convolution_direct;
  const Memory::desc x({d.n, d.c, d.h, d.w}, f32, Tag::nhwc);
  const Memory::desc y({d.n, d.k, d.p(), d.q()}, f32, Tag::nhwc);
  const Memory::desc any_w(weight_extents(d), f32, Tag::any);
  const Memory::desc b = bias ? Memory::desc({d.k}, f32, Tag::x) : Memory::desc();
  const Axes axes = axes_of(d);

  Plan plan{x, y, {}, b, user_weights(d), {}, {}, {}};
  const auto forward = describe<dnnl::convolution_forward>(
      attributes(), Kind::forward_training, direct, x, any_w, b, y, axes.strides, axes.dilations,
      axes.pad_before, axes.pad_after);
  const auto finish = [&](const auto& chosen, const Memory::desc& weights,
                          bool weights_are_output) {
    plan.w = weights;
    plan.scratchpad = chosen.scratchpad_desc();
    if (plan.w != plan.user_w)
      plan.reorder = dnnl::reorder(
          dnnl::reorder::primitive_desc(engine(), weights_are_output ? plan.w : plan.user_w,
                                        engine(), weights_are_output ? plan.user_w : plan.w));
  };
  if (kind == Kind::forward_training) {
    plan.convolution = dnnl::convolution_forward(forward);
    finish(forward, forward.weights_desc(), false);
  } else if (kind == Kind::backward_data) {
    const auto chosen = describe_backward<dnnl::convolution_backward_data>(
        attributes(), forward, direct, x, any_w, y, axes.strides, axes.dilations, axes.pad_before,
        axes.pad_after);
    plan.convolution = dnnl::convolution_backward_data(chosen);
    finish(chosen, chosen.weights_desc(), false);
  } else {
    const auto chosen = describe_backward<dnnl::convolution_backward_weights>(
        attributes(), forward, direct, x, any_w, b, y, axes.strides, axes.dilations,
        axes.pad_before, axes.pad_after);
    plan.convolution = dnnl::convolution_backward_weights(chosen);
    finish(chosen, chosen.diff_weights_desc(), true);
  }
  return plan;
}

// The plans made so far, so that a training step builds no primitive. A network has a few shapes;
// a program that goes through hundreds starts over rather than growing for ever.
std::shared_ptr<const Plan> plan_for(Kind kind, const Conv2dShape& d, bool bias) {
  using Key = std::array<int, 18>;
  constexpr std::size_t kMostPlans = 128;
  static std::mutex mutex;
  static std::map<Key, std::shared_ptr<const Plan>> plans;
  const Key key{static_cast<int>(kind),
                bias,
                d.n,
                d.h,
                d.w,
                d.c,
                d.k,
                d.r,
                d.s,
                d.stride_h,
                d.stride_w,
                d.pad_h,
                d.pad_w,
                d.dilation_h,
                d.dilation_w,
                d.groups,
                d.pad_bottom,
                d.pad_right};
  const std::lock_guard lock(mutex);
  auto& plan = plans[key];
  if (!plan) {
    plan = std::make_shared<const Plan>(make_plan(kind, d, bias));
    if (plans.size() > kMostPlans) {
      const auto keep = plan;
      plans.clear();
      return keep;
    }
  }
  return plan;
}

// The weights in the primitive's layout: `user` itself if that is the one, else `buffer`.
struct Weights {
  Weights(Stream& stream, const Plan& plan, const float* user)
      : buffer(stream.arena(), plan.reorder ? plan.w.get_size() : 0),
        outside(memory(plan.user_w, user)),
        inside(plan.reorder ? memory(plan.w, buffer.data()) : outside) {}
  Buffer buffer;
  Memory outside, inside;
};

constexpr int kChunk = 16;  // images

Conv2dShape chunk_of(Conv2dShape shape) {
  shape.n = kChunk;
  return shape;
}

// Calls run(in, out) for every chunk of `images` images of in_floats and out_floats each; an
// incomplete chunk goes through padded copies.
template <class Run>
void for_chunks(Stream& stream, int images, const float* in, std::ptrdiff_t in_floats, float* out,
                std::ptrdiff_t out_floats, const Run& run) {
  const int whole = images / kChunk * kChunk, rest = images - whole;
  for (std::ptrdiff_t first = 0; first < whole; first += kChunk)
    run(in + first * in_floats, out + first * out_floats);
  if (rest == 0) return;
  const auto bytes = [](std::ptrdiff_t floats) {
    return static_cast<std::size_t>(floats) * sizeof(float);
  };
  const Buffer padded_in(stream.arena(), bytes(kChunk * in_floats));
  const Buffer padded_out(stream.arena(), bytes(kChunk * out_floats));
  float* from = static_cast<float*>(padded_in.data());
  float* to = static_cast<float*>(padded_out.data());
  std::copy_n(in + whole * in_floats, rest * in_floats, from);
  std::fill_n(from + rest * in_floats, (kChunk - rest) * in_floats, 0.0f);
  run(from, to);
  std::copy_n(to, rest * out_floats, out + whole * out_floats);
}

std::ptrdiff_t input_floats(const Conv2dShape& d) { return std::ptrdiff_t{d.h} * d.w * d.c; }
std::ptrdiff_t output_floats(const Conv2dShape& d) { return std::ptrdiff_t{d.p()} * d.q() * d.k; }

}  // namespace

void conv2d_fprop_onednn(Stream& stream, const Conv2dFpropArgs& a) {
  const Conv2dShape& d = a.shape;
  const LaunchScope scope(stream, {"conv2d_fprop_onednn", {}, {}, 0, conv2d_fprop_cost(d)});
  guarded("conv2d_fprop_onednn", "this convolution", [&] {
    const auto plan = plan_for(Kind::forward_training, chunk_of(d), a.bias != nullptr);
    dnnl::stream queue(engine());
    Weights w(stream, *plan, a.w);
    if (plan->reorder)
      plan->reorder.execute(queue, {{DNNL_ARG_FROM, w.outside}, {DNNL_ARG_TO, w.inside}});
    const Buffer scratch(stream.arena(), plan->scratchpad.get_size());
    for_chunks(stream, d.n, a.x, input_floats(d), a.y, output_floats(d),
               [&](const float* x, float* y) {
                 plan->convolution.execute(
                     queue, {{DNNL_ARG_SRC, memory(plan->x, x)},
                             {DNNL_ARG_WEIGHTS, w.inside},
                             {DNNL_ARG_BIAS, memory(plan->bias, a.bias)},
                             {DNNL_ARG_DST, memory(plan->y, y)},
                             {DNNL_ARG_SCRATCHPAD, memory(plan->scratchpad, scratch.data())}});
                 queue.wait();
               });
  });
}

void conv2d_dgrad_onednn(Stream& stream, const Conv2dDgradArgs& a) {
  const Conv2dShape& d = a.shape;
  const LaunchScope scope(stream, {"conv2d_dgrad_onednn", {}, {}, 0, conv2d_dgrad_cost(d)});
  guarded("conv2d_dgrad_onednn", "this convolution", [&] {
    const auto plan = plan_for(Kind::backward_data, chunk_of(d), false);
    dnnl::stream queue(engine());
    Weights w(stream, *plan, a.w);
    if (plan->reorder)
      plan->reorder.execute(queue, {{DNNL_ARG_FROM, w.outside}, {DNNL_ARG_TO, w.inside}});
    const Buffer scratch(stream.arena(), plan->scratchpad.get_size());
    for_chunks(stream, d.n, a.dy, output_floats(d), a.dx, input_floats(d),
               [&](const float* dy, float* dx) {
                 plan->convolution.execute(
                     queue, {{DNNL_ARG_DIFF_DST, memory(plan->y, dy)},
                             {DNNL_ARG_WEIGHTS, w.inside},
                             {DNNL_ARG_DIFF_SRC, memory(plan->x, dx)},
                             {DNNL_ARG_SCRATCHPAD, memory(plan->scratchpad, scratch.data())}});
                 queue.wait();
               });
  });
}

void conv2d_wgrad_onednn(Stream& stream, const Conv2dWgradArgs& a) {
  const Conv2dShape& d = a.shape;
  const LaunchScope scope(stream, {"conv2d_wgrad_onednn", {}, {}, 0, conv2d_wgrad_cost(d)});
  guarded("conv2d_wgrad_onednn", "this convolution", [&] {
    const auto plan = plan_for(Kind::backward_weights, d, a.dbias != nullptr);
    dnnl::stream queue(engine());
    Weights dw(stream, *plan, a.dw);
    const Buffer scratch(stream.arena(), plan->scratchpad.get_size());
    plan->convolution.execute(queue,
                              {{DNNL_ARG_SRC, memory(plan->x, a.x)},
                               {DNNL_ARG_DIFF_DST, memory(plan->y, a.dy)},
                               {DNNL_ARG_DIFF_WEIGHTS, dw.inside},
                               {DNNL_ARG_DIFF_BIAS, memory(plan->bias, a.dbias)},
                               {DNNL_ARG_SCRATCHPAD, memory(plan->scratchpad, scratch.data())}});
    if (plan->reorder)
      plan->reorder.execute(queue, {{DNNL_ARG_FROM, dw.inside}, {DNNL_ARG_TO, dw.outside}});
    queue.wait();
  });
}

}  // namespace pellucid::cpu
