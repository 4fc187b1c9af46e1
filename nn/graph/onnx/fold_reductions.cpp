// fold_reductions.cpp: values taken together along axes, and statistics applied.
#include <algorithm>
#include <cmath>
#include <set>

#include "nn/graph/onnx/fold_parts.h"

namespace pellucid {
namespace {

std::vector<Constant> reduce_product(const Folding& f) {
  const Constant& x = f.input(0);
  require(x.whole && (f.integers(1, "axes", {}).empty() || x.shape.size() == 1),
          "only of all integers");
  std::uint64_t value = 1;
  for (const std::int64_t each : x.integers) {
    expect_known(each);
    value *= static_cast<std::uint64_t>(each);
  }
  const bool keep = integer_attribute(f.node, "keepdims", 1) != 0;
  return {Constant::of(keep ? Extents(x.shape.size(), 1) : Extents{},
                       std::vector{static_cast<std::int64_t>(value)})};
}

// Of weights that a network standardises: with their own statistics, over all axes but the second, or with given ones.
std::vector<Constant> normalised(const Folding& f) {
  const Constant& x = f.input(0);
  require(!x.whole && x.shape.size() >= 2, "wrong input (found ", to_string(x.shape), ")");
  const bool own = integer_attribute(f.node, "training_mode", 0) == 1;
  for (std::size_t i = 1; i < (own ? 3u : 5u); ++i)
    require(f.input(i).count() == x.shape[1], "statistics of another number than channels");
  const std::int64_t channels = x.shape[1],
                     inner = product(Extents(x.shape.begin() + 2, x.shape.end())),
                     each = x.count() / std::max<std::int64_t>(channels, 1);
  const double epsilon = real_attribute(f.node, "epsilon", 1e-5f);
  std::vector<float> out(x.floats().size());
  for (std::int64_t c = 0; c < channels; ++c) {
    const auto at = [&](std::int64_t i) { return (i / inner * channels + c) * inner + i % inner; };
    double mean = own ? 0 : f.input(3).at(c), variance = own ? 0 : f.input(4).at(c);
    for (std::int64_t i = 0; own && i < each; ++i) mean += x.at(at(i)) / static_cast<double>(each);
    for (std::int64_t i = 0; own && i < each; ++i)
      variance += (x.at(at(i)) - mean) * (x.at(at(i)) - mean) / static_cast<double>(each);
    const double scale = f.input(1).at(c) / std::sqrt(variance + epsilon), shift = f.input(2).at(c);
    for (std::int64_t i = 0; i < each; ++i)
      out[static_cast<std::size_t>(at(i))] =
          static_cast<float>((x.at(at(i)) - mean) * scale + shift);
  }
  return {Constant::of(x.shape, std::move(out))};
}

// Values taken together along axes, in double and rounded once.
struct Reduction {
  double start;
  double (*with)(double so_far, double x);
  double (*end)(double all, std::int64_t count) = [](double all, std::int64_t) { return all; };
};

std::vector<Constant> reduced(const Folding& f, const Reduction& reduction) {
  const Constant& x = f.input(0);
  require(!x.whole, "wrong type (found integers; expected reals)");
  const int rank = static_cast<int>(x.shape.size());
  std::set<int> axes;
  for (const std::int64_t axis : f.integers(1, "axes", {})) axes.insert(axis_of(axis, rank));
  if (axes.empty() && integer_attribute(f.node, "noop_with_empty_axes", 0) != 0) return {x};
  const bool keep = integer_attribute(f.node, "keepdims", 1) != 0;
  Extents inside = x.shape, shape;
  std::int64_t each = 1;
  for (int k = 0; k < rank; ++k) {
    const auto at = static_cast<std::size_t>(k);
    if (axes.empty() || axes.contains(k)) {
      each *= x.shape[at];
      inside[at] = 1;
      if (keep) shape.push_back(1);
    } else {
      shape.push_back(x.shape[at]);
    }
  }
  std::vector<double> sums(static_cast<std::size_t>(product(inside)), reduction.start);
  for (std::int64_t i = 0; i < x.count(); ++i) {
    double& sum = sums[static_cast<std::size_t>(broadcast_index(i, x.shape, inside))];
    sum = reduction.with(sum, x.at(i));
  }
  std::vector<float> out;
  for (const double sum : sums) out.push_back(static_cast<float>(reduction.end(sum, each)));
  return {Constant::of(shape, std::move(out))};
}

double sum_of(double sum, double x) { return sum + x; }

std::vector<Constant> mean(const Folding& f) {
  return reduced(
      f, {0, sum_of, [](double sum, std::int64_t n) { return sum / static_cast<double>(n); }});
}
std::vector<Constant> sum(const Folding& f) { return reduced(f, {0, sum_of}); }
std::vector<Constant> largest(const Folding& f) {
  return reduced(f, {-INFINITY, [](double all, double x) { return std::max(all, x); }});
}
std::vector<Constant> norm(const Folding& f) {
  return reduced(f, {0, [](double all, double x) { return all + x * x; },
                     [](double all, std::int64_t) { return std::sqrt(all); }});
}

// (x − zero point)·scale: weights that were quantised for storage.
std::vector<Constant> dequantised(const Folding& f) {
  const Constant &x = f.input(0), &scale = f.input(1);
  require(x.whole && !scale.whole, "wrong types (expected integers and a real scale)");
  const auto rank = static_cast<int>(x.shape.size());
  const bool per_axis = scale.count() != 1;
  std::int64_t inner = 1, channels = 1;
  if (per_axis) {
    const auto axis = static_cast<std::size_t>(axis_of(integer_attribute(f.node, "axis", 1), rank));
    channels = x.shape[axis];
    inner =
        product(Extents(x.shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.shape.end()));
    require(scale.count() == channels, "scales of another number (found ", scale.count(),
            "; expected ", channels, ")");
  }
  require(!f.has(2) || f.input(2).count() == scale.count(),
          "zero points of another number than scales");
  std::vector<float> out;
  for (std::int64_t i = 0; i < x.count(); ++i) {
    const std::int64_t c = per_axis ? i / inner % channels : 0;
    const double zero = f.has(2) ? f.input(2).at(c) : 0;
    out.push_back(static_cast<float>((x.at(i) - zero) * scale.at(c)));
  }
  return {Constant::of(x.shape, std::move(out))};
}

}  // namespace

const FoldTable& reduction_folds() {
  static const FoldTable table{{"ReduceProd", reduce_product},
                               {"BatchNormalization", normalised},
                               {"ReduceMean", mean},
                               {"ReduceSum", sum},
                               {"ReduceMax", largest},
                               {"ReduceL2", norm},
                               {"DequantizeLinear", dequantised}};
  return table;
}

}  // namespace pellucid
