#include "nn/op/view.h"

#include "nn/op/attributes.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr int kMostExtent = static_cast<int>(kMaxLayerWeights);

std::string text_of_view(const std::vector<int>& extents) {
  std::string text;
  for (const int extent : extents) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

}  // namespace

std::vector<int> view_of(const JsonView& view, std::int64_t count) {
  std::vector<int> extents;
  std::int64_t values = 1;
  bool fits = true;  // the product is at most `count`
  const std::size_t rank = view.array_size(1, kMostViewAxes);
  for (std::size_t k = 0; k < rank; ++k) {
    extents.push_back(integer_of(view.element(k), 1, kMostExtent));
    fits = fits && values <= count / extents.back();
    if (fits) values *= extents.back();
  }
  require(fits && values == count, view.where(), ": wrong view (found ", text_of_view(extents),
          "; expected extents whose product is the input's ", count, " values)");
  return extents;
}

std::vector<int> default_view(const ActivationShape& shape) {
  return shape.flat ? std::vector{shape.c} : std::vector{shape.h, shape.w, shape.c};
}

ActivationShape output_of(const OpDescription& layer, const std::vector<int>& extents) {
  std::int64_t count = 1;
  for (const int extent : extents) {
    require(count <= kMaxLayerWeights / extent, "layer ", layer.name, ": too many values (found ",
            text_of_view(extents), "; expected at most ", kMaxLayerWeights, ")");
    count *= extent;
  }
  const auto output = layer.json.find("output");
  if (!output && extents.size() == 3) return {extents[0], extents[1], extents[2]};
  if (!output) return {1, 1, static_cast<int>(count), true};
  const std::size_t rank = output->array_size(1, 3);
  if (rank == 2) output->fail_expected("[h, w, c] or [c]");
  ActivationShape shape{1, 1, 1, rank == 1};
  if (rank == 1) {
    shape.c = integer_of(output->element(0), 1, kMostExtent);
  } else {
    shape.h = integer_of(output->element(0), 1, kModelMaxExtent);
    shape.w = integer_of(output->element(1), 1, kModelMaxExtent);
    shape.c = integer_of(output->element(2), 1, kModelMaxChannels);
  }
  require(shape.count() == count, output->where(), ": wrong size (found ", shape.to_string(),
          "; expected as many values as ", text_of_view(extents), ")");
  return shape;
}

}  // namespace pellucid
