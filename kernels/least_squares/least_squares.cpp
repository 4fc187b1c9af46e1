#include "kernels/least_squares/least_squares.h"

namespace pellucid {

const VariantTable<WeightedGramArgs>& weighted_gram_variants() {
  static const VariantTable<WeightedGramArgs> table{
      PELLUCID_KERNEL(weighted_gram_v2_split),
      PELLUCID_KERNEL(weighted_gram_v1_naive),
      {"weighted_gram_cpu", cpu::weighted_gram},
  };
  return table;
}

const VariantTable<CholeskySolveArgs>& cholesky_solve_variants() {
  constexpr auto fits_in_shared_memory = [](const CholeskySolveArgs& a) {
    return cholesky_shared_bytes(static_cast<std::size_t>(a.n),
                                 static_cast<std::size_t>(a.columns)) <= kCholeskySharedBytes;
  };
  static const VariantTable<CholeskySolveArgs> table{
      PELLUCID_KERNEL(cholesky_solve_v2_shared, fits_in_shared_memory),
      PELLUCID_KERNEL(cholesky_solve_v3_panels),
      PELLUCID_KERNEL(cholesky_solve_v1_naive),
      {"cholesky_solve_cpu", cpu::cholesky_solve},
  };
  return table;
}

void weighted_gram(Stream& stream, const WeightedGramArgs& args) {
  require(args.features >= 1 && args.features <= kLeastSquaresFeatures, "weighted_gram: 1 to ",
          kLeastSquaresFeatures, " features, got ", args.features);
  require(args.rows >= 1 && args.columns >= 1,
          "weighted_gram: rows and columns must be at least 1, got ", args.rows, " and ",
          args.columns);
  run_default(weighted_gram_variants(), stream, args);
}

void cholesky_solve(Stream& stream, const CholeskySolveArgs& args) {
  require(args.n >= 1 && args.n <= kLeastSquaresFeatures, "cholesky_solve: n must be 1 to ",
          kLeastSquaresFeatures, ", got ", args.n);
  require(args.columns >= 1, "cholesky_solve: columns must be at least 1, got ", args.columns);
  run_default(cholesky_solve_variants(), stream, args);
}

Cost weighted_gram_cost(const WeightedGramArgs& a) {
  const double m = a.features, d = a.columns, n = static_cast<double>(a.rows);
  const double words = (a.features + 31) / 32;
  return {.flops = n * (m * (m + 1) / 2 + m * d + 1 + 2 * d),
          .bytes = n * (4 * words + 8 + 8 * d) + 8 * (m * m + m * d + 1 + 2 * d)};
}

Cost cholesky_solve_cost(const CholeskySolveArgs& a) {
  const double n = a.n, d = a.columns;
  return {.flops = n * n * n / 3 + 2 * n * n * d, .bytes = 8 * (n * (n + 1) / 2 + 2 * n * d)};
}

}  // namespace pellucid
