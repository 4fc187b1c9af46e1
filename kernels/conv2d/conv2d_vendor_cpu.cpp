// cpu: convolution by oneDNN. Activations stay (N, H, W, C); the weights are turned, at every call,
// into whatever blocked layout oneDNN chooses for the shape.
//
// fprop and dgrad run one image at a time: oneDNN promises nothing about two batch sizes giving an
// image the same bits, and this way it never sees the batch. An image has rows enough for the
// cores.
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <oneapi/dnnl/dnnl.hpp>

#include "kernels/conv2d/conv2d.h"
#include "runtime/launch_seam.h"

namespace pellucid::cpu {
namespace {

using Memory = dnnl::memory;
using Tag = dnnl::memory::format_tag;
using Kind = dnnl::prop_kind;

const dnnl::engine& engine() {
  static const dnnl::engine the_engine(dnnl::engine::kind::cpu, 0);
  return the_engine;
}

// One convolution primitive with the reorders of its weights, for one shape. Immutable once built,
// and it owns no memory, so that several threads may run it at once.
struct Plan {
  Memory::desc x, y, w, bias;  // what the primitive takes
  Memory::desc user_w;         // (K, R, S, C)
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

Plan make_plan(Kind kind, const Conv2dShape& d, bool bias) {
  constexpr auto f32 = Memory::data_type::f32;
  constexpr auto direct = dnnl::algorithm::convolution_direct;
  const Memory::desc x({d.n, d.c, d.h, d.w}, f32, Tag::nhwc);
  const Memory::desc y({d.n, d.k, d.p(), d.q()}, f32, Tag::nhwc);
  const Memory::desc any_w({d.k, d.c, d.r, d.s}, f32, Tag::any);
  const Memory::desc b = bias ? Memory::desc({d.k}, f32, Tag::x) : Memory::desc();
  const Axes axes = axes_of(d);

  Plan plan{x, y, {}, b, Memory::desc({d.k, d.c, d.r, d.s}, f32, Tag::ohwi), {}, {}, {}};
  const dnnl::convolution_forward::primitive_desc forward(
      {Kind::forward_training, direct, x, any_w, b, y, axes.strides, axes.dilations,
       axes.pad_before, axes.pad_after},
      attributes(), engine());
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
    const dnnl::convolution_backward_data::primitive_desc chosen(
        {direct, x, any_w, y, axes.strides, axes.dilations, axes.pad_before, axes.pad_after},
        attributes(), engine(), forward);
    plan.convolution = dnnl::convolution_backward_data(chosen);
    finish(chosen, chosen.weights_desc(), false);
  } else {
    const dnnl::convolution_backward_weights::primitive_desc chosen(
        {direct, x, any_w, b, y, axes.strides, axes.dilations, axes.pad_before, axes.pad_after},
        attributes(), engine(), forward);
    plan.convolution = dnnl::convolution_backward_weights(chosen);
    finish(chosen, chosen.diff_weights_desc(), true);
  }
  return plan;
}

// The plans made so far, so that a training step builds no primitive. A network has a few shapes;
// a program that goes through hundreds starts over rather than growing for ever.
std::shared_ptr<const Plan> plan_for(Kind kind, const Conv2dShape& d, bool bias) {
  using Key = std::array<int, 15>;
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
                d.dilation_w};
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

// Runs `body` and turns oneDNN's exceptions into ours.
template <class Body>
void with_onednn(const char* name, const Body& body) {
  try {
    body();
  } catch (const dnnl::error& error) {
    fail(name, ": oneDNN cannot run this convolution (", error.what(), ")");
  }
}

Memory memory(const Memory::desc& desc, const void* data) {
  return Memory(desc, engine(), const_cast<void*>(data));
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

Conv2dShape one_image(Conv2dShape shape) {
  shape.n = 1;
  return shape;
}

}  // namespace

void conv2d_fprop_onednn(Stream& stream, const Conv2dFpropArgs& a) {
  const Conv2dShape& d = a.shape;
  const LaunchScope scope(stream, {"conv2d_fprop_onednn", {}, {}, 0, conv2d_fprop_cost(d)});
  with_onednn("conv2d_fprop_onednn", [&] {
    const auto plan = plan_for(Kind::forward_training, one_image(d), a.bias != nullptr);
    dnnl::stream queue(engine());
    Weights w(stream, *plan, a.w);
    if (plan->reorder)
      plan->reorder.execute(queue, {{DNNL_ARG_FROM, w.outside}, {DNNL_ARG_TO, w.inside}});
    const Buffer scratch(stream.arena(), plan->scratchpad.get_size());
    for (std::ptrdiff_t n = 0; n < d.n; ++n)
      plan->convolution.execute(queue,
                                {{DNNL_ARG_SRC, memory(plan->x, a.x + n * d.h * d.w * d.c)},
                                 {DNNL_ARG_WEIGHTS, w.inside},
                                 {DNNL_ARG_BIAS, memory(plan->bias, a.bias)},
                                 {DNNL_ARG_DST, memory(plan->y, a.y + n * d.p() * d.q() * d.k)},
                                 {DNNL_ARG_SCRATCHPAD, memory(plan->scratchpad, scratch.data())}});
    queue.wait();
  });
}

void conv2d_dgrad_onednn(Stream& stream, const Conv2dDgradArgs& a) {
  const Conv2dShape& d = a.shape;
  const LaunchScope scope(stream, {"conv2d_dgrad_onednn", {}, {}, 0, conv2d_dgrad_cost(d)});
  with_onednn("conv2d_dgrad_onednn", [&] {
    const auto plan = plan_for(Kind::backward_data, one_image(d), false);
    dnnl::stream queue(engine());
    Weights w(stream, *plan, a.w);
    if (plan->reorder)
      plan->reorder.execute(queue, {{DNNL_ARG_FROM, w.outside}, {DNNL_ARG_TO, w.inside}});
    const Buffer scratch(stream.arena(), plan->scratchpad.get_size());
    for (std::ptrdiff_t n = 0; n < d.n; ++n)
      plan->convolution.execute(
          queue, {{DNNL_ARG_DIFF_DST, memory(plan->y, a.dy + n * d.p() * d.q() * d.k)},
                  {DNNL_ARG_WEIGHTS, w.inside},
                  {DNNL_ARG_DIFF_SRC, memory(plan->x, a.dx + n * d.h * d.w * d.c)},
                  {DNNL_ARG_SCRATCHPAD, memory(plan->scratchpad, scratch.data())}});
    queue.wait();
  });
}

void conv2d_wgrad_onednn(Stream& stream, const Conv2dWgradArgs& a) {
  const Conv2dShape& d = a.shape;
  const LaunchScope scope(stream, {"conv2d_wgrad_onednn", {}, {}, 0, conv2d_wgrad_cost(d)});
  with_onednn("conv2d_wgrad_onednn", [&] {
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
