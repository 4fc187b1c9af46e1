// fold_layout.cpp: constants made, and values moved.
#include <algorithm>
#include <cmath>
#include <set>

#include "nn/graph/onnx/fold_parts.h"

namespace pellucid {
namespace {

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
  const Extents shape = f.input(0).whole_numbers();
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
  for (std::int64_t row = 0; row < outer && product(shape) > 0; ++row)
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
  Extents axes = f.integers(3, "axes", {}),
          steps = f.has(4) ? f.input(4).whole_numbers() : Extents{};
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
  for (const std::int64_t extent : f.input(1).whole_numbers()) expect_known(extent);
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
      values.push_back(static_cast<std::int64_t>(
          static_cast<std::uint64_t>(start.integers[0]) +
          static_cast<std::uint64_t>(i) * static_cast<std::uint64_t>(delta.integers[0])));
    return {Constant::of({count}, std::move(values))};
  }
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<float>(start.at(0) + static_cast<double>(i) * delta.at(0)));
  return {Constant::of({count}, std::move(values))};
}

std::vector<Constant> split(const Folding& f) {
  const Constant& x = f.input(0);
  const auto axis = static_cast<std::size_t>(
      axis_of(integer_attribute(f.node, "axis", 0), static_cast<int>(x.shape.size())));
  const auto outputs = static_cast<std::int64_t>(f.node.outputs.size());
  require(outputs > 0, "no outputs");
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

std::vector<Constant> tile(const Folding& f) {
  const Constant& x = f.input(0);
  const Extents& repeats = f.input(1).whole_numbers();
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

}  // namespace

const FoldTable& layout_folds() {
  static const FoldTable table{
      {"Constant", constant},
      {"ConstantOfShape", constant_of_shape},
      {"Identity", [](const Folding& f) { return std::vector{f.input(0)}; }},
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
      {"Split", split},
      {"Tile", tile}};
  return table;
}

}  // namespace pellucid
