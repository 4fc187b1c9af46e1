#include "apps/layer_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nn/data/image_set.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr Rgb kGround{24, 24, 28}, kInk{232, 232, 232};
constexpr int kEdge = 20, kSpace = 4, kLine = 24, kTextSize = 2;
constexpr int kLabel = 14;  // pixels for the number of a map, or of a row
constexpr int kRowLabel = 28;
constexpr int kColumns = 16, kMapColumns = 8;  // of pictures of filters, and of maps
constexpr int kFilterSide = 56, kSliceSide = 21, kMapSide = 96;  // at least, by whole enlargement
constexpr int kMostSlice = 64, kMostMap = 256;                   // at most, by leaving out pixels
constexpr std::size_t kMostTitle = 60;                           // characters of an image's name

// The sides of a cell: small ones are enlarged by a whole number up to `least`, of large ones only each stride-th
// pixel is drawn, so that no side exceeds `most`.
struct CellSize {
  int height = 1, width = 1, scale = 1, stride = 1;

  CellSize(int h, int w, int least, int most) {
    const int side = std::max(h, w);
    scale = std::max(1, least / side);
    stride = (side + most - 1) / most;
    height = (h + stride - 1) / stride;
    width = (w + stride - 1) / stride;
  }
  std::string text() const {
    return stride > 1 ? fmt::format("; one pixel of {0} x {0} is drawn", stride) : "";
  }
};

// Cells in rows and columns, with a number at each or at each row and column.
struct Grid {
  CellSize cell;
  int cells = 0, columns = 1;
  bool by_row = false;  // numbers at rows and columns, not at cells

  int rows() const { return (cells + columns - 1) / columns; }
  bool numbered() const { return !by_row && cells > 1; }
  int step_x() const { return cell.width * cell.scale + kSpace; }
  int step_y() const { return cell.height * cell.scale + kSpace + (numbered() ? kLabel : 0); }
  int total_width() const { return (by_row ? kRowLabel : 0) + columns * step_x(); }
  int total_height() const { return (by_row ? kLabel : 0) + rows() * step_y(); }
};

// A part of the picture: its captions and its cells.
struct Section {
  std::vector<std::string> captions;
  Grid grid;
  std::function<Rgb(int cell, int y, int x)> colour;

  int height() const {
    return static_cast<int>(captions.size()) * kLine + grid.total_height() + kEdge;
  }
};

std::uint8_t to_level(double value) {
  return static_cast<std::uint8_t>(std::lround(255 * std::clamp(value, 0.0, 1.0)));
}

void draw_cell(Canvas& canvas, const Section& section, int cell, int left, int top) {
  const CellSize& size = section.grid.cell;
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      canvas.fill(left + x * size.scale, top + y * size.scale, size.scale, size.scale,
                  section.colour(cell, y * size.stride, x * size.stride));
}

void draw_section(Canvas& canvas, const Section& section, int top) {
  for (const std::string& caption : section.captions) {
    canvas.text(kEdge, top, caption, kInk, kTextSize);
    top += kLine;
  }
  const Grid& grid = section.grid;
  const int left = kEdge + (grid.by_row ? kRowLabel : 0);
  if (grid.by_row) {
    // As many numbers as have room.
    const int every_column = 1 + 18 / grid.step_x(), every_row = 1 + kGlyphHeight / grid.step_y();
    for (int c = 0; c < grid.columns; c += every_column)
      canvas.text(left + c * grid.step_x(), top, std::to_string(c), kInk);
    top += kLabel;
    for (int r = 0; r < grid.rows(); r += every_row)
      canvas.text(kEdge, top + r * grid.step_y(), std::to_string(r), kInk);
  }
  for (int cell = 0; cell < grid.cells; ++cell) {
    const int x = left + cell % grid.columns * grid.step_x(),
              y = top + cell / grid.columns * grid.step_y();
    draw_cell(canvas, section, cell, x, y);
    if (grid.numbered())
      canvas.text(x, y + grid.cell.height * grid.cell.scale + 2, std::to_string(cell), kInk);
  }
}

std::string shown_of(int shown, int all, const char* what) {
  return shown == all ? fmt::format("{} {}", all, what)
                      : fmt::format("the first {} of {} {}", shown, all, what);
}

// The weights of a layer in memory order (out, h, w, c); null if it has none.
const Parameter* weights_of(const Node& node) {
  const std::vector<Parameter*> parameters = node.op->parameters();
  return parameters.empty() ? nullptr : parameters.front();
}

Section filter_section(Stream& stream, const Parameter& weights, bool as_pictures, Json& facts) {
  auto values = weights.variable.value().to_host<float>(stream);
  float most = 0;
  for (const float value : values) most = std::max(most, std::abs(value));
  const int shown = std::min(weights.out, kMostDrawnFilters);
  const int channels = as_pictures ? 1 : std::min(weights.c, kMostDrawnFilters);
  const CellSize size(weights.h, weights.w, as_pictures ? kFilterSide : kSliceSide, kMostSlice);
  Section section{
      {},
      {size, shown * channels, as_pictures ? std::min(shown, kColumns) : channels, !as_pictures},
      {}};
  section.captions = {
      fmt::format("{} {}: {} of {} x {} x {}{}", weights.name, weights.file_shape.to_string(),
                  shown_of(shown, weights.out, "filters"), weights.h, weights.w, weights.c,
                  size.text()),
      as_pictures
          ? fmt::format("a picture each, all on one scale: black -{0:.3g}, grey 0, white {0:.3g}",
                        most)
          : fmt::format("a row an output, a column an input channel ({})",
                        shown_of(channels, weights.c, "channels"))};
  if (!as_pictures)
    section.captions.push_back(
        fmt::format("all on one scale: blue -{0:.3g}, white 0, red {0:.3g}", most));
  const double unit = most > 0 ? 1 / static_cast<double>(most) : 0;
  section.colour = [values = std::move(values), &weights, as_pictures, channels, unit](
                       int cell, int y, int x) -> Rgb {
    const auto at = [&](int out, int c) {
      const std::size_t row = (static_cast<std::size_t>(out) * weights.h + y) * weights.w + x;
      return values[row * weights.c + c] * unit;
    };
    if (!as_pictures) return blue_white_red(at(cell / channels, cell % channels));
    const auto level = [&](int c) { return to_level(0.5 + at(cell, c) / 2); };
    return weights.c == 3 ? Rgb{level(0), level(1), level(2)} : Rgb{level(0), level(0), level(0)};
  };
  facts["filters"] = {{"weights", weights.name},
                      {"shape", weights.file_shape.to_string()},
                      {"shown", shown},
                      {"of", weights.out},
                      {"channels_shown", as_pictures ? weights.c : channels},
                      {"scale", {-most, most}},
                      {"as_pictures", as_pictures}};
  return section;
}

// The input as the network sees it.
Section input_section(const Sample& sample, const ActivationShape& input) {
  const Pixels::Bytes pixels = eight_bit(sample.pixels);
  const int planes = static_cast<int>(pixels.size()) / (input.h * input.w);
  const CellSize size(input.h, input.w, 2 * kMapSide, 2 * kMostMap);
  Section section{{fmt::format("{} as the network sees it, {}{}", sample.id.substr(0, kMostTitle),
                               input.to_string(), size.text())},
                  {size, 1, 1, false},
                  {}};
  section.colour = [pixels, planes, input](int, int y, int x) -> Rgb {
    const std::uint8_t* pixel = &pixels[(static_cast<std::size_t>(y) * input.w + x) * planes];
    return {pixel[0], pixel[planes / 2], pixel[planes - 1]};
  };
  return section;
}

Section map_section(Stream& stream, const Model& model, const std::string& layer,
                    const Sample& sample, Json& facts) {
  const ActivationShape& input = model.input();
  const ImageSet images(stream, std::span(&sample, 1), input.h, input.w, input.c, 1);
  const Tensor x =
      images.batch(stream, Tensor::from_host(stream, Shape{1}, std::vector<std::int32_t>{0}));
  const Variable output = model.forward_to(stream, Variable(x), layer).front();
  const std::vector<float> values = output.value().to_host<float>(stream);
  const ActivationShape shape = model.shape(layer);
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  const double low = *least, range = *greatest - low;
  const bool single = shape.h * shape.w == 1;  // values, not maps
  const int shown = std::min(shape.c, kMostDrawnMaps);
  const CellSize size(shape.h, shape.w, single ? kSliceSide : kMapSide, kMostMap);
  Section section{
      {fmt::format("output {}: {}{}", shape.to_string(),
                   shown_of(shown, shape.c, single ? "values" : "feature maps"), size.text()),
       fmt::format("all on one scale: dark blue {:.3g}, yellow {:.3g}", low, *greatest)},
      {size, shown, std::min(shown, single ? 2 * kColumns : kMapColumns), false},
      {}};
  section.colour = [values, shape, low, range](int cell, int y, int x_) {
    const double value = values[(static_cast<std::size_t>(y) * shape.w + x_) * shape.c + cell];
    return plasma(range > 0 ? (value - low) / range : 0);
  };
  facts["feature_maps"] = {
      {"shape", shape.to_string()}, {"shown", shown}, {"of", shape.c}, {"scale", {low, *greatest}}};
  return section;
}

}  // namespace

LayerPicture draw_layer(Stream& stream, const Model& model, const std::string& layer,
                        const Sample* sample, const std::string& title) {
  const Node& node = model.graph().node_of(model.value(layer));
  const Parameter* weights = weights_of(node);
  require(weights || sample, "layer ", layer, " (", node.operation->type,
          ") has no filters to draw; --image FILE draws what it makes of an image");
  Json facts = {{"layer", layer}, {"type", std::string(node.operation->type)}};
  std::vector<Section> sections;
  sections.push_back({{title}, {CellSize(1, 1, 1, 1), 0, 1, false}, {}});
  if (sample) sections.push_back(input_section(*sample, model.input()));
  if (weights) {
    const bool reads_input = node.inputs.front() == 0;
    const bool pictures =
        reads_input && weights->h * weights->w > 1 && (weights->c == 1 || weights->c == 3);
    sections.push_back(filter_section(stream, *weights, pictures, facts));
  }
  if (sample) sections.push_back(map_section(stream, model, layer, *sample, facts));

  int width = 0, height = kEdge;
  for (const Section& section : sections) {
    for (const std::string& caption : section.captions)
      width = std::max(width, Canvas::text_width(caption, kTextSize));
    width = std::max(width, section.grid.total_width());
    height += section.height();
  }
  LayerPicture picture{Canvas(width + 2 * kEdge, height, kGround), std::move(facts)};
  int top = kEdge;
  for (const Section& section : sections) {
    draw_section(picture.canvas, section, top);
    top += section.height();
  }
  return picture;
}

}  // namespace pellucid
