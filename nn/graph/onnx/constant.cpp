#include "nn/graph/onnx/constant.h"

#include <algorithm>

#include "runtime/error.h"

namespace pellucid {

Constant Constant::of(Extents shape, std::vector<std::int64_t> integers) {
  return {std::move(shape), true, std::move(integers), nullptr};
}

Constant Constant::of(Extents shape, std::vector<float> reals) {
  return {
      std::move(shape), false, {}, std::make_shared<const std::vector<float>>(std::move(reals))};
}

const std::vector<float>& Constant::floats() const {
  require(!whole, "wrong type (found integers; expected reals)");
  return *reals;
}

const std::vector<std::int64_t>& Constant::whole_numbers() const {
  require(whole, "wrong type (found reals; expected integers)");
  return integers;
}

Constant Constant::of(const OnnxTensor& tensor) {
  if (tensor.is_floating()) return of(tensor.shape, tensor.floats());
  return of(tensor.shape, tensor.integers());
}

Extents broadcast(const Extents& a, const Extents& b) {
  Extents out(std::max(a.size(), b.size()), 1);
  for (std::size_t k = 0; k < out.size(); ++k) {
    const auto of = [&](const Extents& x) {
      return k < x.size() ? x[x.size() - 1 - k] : std::int64_t{1};
    };
    require(of(a) == of(b) || of(a) == 1 || of(b) == 1, "shapes that do not broadcast (found ",
            to_string(a), " and ", to_string(b), "; expected extents that are equal or 1)");
    out[out.size() - 1 - k] = of(a) == 1 ? of(b) : of(a);
  }
  return out;
}

int axis_of(std::int64_t axis, int rank) {
  require(axis >= -rank && axis < rank, "no such axis (found ", axis,
          "; expected one of a tensor of ", rank, " axes)");
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Extents reshape_extents(const Extents& from, const Extents& wanted, bool zero_is_zero) {
  Extents out = wanted;
  std::int64_t known = 1;
  std::ptrdiff_t open = -1;
  for (std::size_t k = 0; k < out.size(); ++k) {
    if (out[k] == 0 && !zero_is_zero) {
      require(k < from.size(), "bad shape (found a 0 at place ", k, " for ", to_string(from),
              "; expected an extent)");
      out[k] = from[k];
    }
    require(out[k] >= -1, "bad shape (found ", to_string(wanted), "; expected extents, 0 or -1)");
    if (out[k] == -1) {
      require(open < 0, "bad shape (found -1 twice in ", to_string(wanted), "; expected it once)");
      open = static_cast<std::ptrdiff_t>(k);
    } else {
      require(out[k] == 0 || known <= kMostConstantValues / std::max<std::int64_t>(out[k], 1),
              "bad shape (found ", to_string(wanted), "; expected fewer elements)");
      known *= out[k];
    }
  }
  const std::int64_t count = product(from);
  if (open >= 0) {
    require(known > 0 && count % known == 0, "shapes of different sizes (found ", to_string(from),
            " for ", to_string(wanted), "; expected as many elements)");
    out[static_cast<std::size_t>(open)] = count / known;
  }
  require(product(out) == count, "shapes of different sizes (found ", to_string(from), " for ",
          to_string(wanted), "; expected as many elements)");
  return out;
}

SliceRange slice_range(std::int64_t start, std::int64_t end, std::int64_t step,
                       std::int64_t extent) {
  require(step != 0, "bad step (found 0; expected another)");
  step = std::clamp(step, -(extent + 1), extent + 1);
  const auto inside = [&](std::int64_t at) {
    at = std::clamp<std::int64_t>(at, -extent - 1, extent);  // before it is added to
    if (at < 0) at += extent;
    return step > 0 ? std::clamp<std::int64_t>(at, 0, extent)
                    : std::clamp<std::int64_t>(at, -1, extent - 1);
  };
  const std::int64_t first = inside(start), last = inside(end);
  const std::int64_t room = step > 0 ? last - first : first - last;
  const std::int64_t size = step > 0 ? step : -step;
  return {first, step, room <= 0 ? 0 : (room + size - 1) / size};
}

namespace {

const OnnxAttribute* found(const OnnxNode& node, std::string_view name, OnnxAttribute::Kind kind) {
  const OnnxAttribute* attribute = node.find(name);
  require(!attribute || attribute->kind == kind, "attribute ", name, ": wrong kind");
  return attribute;
}

}  // namespace

std::int64_t integer_attribute(const OnnxNode& node, std::string_view name,
                               std::int64_t otherwise) {
  const auto* a = found(node, name, OnnxAttribute::Kind::integer);
  return a ? a->integer : otherwise;
}

float real_attribute(const OnnxNode& node, std::string_view name, float otherwise) {
  const auto* a = found(node, name, OnnxAttribute::Kind::real);
  return a ? a->real : otherwise;
}

std::string text_attribute(const OnnxNode& node, std::string_view name,
                           std::string_view otherwise) {
  const auto* a = found(node, name, OnnxAttribute::Kind::text);
  return a ? a->text : std::string(otherwise);
}

Extents integers_attribute(const OnnxNode& node, std::string_view name, const Extents& otherwise) {
  const auto* a = found(node, name, OnnxAttribute::Kind::integers);
  return a ? a->integers : otherwise;
}

}  // namespace pellucid
