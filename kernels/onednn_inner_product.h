// onednn_inner_product.h: oneDNN's fp32 inner product and its gradients, and how their bits are kept from
// depending on the number of rows. Included by *_vendor_cpu.cpp only.
//
// Weights and gradients keep their plain layout: a blocked copy of 1.2 million weights would have to be
// made at every training step.
//
// oneDNN picks its blocking from the number of rows, and with it the order of the additions. Forward and
// dgrad therefore always run kChunk rows, the last time padded with zeros, so that a row's bits do not
// depend on the batch. wgrad sums over the rows and runs all of them at once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "kernels/onednn.h"

namespace pellucid::cpu::onednn {

constexpr int kChunk = 16;

// Row-major x (rows, inputs), w (outputs, inputs), bias (outputs) if there is one, y (rows, outputs).
struct InnerProduct {
  int rows, inputs, outputs;
  bool bias = false;
};

inline Memory::desc matrix(int rows, int cols) {
  return {{rows, cols}, Memory::data_type::f32, Tag::ab};
}
inline Memory::desc vector(int count) { return {{count}, Memory::data_type::f32, Tag::a}; }
inline Memory::desc vector_if(bool present, int count) {
  return present ? vector(count) : Memory::desc();
}

inline dnnl::inner_product_forward::primitive_desc forward_desc(const InnerProduct& s) {
  return describe<dnnl::inner_product_forward>(
      {}, Kind::forward_training, matrix(s.rows, s.inputs), matrix(s.outputs, s.inputs),
      vector_if(s.bias, s.outputs), matrix(s.rows, s.outputs));
}

enum class Pass { forward, dgrad, wgrad };

inline dnnl::primitive make_primitive(Pass pass, const InnerProduct& s) {
  const auto hint = forward_desc(s);
  if (pass == Pass::forward) return dnnl::inner_product_forward(hint);
  const auto x = matrix(s.rows, s.inputs), w = matrix(s.outputs, s.inputs);
  const auto y = matrix(s.rows, s.outputs);
  if (pass == Pass::dgrad)
    return dnnl::inner_product_backward_data(
        describe_backward<dnnl::inner_product_backward_data>({}, hint, x, w, y));
  return dnnl::inner_product_backward_weights(
      describe_backward<dnnl::inner_product_backward_weights>({}, hint, x, w,
                                                              vector_if(s.bias, s.outputs), y));
}

// Making a primitive generates code (about a millisecond), so each thread keeps those it made.
inline const dnnl::primitive& primitive(Pass pass, const InnerProduct& s) {
  using Key = std::tuple<Pass, int, int, int, bool>;
  static thread_local std::map<Key, dnnl::primitive> made;
  const Key key{pass, s.rows, s.inputs, s.outputs, s.bias};
  auto found = made.find(key);
  if (found == made.end()) found = made.emplace(key, make_primitive(pass, s)).first;
  return found->second;
}

inline void execute(const dnnl::primitive& made, const std::unordered_map<int, Memory>& args) {
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

}  // namespace pellucid::cpu::onednn
