// layered_cam.h: class activation maps of one layer, or of several averaged.
//
// Of several layers each map is rectified, stretched to [0, 1] at its layer's resolution, enlarged to the
// picture, and the mean over the layers is the map (Gildenblat's aggregation in pytorch-grad-cam): maps of
// layers whose gradients differ by orders of magnitude count alike, and the units of the score are lost.
#pragma once

#include <string>
#include <vector>

#include "explain/activation/cam_explanation.h"

namespace pellucid {

class LayeredCam {
 public:
  // layers: names, or empty for Model::target_layer(); options.layer is not looked at. Throws
  // UsageError for a name that comes twice, and as Cam does.
  LayeredCam(Stream& stream, const Model& model, CamOptions options,
             const std::vector<std::string>& layers);

  std::string layers() const;  // with commas between them

  // One image, x: (1, h, w, c); an explanation a method, whose cost is that of all layers. Throws as
  // Cam::explain.
  std::vector<Explanation> explain(const Tensor& x, const std::vector<int>& truth);

 private:
  void average(Explanation& out, const std::vector<const CamMap*>& maps) const;

  Stream& stream_;
  std::vector<Cam> cams_;
};

}  // namespace pellucid
