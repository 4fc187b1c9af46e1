// layer_picture.h: what a layer of a network looks for and what it sees in an image, as one picture for the
// classroom.
#pragma once

#include <optional>
#include <string>

#include "explain/picture/canvas.h"
#include "nn/data/dataset.h"
#include "nn/graph/model.h"

namespace pellucid {

// At most so many filters, input channels of each, and feature maps are drawn; the picture says of how many.
inline constexpr int kMostDrawnFilters = 32, kMostDrawnMaps = 64;

struct LayerPicture {
  Canvas canvas;
  Json facts;  // of what is drawn: shapes, numbers, and what the ends of the scales stand for
};

// Filters: the weights of each output, a cell a weight, all on one scale; those of a layer that reads an input
// of 1 or 3 channels as pictures, in which mid-grey is 0; others a row an output and a column an input channel,
// blue negative, red positive. Feature maps, of `sample` (of the model's size), if there is one: the layer's output, a
// map a channel, all on one scale. title: the first line. Throws Error for a layer that is not there, and for one
// without weights if there is no sample.
LayerPicture draw_layer(Stream& stream, const Model& model, const std::string& layer,
                        const Sample* sample, const std::string& title);

}  // namespace pellucid
