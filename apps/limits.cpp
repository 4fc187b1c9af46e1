#include "apps/limits.h"

#include <fmt/format.h>

#include "explain/masks/coalitions.h"
#include "explain/masks/segments.h"
#include "kernels/principal_component/principal_component.h"
#include "nn/data/codec/dicom_elements.h"
#include "nn/data/codec/image_file.h"
#include "nn/data/ids.h"
#include "nn/data/mias/mias_info.h"
#include "nn/data/source/packed.h"
#include "nn/graph/graph_json.h"
#include "nn/graph/onnx/onnx_file.h"
#include "nn/op/attributes.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "runtime/formats/npy.h"
#include "runtime/formats/safetensors.h"

namespace pellucid {

std::string limits_table() {
  struct Limit {
    const char* of;
    std::int64_t most;
    const char* unit;
  };
  const auto whole = [](auto value) { return static_cast<std::int64_t>(value); };
  const std::string image_file = image_formats() + " file";
  const Limit limits[] = {
      {"safetensors or NPY file", whole(kMaxFileBytes), "bytes"},
      {image_file.c_str(), whole(kMaxImageFileBytes), "bytes"},
      {"Info.txt or CSV file", whole(kMaxTextFileBytes), "bytes"},
      {"JSON file", whole(kJsonMaxFileBytes), "bytes"},
      {"waiting for the writer of a pipe", kWriterWaitMilliseconds, "milliseconds"},
      {"side of a picture", kMaxImageSide, "pixels"},
      {"progressive JPEG", kMaxImageScans, "scans"},
      {"frames of a file", kMaxImageFrames, "pictures"},
      {"nesting of DICOM", kMaxDicomDepth, "sequences"},
      {"coordinate in Info.txt", kMiasMaxPixel, "pixels"},
      {"nesting of JSON", kJsonMaxDepth, "objects and arrays"},
      {"JSON object, tensors of a file", whole(kJsonMaxKeys), "keys"},
      {"header of safetensors", whole(kSafetensorsMaxHeaderBytes), "bytes"},
      {"tensor in safetensors", whole(kSafetensorsMaxAxes), "axes"},
      {"array in NPY", whole(kNpyMaxAxes), "axes"},
      {"ONNX file", whole(kOnnxMaxFileBytes), "bytes"},
      {"ONNX, nodes", whole(kOnnxMaxNodes), "nodes"},
      {"ONNX, all that a file lists", whole(kOnnxMaxItems), "nodes, inputs, attributes, tensors …"},
      {"ONNX, lists of numbers", whole(kOnnxMaxListValues), "values in attributes"},
      {"ONNX, tensor", whole(kOnnxMaxAxes), "axes"},
      {"ONNX, name", whole(kOnnxMaxNameBytes), "bytes"},
      {"ONNX, text of metadata", whole(kOnnxMaxTextBytes), "bytes"},
      {"packed data, classes", whole(kPackedMaxClasses), "classes"},
      {"packed data, picture", kPackedMaxChannels, "channels"},
      {"model, layers", whole(kModelMaxLayers), "layers"},
      {"model, side of its input", kModelMaxExtent, "pixels"},
      {"model, channels, filters, outputs", kModelMaxChannels, ""},
      {"model, kernel, stride, padding", kModelMaxWindow, "pixels"},
      {"model, weights of a layer", kMaxLayerWeights, ""},
      {"model, name", whole(kModelMaxName), "characters"},
      {"model, name of a layer", whole(kLayerMaxName), "characters"},
      {"image id", whole(kMaxIdBytes), "bytes; longer names end in a hash"},
      {"segments of a picture", kMaxSegments, "segments"},
      {"features of LIME and Kernel SHAP", kMaxFeatures, "features"},
      {"channels of a layer for Eigen-CAM", kPrincipalVariables, "channels"},
  };
  std::string out;
  for (const Limit& limit : limits)
    out += fmt::format("{:<36}{:>12}{}{}\n", limit.of, limit.most, *limit.unit ? "  " : "",
                       limit.unit);
  return out;
}

}  // namespace pellucid
