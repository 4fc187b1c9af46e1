// cpu, oneDNN: its fp32 inner product. Weights and gradients keep their plain layout: a blocked
// copy of 1.2 million weights would have to be made at every training step.
//
// oneDNN picks its blocking from the number of rows, and with it the order of the additions.
// Forward and dgrad therefore always run kChunk rows, the last time padded with zeros, so that a
// row's bits do not depend on the batch. wgrad sums over the rows and runs all of them at once.
#include <algorithm>
#include <cstdint>
#include <map>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "kernels/linear/linear.h"
#include "kernels/onednn.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

constexpr int kChunk = 16;

using namespace onednn;

Memory::desc matrix(int rows, int cols) { return {{rows, cols}, Memory::data_type::f32, Tag::ab}; }
Memory::desc vector(int count) { return {{count}, Memory::data_type::f32, Tag::a}; }
Memory::desc vector_if(bool present, int count) { return present ? vector(count) : Memory::desc(); }

dnnl::inner_product_forward::primitive_desc forward_desc(const LinearShape& s, bool bias) {
  return describe<dnnl::inner_product_forward>({}, Kind::forward_training, matrix(s.n, s.inputs),
                                               matrix(s.outputs, s.inputs),
                                               vector_if(bias, s.outputs), matrix(s.n, s.outputs));
}

enum class Pass { forward, dgrad, wgrad };

dnnl::primitive make_primitive(Pass pass, const LinearShape& s, bool bias) {
  const auto hint = forward_desc(s, bias);
  if (pass == Pass::forward) return dnnl::inner_product_forward(hint);
  const auto x = matrix(s.n, s.inputs), w = matrix(s.outputs, s.inputs);
  const auto y = matrix(s.n, s.outputs);
  if (pass == Pass::dgrad)
    return dnnl::inner_product_backward_data(
        describe_backward<dnnl::inner_product_backward_data>({}, hint, x, w, y));
  return dnnl::inner_product_backward_weights(
      describe_backward<dnnl::inner_product_backward_weights>({}, hint, x, w,
                                                              vector_if(bias, s.outputs), y));
}

// Making a primitive generates code (about a millisecond), so each thread keeps those it made.
const dnnl::primitive& primitive(Pass pass, const LinearShape& s, bool bias) {
  using Key = std::tuple<Pass, int, int, int, bool>;
  static thread_local std::map<Key, dnnl::primitive> made;
  const Key key{pass, s.n, s.inputs, s.outputs, bias};
  auto found = made.find(key);
  if (found == made.end()) found = made.emplace(key, make_primitive(pass, s, bias)).first;
  return found->second;
}

void execute(const dnnl::primitive& made, const std::unordered_map<int, Memory>& args) {
  dnnl::stream stream(engine());
  made.execute(stream, args);
  stream.wait();
}

// run(in, out) for each kChunk rows of (rows, in_cols) and (rows, out_cols).
template <class Run>
void for_chunks(int rows, const float* in, int in_cols, float* out, int out_cols, const Run& run) {
  int first = 0;
  for (; first + kChunk <= rows; first += kChunk)
    run(in + std::int64_t{first} * in_cols, out + std::int64_t{first} * out_cols);
  if (first == rows) return;
  std::vector<float> padded_in(std::size_t{kChunk} * in_cols);
  std::vector<float> padded_out(std::size_t{kChunk} * out_cols);
  std::copy(in + std::int64_t{first} * in_cols, in + std::int64_t{rows} * in_cols,
            padded_in.data());
  run(padded_in.data(), padded_out.data());
  std::copy_n(padded_out.data(), std::int64_t{rows - first} * out_cols,
              out + std::int64_t{first} * out_cols);
}

std::string what(const LinearShape& s) {
  return concat("n ", s.n, ", inputs ", s.inputs, ", outputs ", s.outputs);
}

}  // namespace

void linear_onednn(Stream& stream, const LinearArgs& a) {
  const LaunchScope scope(stream, {"linear_onednn", {}, {}, 0, linear_cost(a.shape)});
  guarded("linear_onednn", what(a.shape), [&] {
    const LinearShape s{kChunk, a.shape.inputs, a.shape.outputs};
    const auto& made = primitive(Pass::forward, s, a.bias != nullptr);
    for_chunks(a.shape.n, a.x, s.inputs, a.y, s.outputs, [&](const float* x, float* y) {
      std::unordered_map<int, Memory> args{
          {DNNL_ARG_SRC, memory(matrix(s.n, s.inputs), x)},
          {DNNL_ARG_WEIGHTS, memory(matrix(s.outputs, s.inputs), a.w)},
          {DNNL_ARG_DST, memory(matrix(s.n, s.outputs), y)}};
      if (a.bias) args.emplace(DNNL_ARG_BIAS, memory(vector(s.outputs), a.bias));
      execute(made, args);
    });
  });
}

void linear_dgrad_onednn(Stream& stream, const LinearDgradArgs& a) {
  const LaunchScope scope(stream, {"linear_dgrad_onednn", {}, {}, 0, linear_cost(a.shape)});
  guarded("linear_dgrad_onednn", what(a.shape), [&] {
    const LinearShape s{kChunk, a.shape.inputs, a.shape.outputs};
    const auto& made = primitive(Pass::dgrad, s, false);
    for_chunks(a.shape.n, a.dy, s.outputs, a.dx, s.inputs, [&](const float* dy, float* dx) {
      execute(made, {{DNNL_ARG_DIFF_DST, memory(matrix(s.n, s.outputs), dy)},
                     {DNNL_ARG_WEIGHTS, memory(matrix(s.outputs, s.inputs), a.w)},
                     {DNNL_ARG_DIFF_SRC, memory(matrix(s.n, s.inputs), dx)}});
    });
  });
}

void linear_wgrad_onednn(Stream& stream, const LinearWgradArgs& a) {
  const LaunchScope scope(stream, {"linear_wgrad_onednn", {}, {}, 0, linear_cost(a.shape)});
  guarded("linear_wgrad_onednn", what(a.shape), [&] {
    const LinearShape& s = a.shape;
    std::unordered_map<int, Memory> args{
        {DNNL_ARG_SRC, memory(matrix(s.n, s.inputs), a.x)},
        {DNNL_ARG_DIFF_DST, memory(matrix(s.n, s.outputs), a.dy)},
        {DNNL_ARG_DIFF_WEIGHTS, memory(matrix(s.outputs, s.inputs), a.dw)}};
    if (a.dbias) args.emplace(DNNL_ARG_DIFF_BIAS, memory(vector(s.outputs), a.dbias));
    execute(primitive(Pass::wgrad, s, a.dbias != nullptr), args);
  });
}

}  // namespace pellucid::cpu
