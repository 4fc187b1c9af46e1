// principal_component.h: the first principal component of each of N matrices, what Eigen-CAM shows of a
// layer's activations (Muhammad & Yeasin, IJCNN 2020, with the columns centred).
//
//   x: (N, P, K), P observations of K variables; m_k = 1/P · Σ_p x[p,k]
//
//   covariance[j,k] = Σ_p (x[p,j] − m_j)·(x[p,k] − m_k)
//   axis            = its unit eigenvector of the greatest eigenvalue λ: the first right-singular vector
//                     of the centred matrix
//   projection[p]   = Σ_k (x[p,k] − m_k)·axis[k]
//   share           = λ / Σ of all eigenvalues
//
// An eigenvector has no sign. Here the axis points to where the projection is largest: its sign is the one
// under which max projection ≥ −min projection; if they are equal, either.
//
// The axis comes from power iteration v ← C·v / |C·v| on the fp64 covariance C, from a fixed vector of
// drawn numbers. It ends when sin² of the angle between v and C·v is at most kPrincipalTolerance, or after
// kPrincipalSteps; sin of that angle is `residual`. The angle to the eigenvector is at most about
// residual / (1 − λ₂/λ₁): where the two greatest eigenvalues are equal there is no first axis, and the
// one returned is one of many. A matrix of equal rows has axis, projection, share and residual 0.
//
// Means are taken of x[p,k] − x[0,k], so that a constant column is exactly 0 when centred. The order of
// every sum depends on P and K alone.
#pragma once

#include <cstdint>

#include "kernels/variant.h"
#include "runtime/random.h"

namespace pellucid {

struct PrincipalComponentArgs {
  const float* x;      // (N, P, K), finite
  double* covariance;  // (N, K, K), both triangles
  double* work;        // (N, 3, K): means, the last iterate and what C makes of it
  float* axis;         // (N, K)
  float* projection;   // (N, P)
  float* share;        // (N), in [0, 1]
  float* residual;     // (N), in [0, 1]
  int n, p, k;         // ≥ 1; K ≤ 4096
};

constexpr int kPrincipalVariables = 4096;
constexpr int kPrincipalSteps = 1000;
constexpr double kPrincipalTolerance = 1e-14;

// Component k of the vector that the iteration starts from.
constexpr double principal_start(int k) {
  constexpr RandomKey key{0, 0x454947454E000000};  // "EIGEN"
  return double{random_uniform(key, static_cast<std::uint64_t>(k))} - 0.5;
}

// Throws Error for an extent out of range.
void principal_component(Stream& stream, const PrincipalComponentArgs& args);
const VariantTable<PrincipalComponentArgs>& principal_component_variants();
// By Jacobi's rotations, whose accuracy does not depend on the eigenvalues. Host pointers; work is not
// used.
void principal_component_reference(const PrincipalComponentArgs& args);
Cost principal_component_cost(const PrincipalComponentArgs& args);  // of one step of the iteration

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(principal_component_v1_naive, PrincipalComponentArgs)
PELLUCID_DECLARE_KERNEL(principal_component_v2_block, PrincipalComponentArgs)
namespace pellucid::cpu {
void principal_component(Stream& stream, const PrincipalComponentArgs& args);
}
