// fold.cpp: operations on constants. Exporters compute shapes in the network; with the picture's size known all of that
// is arithmetic on a few integers, and no kernel.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "nn/graph/onnx/constant.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

struct Folding {
  const OnnxNode& node;
  std::int64_t opset;
  const std::vector<const Constant*>& inputs;

  const Constant& input(std::size_t i) const {
    require(i < inputs.size() && inputs[i], "an input is missing (found ", inputs.size(),
            "; expected one at place ", i, ")");
    return *inputs[i];
  }
  bool has(std::size_t i) const { return i < inputs.size() && inputs[i]; }
  // Of an input, or of the attribute that older versions have.
  Extents integers(std::size_t i, std::string_view attribute, const Extents& otherwise) const {
    if (!has(i)) return integers_attribute(node, attribute, otherwise);
    require(input(i).whole, "input ", i, ": wrong type (found reals; expected integers)");
    return input(i).integers;
  }
};

using Fold = std::vector<Constant> (*)(const Folding&);

void expect_known(std::int64_t value) {
  require(value != kFreeBatch,
          "the number of pictures enters arithmetic (expected a network whose batch stays free)");
}

void expect_count(const Extents& extents) {
  std::int64_t count = 1;
  for (const std::int64_t extent : extents) {
    expect_known(extent);
    require(extent >= 0 && (extent == 0 || count <= kMostConstantValues / extent),
            "a constant is too large (found ", to_string(extents), "; expected at most ",
            kMostConstantValues, " values)");
    count *= extent;
  }
}

// A constant of the source's type: element i is the source's at(i).
template <class At>
Constant gathered(const Constant& source, Extents shape, const At& at) {
  expect_count(shape);
  const std::int64_t count = product(shape);
  Constant out{std::move(shape), source.whole, {}, nullptr};
  std::vector<float> reals;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto from = static_cast<std::size_t>(at(i));
    if (source.whole) out.integers.push_back(source.integers[from]);
    else reals.push_back(source.floats()[from]);
  }
  if (!source.whole) out.reals = std::make_shared<const std::vector<float>>(std::move(reals));
  return out;
}

Constant with_shape(const Constant& source, Extents shape) {
  Constant out = source;
  out.shape = std::move(shape);
  return out;
}

// Element `index` of `out` as an element of a tensor of `from` that is broadcast to it.
std::int64_t broadcast_index(std::int64_t index, const Extents& out, const Extents& from) {
  std::int64_t at = 0, stride = 1;
  for (std::size_t k = 1; k <= out.size(); ++k) {
    const std::int64_t extent = out[out.size() - k], i = index % extent;
    index /= extent;
    if (k > from.size()) continue;
    const std::int64_t own = from[from.size() - k];
    if (own != 1) at += i * stride;
    stride *= own;
  }
  return at;
}

template <class OfIntegers, class OfReals>
std::vector<Constant> binary(const Folding& f, const OfIntegers& of_integers,
                             const OfReals& of_reals, bool makes_booleans = false) {
  const Constant &a = f.input(0), &b = f.input(1);
  require(a.whole == b.whole, "inputs of different types");
  Extents shape = broadcast(a.shape, b.shape);
  expect_count(shape);
  const std::int64_t count = product(shape);
  std::vector<std::int64_t> integers;
  std::vector<float> reals;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t ia = broadcast_index(i, shape, a.shape),
                       ib = broadcast_index(i, shape, b.shape);
    if (a.whole) {
      const std::int64_t x = a.integers[static_cast<std::size_t>(ia)],
                         y = b.integers[static_cast<std::size_t>(ib)];
      if (!makes_booleans) {
        expect_known(x);
        expect_known(y);
      }
      integers.push_back(of_integers(x, y));
    } else if (makes_booleans) {
      integers.push_back(of_reals(a.at(ia), b.at(ib)) != 0);
    } else {
      reals.push_back(static_cast<float>(of_reals(a.at(ia), b.at(ib))));
    }
  }
  if (a.whole || makes_booleans) return {Constant::of(shape, std::move(integers))};
  return {Constant::of(shape, std::move(reals))};
}

// Of one input or more: the first two, then their result and the third.
template <class OfIntegers, class OfReals>
std::vector<Constant> of_all(const Folding& f, const OfIntegers& of_integers,
                             const OfReals& of_reals) {
  Constant result = f.input(0);
  for (std::size_t i = 1; i < f.inputs.size(); ++i) {
    const std::vector<const Constant*> two{&result, &f.input(i)};
    result = binary({f.node, f.opset, two}, of_integers, of_reals)[0];
  }
  return {result};
}

std::int64_t wrapping(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t bits(std::int64_t value) { return static_cast<std::uint64_t>(value); }

std::int64_t divided(std::int64_t a, std::int64_t b) {
  require(b != 0, "a division by 0");
  return b == -1 ? wrapping(0 - bits(a)) : a / b;
}

std::int64_t power(std::int64_t base, std::int64_t exponent) {
  require(exponent >= 0 && exponent <= 62, "bad exponent (found ", exponent, ")");
  std::uint64_t out = 1;
  for (std::int64_t i = 0; i < exponent; ++i) out *= bits(base);
  return wrapping(out);
}

// Of integers or reals.
template <class OfNumber>
std::vector<Constant> of_numbers(const Folding& f, const OfNumber& of_number) {
  Constant x = f.input(0);
  if (x.whole) {
    for (std::int64_t& value : x.integers) {
      expect_known(value);
      value = of_number(value);
    }
    return {x};
  }
  std::vector<float> reals;
  for (const float value : x.floats()) reals.push_back(of_number(value));
  return {Constant::of(x.shape, std::move(reals))};
}

template <class OfReals>
std::vector<Constant> unary(const Folding& f, const OfReals& of_reals) {
  const Constant& x = f.input(0);
  require(!x.whole, "wrong type (found integers; expected reals)");
  std::vector<float> reals;
  for (const float value : x.floats()) reals.push_back(static_cast<float>(of_reals(double{value})));
  return {Constant::of(x.shape, std::move(reals))};
}

std::vector<Constant> constant(const Folding& f) {
  for (const OnnxAttribute& a : f.node.attributes) {
    if (a.name == "value" && a.tensor) return {Constant::of(*a.tensor)};
    if (a.name == "value_float") return {Constant::of({}, std::vector<float>{a.real})};
    if (a.name == "value_int") return {Constant::of({}, std::vector<std::int64_t>{a.integer})};
    if (a.name == "value_floats")
      return {Constant::of({static_cast<std::int64_t>(a.reals.size())}, a.reals)};
    if (a.name == "value_ints")
      return {Constant::of({static_cast<std::int64_t>(a.integers.size())}, a.integers)};
  }
  fail("a constant without a number (found text or a sparse tensor; expected numbers)");
}

std::vector<Constant> constant_of_shape(const Folding& f) {
  const Extents shape = f.input(0).integers;
  expect_count(shape);
  const auto count = static_cast<std::size_t>(product(shape));
  const OnnxAttribute* value = f.node.find("value");
  if (!value || !value->tensor) return {Constant::of(shape, std::vector<float>(count, 0.0f))};
  const Constant one = Constant::of(*value->tensor);
  require(one.count() == 1, "attribute value: wrong size (found ", one.count(),
          "; expected 1 value)");
  if (one.whole) return {Constant::of(shape, std::vector<std::int64_t>(count, one.integers[0]))};
  return {Constant::of(shape, std::vector<float>(count, one.floats()[0]))};
}

std::vector<Constant> cast(const Folding& f) {
  const Constant& x = f.input(0);
  const auto to = static_cast<OnnxType>(integer_attribute(f.node, "to", 1));
  const bool real =
      to == OnnxType::f32 || to == OnnxType::f64 || to == OnnxType::f16 || to == OnnxType::bf16;
  if (real != x.whole) return {x};
  if (real) {
    std::vector<float> reals;
    for (const std::int64_t value : x.integers) {
      expect_known(value);
      reals.push_back(static_cast<float>(value));
    }
    return {Constant::of(x.shape, std::move(reals))};
  }
  std::vector<std::int64_t> integers;
  for (const float value : x.floats()) {
    require(std::abs(value) < 9e18f, "a cast out of range (found ", value, ")");
    integers.push_back(to == OnnxType::boolean ? value != 0 : static_cast<std::int64_t>(value));
  }
  return {Constant::of(x.shape, std::move(integers))};
}

std::vector<Constant> gather(const Folding& f) {
  const Constant &x = f.input(0), &index = f.input(1);
  const int axis = axis_of(integer_attribute(f.node, "axis", 0), static_cast<int>(x.shape.size()));
  const auto begin = x.shape.begin();
  Extents shape(begin, begin + axis);
  shape.insert(shape.end(), index.shape.begin(), index.shape.end());
  shape.insert(shape.end(), begin + axis + 1, x.shape.end());
  const std::int64_t extent = x.shape[static_cast<std::size_t>(axis)],
                     inner = product(Extents(begin + axis + 1, x.shape.end())),
                     indices = index.count();
  require(index.whole, "indices of the wrong type");
  return {gathered(x, shape, [&](std::int64_t i) {
    const std::int64_t row = i / inner;
    const std::int64_t at = index.integers[static_cast<std::size_t>(row % indices)];
    require(at >= -extent && at < extent, "an index out of range (found ", at, "; expected one of ",
            extent, ")");
    return ((row / indices) * extent + (at < 0 ? at + extent : at)) * inner + i % inner;
  })};
}

std::vector<Constant> concatenated(const Folding& f) {
  const Constant& first = f.input(0);
  const int rank = static_cast<int>(first.shape.size());
  const auto axis = static_cast<std::size_t>(axis_of(integer_attribute(f.node, "axis", 0), rank));
  Extents shape = first.shape;
  shape[axis] = 0;
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    const Constant& x = f.input(i);
    require(x.whole == first.whole && static_cast<int>(x.shape.size()) == rank,
            "inputs of different kinds");
    for (std::size_t k = 0; k < shape.size(); ++k)
      require(k == axis || x.shape[k] == shape[k], "inputs of different shapes");
    shape[axis] += x.shape[axis];
  }
  expect_count(shape);
  const std::int64_t outer =
      product(Extents(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(axis)));
  std::vector<std::int64_t> integers;
  std::vector<float> reals;
  for (std::int64_t row = 0; row < outer; ++row)
    for (std::size_t i = 0; i < f.inputs.size(); ++i) {
      const Constant& x = f.input(i);
      const std::int64_t size = x.count() / outer;
      for (std::int64_t j = row * size; j < (row + 1) * size; ++j)
        if (x.whole) integers.push_back(x.integers[static_cast<std::size_t>(j)]);
        else reals.push_back(x.floats()[static_cast<std::size_t>(j)]);
    }
  if (first.whole) return {Constant::of(shape, std::move(integers))};
  return {Constant::of(shape, std::move(reals))};
}

std::vector<Constant> slice(const Folding& f) {
  const Constant& x = f.input(0);
  const int rank = static_cast<int>(x.shape.size());
  const Extents starts = f.integers(1, "starts", {}), ends = f.integers(2, "ends", {});
  Extents axes = f.integers(3, "axes", {}), steps = f.has(4) ? f.input(4).integers : Extents{};
  require(starts.size() == ends.size(), "starts and ends of different numbers");
  if (axes.empty())
    for (std::size_t k = 0; k < starts.size(); ++k) axes.push_back(static_cast<std::int64_t>(k));
  if (steps.empty()) steps.assign(starts.size(), 1);
  require(axes.size() == starts.size() && steps.size() == starts.size(),
          "axes or steps of another number");
  std::vector<SliceRange> ranges;
  for (const std::int64_t extent : x.shape) ranges.push_back({0, 1, extent});
  for (std::size_t k = 0; k < starts.size(); ++k) {
    const auto axis = static_cast<std::size_t>(axis_of(axes[k], rank));
    ranges[axis] = slice_range(starts[k], ends[k], steps[k], x.shape[axis]);
  }
  Extents shape;
  for (const SliceRange& range : ranges) shape.push_back(range.extent);
  return {gathered(x, shape, [&](std::int64_t i) {
    std::int64_t at = 0, stride = 1;
    for (std::size_t k = shape.size(); k-- > 0;) {
      at += (ranges[k].start + ranges[k].step * (i % shape[k])) * stride;
      i /= shape[k];
      stride *= x.shape[k];
    }
    return at;
  })};
}

std::vector<Constant> unsqueeze(const Folding& f) {
  const Constant& x = f.input(0);
  const Extents axes = f.integers(1, "axes", {});
  const int rank = static_cast<int>(x.shape.size() + axes.size());
  require(rank <= 16, "too many axes (found ", rank, ")");
  std::set<int> added;
  for (const std::int64_t axis : axes) added.insert(axis_of(axis, rank));
  require(added.size() == axes.size(), "an axis twice");
  Extents shape;
  std::size_t next = 0;
  for (int k = 0; k < rank; ++k) shape.push_back(added.contains(k) ? 1 : x.shape[next++]);
  return {with_shape(x, shape)};
}

std::vector<Constant> squeeze(const Folding& f) {
  const Constant& x = f.input(0);
  const int rank = static_cast<int>(x.shape.size());
  std::set<int> removed;
  for (const std::int64_t axis : f.integers(1, "axes", {})) removed.insert(axis_of(axis, rank));
  Extents shape;
  for (int k = 0; k < rank; ++k) {
    const std::int64_t extent = x.shape[static_cast<std::size_t>(k)];
    if (removed.empty() ? extent == 1 : removed.contains(k))
      require(extent == 1, "an axis of extent ", extent, " cannot be removed");
    else shape.push_back(extent);
  }
  return {with_shape(x, shape)};
}

std::vector<Constant> reshape(const Folding& f) {
  const Constant& x = f.input(0);
  const Extents wanted = f.integers(1, "shape", {});
  for (const std::int64_t extent : wanted) expect_known(extent);
  return {with_shape(
      x, reshape_extents(x.shape, wanted, integer_attribute(f.node, "allowzero", 0) != 0))};
}

std::vector<Constant> flatten(const Folding& f) {
  const Constant& x = f.input(0);
  const std::int64_t axis = integer_attribute(f.node, "axis", 1);
  const auto rank = static_cast<std::int64_t>(x.shape.size());
  require(axis >= -rank && axis <= rank, "no such axis (found ", axis, ")");
  const auto middle = x.shape.begin() + (axis < 0 ? axis + rank : axis);
  return {with_shape(
      x, {product(Extents(x.shape.begin(), middle)), product(Extents(middle, x.shape.end()))})};
}

std::vector<Constant> transpose(const Folding& f) {
  const Constant& x = f.input(0);
  const auto rank = static_cast<std::int64_t>(x.shape.size());
  Extents reversed;
  for (std::int64_t k = rank; k-- > 0;) reversed.push_back(k);
  const Extents order = integers_attribute(f.node, "perm", reversed);
  require(std::is_permutation(order.begin(), order.end(), reversed.begin(), reversed.end()),
          "attribute perm: no permutation (found ", to_string(order), ")");
  Extents shape, strides(x.shape.size(), 1), taken;
  for (std::size_t k = x.shape.size(); k-- > 1;) strides[k - 1] = strides[k] * x.shape[k];
  for (const std::int64_t axis : order) {
    shape.push_back(x.shape[static_cast<std::size_t>(axis)]);
    taken.push_back(strides[static_cast<std::size_t>(axis)]);
  }
  return {gathered(x, shape, [&](std::int64_t i) {
    std::int64_t at = 0;
    for (std::size_t k = shape.size(); k-- > 0; i /= shape[k]) at += (i % shape[k]) * taken[k];
    return at;
  })};
}

std::vector<Constant> expand(const Folding& f) {
  const Constant& x = f.input(0);
  for (const std::int64_t extent : f.input(1).integers) expect_known(extent);
  const Extents shape = broadcast(x.shape, f.input(1).integers);
  return {gathered(x, shape, [&](std::int64_t i) { return broadcast_index(i, shape, x.shape); })};
}

std::vector<Constant> range(const Folding& f) {
  const Constant &start = f.input(0), &limit = f.input(1), &delta = f.input(2);
  for (const Constant* each : {&start, &limit, &delta}) {
    require(each->count() == 1 && each->whole == start.whole,
            "wrong inputs (expected three numbers of one type)");
    if (each->whole) expect_known(each->integers[0]);
  }
  require(delta.at(0) != 0, "a step of 0");
  const double steps = std::ceil((limit.at(0) - start.at(0)) / delta.at(0));
  require(steps <= static_cast<double>(kMostConstantValues), "too many values (found ", steps, ")");
  const auto count = static_cast<std::int64_t>(std::max(steps, 0.0));
  if (start.whole) {
    std::vector<std::int64_t> values;
    for (std::int64_t i = 0; i < count; ++i)
      values.push_back(start.integers[0] + i * delta.integers[0]);
    return {Constant::of({count}, std::move(values))};
  }
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<float>(start.at(0) + static_cast<double>(i) * delta.at(0)));
  return {Constant::of({count}, std::move(values))};
}

std::vector<Constant> where(const Folding& f) {
  const Constant &condition = f.input(0), &a = f.input(1), &b = f.input(2);
  require(condition.whole && a.whole == b.whole, "inputs of different types");
  const Extents shape = broadcast(condition.shape, broadcast(a.shape, b.shape));
  expect_count(shape);
  std::vector<std::int64_t> integers;
  std::vector<float> reals;
  for (std::int64_t i = 0; i < product(shape); ++i) {
    const bool first =
        condition.integers[static_cast<std::size_t>(broadcast_index(i, shape, condition.shape))] !=
        0;
    const Constant& from = first ? a : b;
    const auto at = static_cast<std::size_t>(broadcast_index(i, shape, from.shape));
    if (a.whole) integers.push_back(from.integers[at]);
    else reals.push_back(from.floats()[at]);
  }
  if (a.whole) return {Constant::of(shape, std::move(integers))};
  return {Constant::of(shape, std::move(reals))};
}

std::vector<Constant> split(const Folding& f) {
  const Constant& x = f.input(0);
  const auto axis = static_cast<std::size_t>(
      axis_of(integer_attribute(f.node, "axis", 0), static_cast<int>(x.shape.size())));
  const auto outputs = static_cast<std::int64_t>(f.node.outputs.size());
  const std::int64_t extent = x.shape[axis], part = (extent + outputs - 1) / outputs;
  Extents sizes = f.integers(1, "split", {});
  for (std::int64_t k = 0, left = extent; sizes.size() < f.node.outputs.size(); ++k, left -= part)
    sizes.push_back(std::clamp<std::int64_t>(left, 0, part));
  require(static_cast<std::int64_t>(sizes.size()) == outputs,
          "as many parts as outputs are needed");
  std::vector<Constant> out;
  std::int64_t begin = 0;
  const std::int64_t inner =
      product(Extents(x.shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.shape.end()));
  for (const std::int64_t size : sizes) {
    require(size >= 0 && size <= extent - begin, "parts that do not fit (found ", to_string(sizes),
            " of ", extent, ")");
    Extents shape = x.shape;
    shape[axis] = size;
    out.push_back(gathered(x, shape, [&](std::int64_t i) {
      return (i / (size * inner) * extent + begin) * inner + i % (size * inner);
    }));
    begin += size;
  }
  return out;
}

std::vector<Constant> reduce_product(const Folding& f) {
  const Constant& x = f.input(0);
  require(x.whole && (f.integers(1, "axes", {}).empty() || x.shape.size() == 1),
          "only of all integers");
  std::uint64_t value = 1;
  for (const std::int64_t each : x.integers) {
    expect_known(each);
    value *= bits(each);
  }
  const bool keep = integer_attribute(f.node, "keepdims", 1) != 0;
  return {
      Constant::of(keep ? Extents(x.shape.size(), 1) : Extents{}, std::vector{wrapping(value)})};
}

// Of weights that a network standardises: with their own statistics, over all axes but the second, or with given ones.
std::vector<Constant> normalised(const Folding& f) {
  const Constant& x = f.input(0);
  require(!x.whole && x.shape.size() >= 2, "wrong input (found ", to_string(x.shape), ")");
  const bool own = integer_attribute(f.node, "training_mode", 0) == 1;
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

// Mean, sum and largest along axes, in double and rounded once.
std::vector<Constant> reduced(const Folding& f) {
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
  std::vector<double> sums(static_cast<std::size_t>(product(inside)),
                           f.node.op == "ReduceMax" ? -INFINITY : 0.0);
  for (std::int64_t i = 0; i < x.count(); ++i) {
    double& sum = sums[static_cast<std::size_t>(broadcast_index(i, x.shape, inside))];
    sum = f.node.op == "ReduceMax" ? std::max(sum, x.at(i))
                                   : sum + (f.node.op == "ReduceL2" ? x.at(i) * x.at(i) : x.at(i));
  }
  std::vector<float> out;
  for (const double sum : sums)
    out.push_back(static_cast<float>(f.node.op == "ReduceMean" ? sum / static_cast<double>(each)
                                     : f.node.op == "ReduceL2" ? std::sqrt(sum)
                                                               : sum));
  return {Constant::of(shape, std::move(out))};
}

std::vector<Constant> clipped(const Folding& f) {
  const float least =
                  f.has(1) ? f.input(1).floats().at(0) : real_attribute(f.node, "min", -INFINITY),
              most = f.has(2) ? f.input(2).floats().at(0) : real_attribute(f.node, "max", INFINITY);
  return unary(f, [&](double x) { return std::min<double>(std::max<double>(x, least), most); });
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

std::vector<Constant> tile(const Folding& f) {
  const Constant& x = f.input(0);
  const Extents& repeats = f.input(1).integers;
  require(repeats.size() == x.shape.size(), "repeats of another number than axes");
  Extents shape = x.shape;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    require(repeats[k] >= 0 && repeats[k] <= kMostConstantValues, "bad repeats (found ", repeats[k],
            ")");
    shape[k] *= repeats[k];
  }
  return {gathered(x, shape, [&](std::int64_t i) {
    std::int64_t at = 0, stride = 1;
    for (std::size_t k = shape.size(); k-- > 0; i /= shape[k]) {
      at += (i % shape[k]) % x.shape[k] * stride;
      stride *= x.shape[k];
    }
    return at;
  })};
}

const std::map<std::string_view, Fold>& folds() {
  static const std::map<std::string_view, Fold> table{
      {"Constant", constant},
      {"ConstantOfShape", constant_of_shape},
      {"Identity", [](const Folding& f) { return std::vector{f.input(0)}; }},
      {"Cast", cast},
      {"Shape",
       [](const Folding& f) {
         const Extents& shape = f.input(0).shape;
         const auto rank = static_cast<std::int64_t>(shape.size());
         const SliceRange part = slice_range(integer_attribute(f.node, "start", 0),
                                             integer_attribute(f.node, "end", rank), 1, rank);
         const auto begin = shape.begin() + part.start;
         return std::vector{Constant::of({part.extent}, Extents(begin, begin + part.extent))};
       }},
      {"Size",
       [](const Folding& f) {
         return std::vector{Constant::of({}, std::vector{f.input(0).count()})};
       }},
      {"Gather", gather},
      {"Concat", concatenated},
      {"Slice", slice},
      {"Unsqueeze", unsqueeze},
      {"Squeeze", squeeze},
      {"Reshape", reshape},
      {"Flatten", flatten},
      {"Transpose", transpose},
      {"Expand", expand},
      {"Range", range},
      {"Where", where},
      {"Split", split},
      {"Tile", tile},
      {"ReduceProd", reduce_product},
      {"BatchNormalization", normalised},
      {"ReduceMean", reduced},
      {"ReduceSum", reduced},
      {"ReduceMax", reduced},
      {"ReduceL2", reduced},
      {"Clip", clipped},
      {"DequantizeLinear", dequantised},
      {"Not",
       [](const Folding& f) {
         Constant x = f.input(0);
         require(x.whole, "wrong type");
         for (std::int64_t& value : x.integers) value = value == 0;
         return std::vector{x};
       }},
      {"Add",
       [](const Folding& f) {
         return binary(
             f, [](auto a, auto b) { return wrapping(bits(a) + bits(b)); },
             [](double a, double b) { return a + b; });
       }},
      {"Sub",
       [](const Folding& f) {
         return binary(
             f, [](auto a, auto b) { return wrapping(bits(a) - bits(b)); },
             [](double a, double b) { return a - b; });
       }},
      {"Mul",
       [](const Folding& f) {
         return binary(
             f, [](auto a, auto b) { return wrapping(bits(a) * bits(b)); },
             [](double a, double b) { return a * b; });
       }},
      {"Div",
       [](const Folding& f) {
         return binary(f, divided, [](double a, double b) { return a / b; });
       }},
      {"Pow",
       [](const Folding& f) {
         return binary(f, power, [](double a, double b) { return std::pow(a, b); });
       }},
      {"Mod",
       [](const Folding& f) {
         const bool sign_of_first = integer_attribute(f.node, "fmod", 0) != 0;
         return binary(
             f,
             [sign_of_first](std::int64_t a, std::int64_t b) {
               require(b != 0, "a division by 0");
               if (b == -1) return std::int64_t{0};
               return sign_of_first || a % b == 0 || (a < 0) == (b < 0) ? a % b : a % b + b;
             },
             [sign_of_first](double a, double b) {
               const double left = std::fmod(a, b);
               return sign_of_first || left == 0 || (left < 0) == (b < 0) ? left : left + b;
             });
       }},
      {"Min",
       [](const Folding& f) {
         return of_all(
             f, [](auto a, auto b) { return std::min(a, b); },
             [](double a, double b) { return std::min(a, b); });
       }},
      {"Max",
       [](const Folding& f) {
         return of_all(
             f, [](auto a, auto b) { return std::max(a, b); },
             [](double a, double b) { return std::max(a, b); });
       }},
      {"Equal",
       [](const Folding& f) { return binary(f, std::equal_to<>(), std::equal_to<>(), true); }},
      {"Greater",
       [](const Folding& f) { return binary(f, std::greater<>(), std::greater<>(), true); }},
      {"Less", [](const Folding& f) { return binary(f, std::less<>(), std::less<>(), true); }},
      {"GreaterOrEqual",
       [](const Folding& f) {
         return binary(f, std::greater_equal<>(), std::greater_equal<>(), true);
       }},
      {"LessOrEqual",
       [](const Folding& f) { return binary(f, std::less_equal<>(), std::less_equal<>(), true); }},
      {"And",
       [](const Folding& f) {
         return binary(f, std::logical_and<>(), std::logical_and<>(), true);
       }},
      {"Or",
       [](const Folding& f) { return binary(f, std::logical_or<>(), std::logical_or<>(), true); }},
      {"Sqrt", [](const Folding& f) { return unary(f, [](double x) { return std::sqrt(x); }); }},
      {"Exp", [](const Folding& f) { return unary(f, [](double x) { return std::exp(x); }); }},
      {"Log", [](const Folding& f) { return unary(f, [](double x) { return std::log(x); }); }},
      {"Abs",
       [](const Folding& f) { return of_numbers(f, [](auto x) { return x < 0 ? -x : x; }); }},
      {"Neg", [](const Folding& f) { return of_numbers(f, [](auto x) { return -x; }); }},
      {"Reciprocal", [](const Folding& f) { return unary(f, [](double x) { return 1 / x; }); }},
      {"Ceil", [](const Folding& f) { return unary(f, [](double x) { return std::ceil(x); }); }},
      {"Floor", [](const Folding& f) { return unary(f, [](double x) { return std::floor(x); }); }},
      {"Sigmoid",
       [](const Folding& f) { return unary(f, [](double x) { return 1 / (1 + std::exp(-x)); }); }},
      {"Softplus",
       [](const Folding& f) { return unary(f, [](double x) { return std::log1p(std::exp(x)); }); }},
      {"Tanh", [](const Folding& f) { return unary(f, [](double x) { return std::tanh(x); }); }},
      {"Relu",
       [](const Folding& f) { return unary(f, [](double x) { return std::max(x, 0.0); }); }},
  };
  return table;
}

}  // namespace

bool can_fold(const OnnxNode& node) { return node.domain.empty() && folds().contains(node.op); }

std::optional<std::vector<Constant>> fold(const OnnxNode& node, std::int64_t opset,
                                          const std::vector<const Constant*>& inputs) {
  const auto found = folds().find(node.op);
  if (found == folds().end() || !node.domain.empty()) return std::nullopt;
  return found->second({node, opset, inputs});
}

}  // namespace pellucid
