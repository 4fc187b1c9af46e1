// pooled_gradient.h: Grad-CAM's channel weights without the gradient at the layer.
//
// Let z = W·a + b be the first linear layer behind the layer's output A (H × W × K), with nothing between
// them but maximum pooling, dropout (which does not act here) and flattening, and δ = ∂s/∂z. Then
//
//   1/(H·W) · Σ_places ∂s/∂A[·,k] = Σ_o δ_o · W̄[o,k],   W̄[o,k] = 1/(H·W) · Σ_places W[o,·,k]
//
// since pooling hands each gradient on to exactly one place of its window: a channel's sum over places
// is that behind the pooling, and there it is a sum over W's columns. W̄ is the model's, O × K numbers;
// neither ∂s/∂a nor ∂s/∂A is computed. A ReLU in between would keep some of the gradients, and which
// depends on the image: there is no such W̄ then. Equal to the ordinary weights up to rounding.
#pragma once

#include <optional>
#include <string>

#include "nn/graph/model.h"

namespace pellucid {

class PooledGradient {
 public:
  // Nothing if the layer is not followed like that, or anything else is read behind it. The model must
  // outlive it.
  static std::optional<PooledGradient> of(Stream& stream, const Model& model,
                                          const std::string& layer);

  const std::string& linear() const { return linear_; }  // the layer's name
  // The linear layer's output for the layer's: (N, H, W, K) → (N, O).
  Tensor forward(const Tensor& activation) const;
  // δ: (N, O) → (N, K).
  Tensor weights(const Tensor& delta) const;

 private:
  PooledGradient(Stream& stream, const ActivationShape& layer, std::vector<const Op*> behind);

  Stream* stream_;
  std::vector<const Op*> behind_;  // the layer, up to the linear one
  std::string linear_;
  Tensor mean_;  // W̄: (O, K)
};

}  // namespace pellucid
