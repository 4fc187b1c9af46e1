#include "nn/graph/onnx/layout.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace pellucid {
namespace {

std::size_t place(int i) { return static_cast<std::size_t>(i); }

}  // namespace

std::vector<int> axes_in_order(int rank) {
  std::vector<int> numbers(static_cast<std::size_t>(rank));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

std::int64_t product(const Extents& extents) {
  std::int64_t count = 1;
  for (const std::int64_t extent : extents)
    if (__builtin_mul_overflow(count, extent, &count))
      return std::numeric_limits<std::int64_t>::max();
  return count;
}

std::string to_string(const Extents& extents) {
  std::string text = "(";
  for (const std::int64_t extent : extents)
    text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
  return text + ")";
}

Layout::Layout(const Extents& extents)
    : Layout(extents, axes_in_order(static_cast<int>(extents.size()))) {}

Layout::Layout(const Extents& extents, const std::vector<int>& order) : extents_(extents) {
  for (int axis = 0; axis < rank(); ++axis)
    if (extent(axis) != 1) factors_.push_back({extent(axis), axis});
  memory_ = wanted(order);
}

// The factors in the order of these axes.
std::vector<int> Layout::wanted(const std::vector<int>& order) const {
  std::vector<int> factors;
  for (const int axis : order)
    for (int f = 0; f < static_cast<int>(factors_.size()); ++f)
      if (factors_[place(f)].axis == axis) factors.push_back(f);
  return factors;
}

Layout Layout::transposed(const std::vector<int>& order) const {
  Layout out = *this;
  std::vector<int> renamed(factors_.size());  // the new place of each factor
  out.factors_.clear();
  for (int k = 0; k < rank(); ++k) {
    out.extents_[place(k)] = extent(order[place(k)]);
    for (std::size_t f = 0; f < factors_.size(); ++f)
      if (factors_[f].axis == order[place(k)]) {
        renamed[f] = static_cast<int>(out.factors_.size());
        out.factors_.push_back({factors_[f].extent, k});
      }
  }
  for (int& factor : out.memory_) factor = renamed[place(factor)];
  return out;
}

std::optional<Layout> Layout::reshaped(const Extents& extents) const {
  // Both lists of extents are cut at the places where either is.
  std::vector<std::vector<int>> parts(factors_.size());  // of each factor, outermost first
  Layout out({});
  out.extents_ = extents;
  std::size_t f = 0;
  std::int64_t left = factors_.empty() ? 1 : factors_[0].extent;  // of the factor
  for (int axis = 0; axis < static_cast<int>(extents.size()); ++axis) {
    std::int64_t need = extents[place(axis)];
    while (need > 1) {
      const std::int64_t part =
          std::gcd(need, left) == std::min(need, left) ? std::min(need, left) : 0;
      if (part <= 1) return std::nullopt;
      parts[f].push_back(static_cast<int>(out.factors_.size()));
      out.factors_.push_back({part, axis});
      need /= part;
      left /= part;
      if (left == 1 && ++f < factors_.size()) left = factors_[f].extent;
    }
  }
  for (const int factor : memory_)
    out.memory_.insert(out.memory_.end(), parts[place(factor)].begin(), parts[place(factor)].end());
  return out;
}

std::optional<std::vector<int>> Layout::order() const {
  // One channel, or one row, lies anywhere, too: then it is a picture's, which what follows may make more of.
  if (const std::vector<int> picture{1, 2, 0}; rank() == 3 && is_in(picture)) return picture;
  std::vector<int> axes;
  for (const int factor : memory_)
    if (axes.empty() || axes.back() != factors_[place(factor)].axis)
      axes.push_back(factors_[place(factor)].axis);
  if (std::vector<int> sorted = axes;
      std::sort(sorted.begin(), sorted.end()),
      std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
    return std::nullopt;
  // Axes of extent 1 before the next axis that is there.
  for (int axis = rank() - 1; axis >= 0; --axis)
    if (extent(axis) == 1) {
      const auto behind = std::find(axes.begin(), axes.end(), axis + 1);
      axes.insert(behind, axis);
    }
  if (!is_in(axes)) return std::nullopt;
  return axes;
}

bool Layout::is_in(const std::vector<int>& order) const { return wanted(order) == memory_; }

Layout::Copy Layout::copy_to(const std::vector<int>& order) const {
  const std::vector<int> target = wanted(order);
  // Factors that stay neighbours in both are one axis of the copy.
  std::vector<int> at(factors_.size());
  for (std::size_t k = 0; k < target.size(); ++k) at[place(target[k])] = static_cast<int>(k);
  Copy copy;
  std::vector<int> run_at;  // of each run of memory: where it begins in the target
  for (std::size_t m = 0; m < memory_.size(); ++m) {
    const int here = at[place(memory_[m])];
    const std::int64_t extent = factors_[place(memory_[m])].extent;
    if (m > 0 && here == at[place(memory_[m - 1])] + 1) copy.view.back() *= extent;
    else {
      copy.view.push_back(extent);
      run_at.push_back(here);
    }
  }
  copy.order = axes_in_order(static_cast<int>(run_at.size()));
  std::sort(copy.order.begin(), copy.order.end(),
            [&](int a, int b) { return run_at[place(a)] < run_at[place(b)]; });
  return copy;
}

std::vector<std::int64_t> Layout::positions() const {
  std::vector<std::int64_t> stride(factors_.size());  // of each factor, in ONNX's order
  std::int64_t running = 1;
  for (std::size_t f = factors_.size(); f-- > 0;) {
    stride[f] = running;
    running *= factors_[f].extent;
  }
  std::vector<std::int64_t> out{0};
  for (const int factor : memory_) {
    std::vector<std::int64_t> next;
    for (const std::int64_t base : out)
      for (std::int64_t i = 0; i < factors_[place(factor)].extent; ++i)
        next.push_back(base + i * stride[place(factor)]);
    out = std::move(next);
  }
  return out;
}

}  // namespace pellucid
