// Makes one of each oneDNN primitive that the cpu variants use, through the calls that they use. The
// configuration compiles and runs it: a oneDNN that fails here is left out (PellucidDependencies.cmake).
#include "kernels/onednn.h"

using namespace pellucid::cpu::onednn;

int main() {
  constexpr auto f32 = Memory::data_type::f32;
  constexpr auto direct = dnnl::algorithm::convolution_direct;
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  const Memory::desc image({16, 3, 8, 8}, f32, Tag::nhwc), map({16, 8, 8, 8}, f32, Tag::nhwc),
      filter({8, 3, 3, 3}, f32, Tag::any), bias({8}, f32, Tag::x);
  const Memory::dims one{1, 1}, none{0, 0};
  const auto convolution = describe<dnnl::convolution_forward>(
      attributes, Kind::forward_training, direct, image, filter, bias, map, one, none, one, one);
  const auto to_image = describe_backward<dnnl::convolution_backward_data>(
      attributes, convolution, direct, image, filter, map, one, none, one, one);
  const auto to_filter = describe_backward<dnnl::convolution_backward_weights>(
      attributes, convolution, direct, image, filter, bias, map, one, none, one, one);
  const dnnl::reorder turn(
      dnnl::reorder::primitive_desc(engine(), to_filter.diff_weights_desc(), engine(),
                                    Memory::desc({8, 3, 3, 3}, f32, Tag::ohwi)));
  const dnnl::convolution_forward run_convolution(convolution);
  const dnnl::convolution_backward_data run_to_image(to_image);
  const dnnl::convolution_backward_weights run_to_filter(to_filter);

  const Memory::desc x({16, 4}, f32, Tag::ab), w({2, 4}, f32, Tag::ab), b({2}, f32, Tag::a),
      y({16, 2}, f32, Tag::ab);
  const auto product =
      describe<dnnl::inner_product_forward>({}, Kind::forward_training, x, w, b, y);
  const dnnl::inner_product_backward_data run_to_x(
      describe_backward<dnnl::inner_product_backward_data>({}, product, x, w, y));
  const dnnl::inner_product_backward_weights run_to_w(
      describe_backward<dnnl::inner_product_backward_weights>({}, product, x, w, b, y));

  float inputs[16 * 4], weights[2 * 4], outputs[16 * 2];
  for (float& value : inputs) value = 1;
  for (float& value : weights) value = 2;
  dnnl::stream queue(engine());
  dnnl::inner_product_forward(
      describe<dnnl::inner_product_forward>({}, Kind::forward_training, x, w, Memory::desc(), y))
      .execute(queue, {{DNNL_ARG_SRC, memory(x, inputs)},
                       {DNNL_ARG_WEIGHTS, memory(w, weights)},
                       {DNNL_ARG_DST, memory(y, outputs)}});
  queue.wait();
  for (const float value : outputs)
    if (value != 8) return 1;
  return 0;
}
