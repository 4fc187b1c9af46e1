#include "nn/op/axes.h"

#include "nn/op/attributes.h"
#include "runtime/error.h"

namespace pellucid {

std::vector<int> view_of_input(const OpDescription& layer) {
  const ActivationShape& in = layer.inputs[0].shape;
  const auto view = layer.json.find("view");
  return view ? view_of(*view, in.count()) : default_view(in);
}

std::vector<Axis> axes_of(const OpDescription& layer, const std::vector<int>& view) {
  std::vector<Axis> axes;
  for (const int extent : view) axes.push_back({extent, false});
  const JsonView chosen = layer.json.at("axes");
  const int last = static_cast<int>(view.size()) - 1;
  for (std::size_t i = 0; i < chosen.array_size(1, view.size()); ++i) {
    const JsonView element = chosen.element(i);
    Axis& axis = axes[static_cast<std::size_t>(integer_of(element, 0, last))];
    require(!axis.reduced, element.where(), ": duplicate axis (found ", element.value().dump(),
            " twice; expected each axis once)");
    axis.reduced = true;
  }
  return axes;
}

MergedAxes merged_axes(const std::string& layer, std::int64_t n, const std::vector<Axis>& axes,
                       bool reduce_batch) {
  std::vector<Axis> all{{n, reduce_batch}};
  all.insert(all.end(), axes.begin(), axes.end());
  const auto merged = merge_axes(all);
  require(merged.has_value(), "layer ", layer,
          ": too many alternations of axes (found reduced, kept and parameter axes in too many "
          "runs, or "
          "of more than 2^30 values; expected at most three runs of reduced axes)");
  return *merged;
}

}  // namespace pellucid
