#include "explain/activation/layered_cam.h"

#include <algorithm>

#include "kernels/normalize/normalize.h"
#include "kernels/resize/resize.h"
#include "kernels/weighted_sum/weighted_sum.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"

namespace pellucid {

LayeredCam::LayeredCam(Stream& stream, const Model& model, CamOptions options,
                       const std::vector<std::string>& layers)
    : stream_(stream) {
  options.layer.clear();
  if (layers.empty()) cams_.emplace_back(stream, model, options);
  for (const std::string& layer : layers) {
    if (std::count(layers.begin(), layers.end(), layer) > 1)
      throw UsageError(concat("--layer names ", layer, " twice"));
    options.layer = layer;
    cams_.emplace_back(stream, model, options);
  }
}

std::string LayeredCam::layers() const {
  std::string names;
  for (const Cam& cam : cams_) names += (names.empty() ? "" : ",") + cam.layer();
  return names;
}

std::vector<Explanation> LayeredCam::explain(const Tensor& x, const std::vector<int>& truth) {
  std::vector<CamExplanation> of_layer;
  for (Cam& cam : cams_) of_layer.push_back(cam.explain(x, truth).front());
  std::vector<Explanation> out = explanations_of(cams_.front(), of_layer.front());
  if (cams_.size() == 1) return out;
  for (std::size_t m = 0; m < out.size(); ++m) {
    std::vector<const CamMap*> maps;
    Json layers = Json::array();
    out[m].caption = "mean of layers";
    for (std::size_t l = 0; l < cams_.size(); ++l) {
      const CamMap& map = of_layer[l].maps[m];
      maps.push_back(&map);
      layers.push_back(details_of(cams_[l].options(), map));
      out[m].caption +=
          concat(l ? ", " : " ", cams_[l].layer(), " (", map.raw_height, "x", map.raw_width, ")");
      if (l) out[m].cost.add(cams_[l].cost());
    }
    out[m].details = {{"layer", this->layers()},
                      {"aggregation", "mean of the layers' maps, each stretched to [0, 1]"},
                      {"layers_epsilon", cams_.front().options().compat.layers_epsilon},
                      {"layers", std::move(layers)}};
    average(out[m], maps);
  }
  return out;
}

void LayeredCam::average(Explanation& out, const std::vector<const CamMap*>& maps) const {
  const int count = static_cast<int>(maps.size()), pixels = out.height * out.width;
  const Tensor enlarged = Tensor::empty(stream_, {count, out.height, out.width});
  for (int l = 0; l < count; ++l) {
    const CamMap& map = *maps[static_cast<std::size_t>(l)];
    std::vector<float> raw = map.raw;
    for (float& value : raw) value = std::max(value, 0.0f);
    const Tensor one = Tensor::from_host(stream_, {map.raw_height, map.raw_width}, raw);
    normalize_min_max(stream_, {one.data<float>(), one.data<float>(), 1, one.count(),
                                cams_.front().options().compat.layers_epsilon});
    resize_bilinear(stream_, {one.data<float>(), enlarged.slice(l, 1).data<float>(), 1,
                              map.raw_height, map.raw_width, 1, out.height, out.width});
  }
  const std::vector<float> equal(maps.size(), 1 / static_cast<float>(count));
  const Tensor shares = Tensor::from_host(stream_, {count}, equal);
  const Tensor mean = Tensor::empty(stream_, {pixels}), shown = Tensor::empty(stream_, {pixels});
  weighted_sum(stream_, {enlarged.data<float>(), shares.data<float>(), mean.data<float>(), 1,
                         pixels, count});
  normalize_min_max(stream_, {mean.data<float>(), shown.data<float>(), 1, pixels});
  out.map = mean.to_host<float>(stream_);
  out.shown = shown.to_host<float>(stream_);
  finish_map(out);
}

}  // namespace pellucid
