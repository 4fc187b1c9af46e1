// (h, w, c) → "output" (p, q, c), as ONNX's Resize does it (kernels/resample/resample_table.h): "mode"
// nearest or linear; "coordinates", where a place of the output lies in the input; "nearest", which of two
// neighbours is taken; "scales", where they are not the quotients of the sizes. No antialiasing.
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "kernels/resample/resample.h"
#include "nn/op/attributes.h"
#include "nn/op/view.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"

namespace pellucid {
namespace {

// In the order of the enumerations.
constexpr std::array<std::string_view, 6> kCoordinates{
    "half_pixel", "pytorch_half_pixel",   "align_corners",
    "asymmetric", "tf_half_pixel_for_nn", "half_pixel_symmetric"};
constexpr std::array<std::string_view, 5> kModes{"linear", "round_prefer_floor",
                                                 "round_prefer_ceil", "floor", "ceil"};
constexpr double kMostScale = kModelMaxExtent;

// Both axes' tables, on the device from the first time that they are used there.
class Tables {
 public:
  Tables(ResampleTable rows, ResampleTable columns)
      : rows_(std::move(rows)), columns_(std::move(columns)) {}
  const ResampleTable& rows() const { return rows_; }
  const ResampleTable& columns() const { return columns_; }
  std::pair<ResampleAxis, ResampleAxis> axes(Stream& stream) const {
    if (!device_)
      device_.emplace(DeviceResampleTable(stream, rows_), DeviceResampleTable(stream, columns_));
    return {device_->first.axis(), device_->second.axis()};
  }

 private:
  ResampleTable rows_, columns_;
  mutable std::optional<std::pair<DeviceResampleTable, DeviceResampleTable>> device_;
};

// A picture of this shape and batch by these tables.
Tensor resampled(Stream& stream, const Tensor& x, const Tables& tables, Shape shape) {
  const auto [rows, columns] = tables.axes(stream);
  const Tensor y = Tensor::empty(stream, shape);
  const auto extent = [](const Shape& of, int k) { return static_cast<int>(of[k]); };
  resample(stream, {.x = x.data<float>(),
                    .y = y.data<float>(),
                    .n = extent(shape, 0),
                    .h = extent(x.shape(), 1),
                    .w = extent(x.shape(), 2),
                    .c = extent(shape, 3),
                    .p = extent(shape, 1),
                    .q = extent(shape, 2),
                    .rows = rows,
                    .columns = columns});
  return y;
}

class Resize final : public Op {
 public:
  Resize(const OpDescription& d, const ActivationShape& output, const ResizeRule& rows,
         const ResizeRule& columns)
      : Op(d.name, d.inputs, value_of(output)),
        tables_(std::make_shared<Tables>(resample_table(rows), resample_table(columns))),
        adjoint_(std::make_shared<Tables>(transposed(tables_->rows(), rows.from),
                                          transposed(tables_->columns(), columns.from))) {}
  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    const Tensor y =
        resampled(context.stream, x[0].value(), *tables_, output().shape.batch(x[0].shape()[0]));
    return Variable::operation("resize", y, {x[0]},
                               [tables = adjoint_, in = x[0].shape()](Stream& s, const Tensor& dy) {
                                 return std::vector{resampled(s, dy, *tables, in)};
                               });
  }

 private:
  std::shared_ptr<const Tables> tables_, adjoint_;  // outlived by closures
};

template <std::size_t kCount>
std::size_t one_of(const JsonView& view, const std::array<std::string_view, kCount>& names,
                   std::size_t first) {
  for (std::size_t i = first; i < kCount; ++i)
    if (view.text() == names[i]) return i;
  view.fail_expected(joined(std::vector<std::string>(names.begin() + first, names.end())));
}

// "nearest" and, of it, which neighbour, or "linear".
ResizeMode mode_of(const JsonView& layer) {
  const auto mode = layer.find("mode"), nearest = layer.find("nearest");
  const bool linear = mode && mode->text() == "linear";
  if (mode && !linear && mode->text() != "nearest") mode->fail_expected("nearest, linear");
  require(!linear || !nearest, layer.where(),
          ": wrong key (found \"nearest\" with the mode \"linear\"; expected it with \"nearest\")");
  if (linear) return ResizeMode::linear;
  return nearest ? static_cast<ResizeMode>(one_of(*nearest, kModes, 1))
                 : ResizeMode::round_prefer_floor;
}

std::unique_ptr<Op> make(const OpDescription& d) {
  const ActivationShape& in = d.inputs[0].shape;
  expect_picture(d.name, "resize", in);
  const JsonView output = d.json.at("output");
  output.array_size(3, 3);
  const ActivationShape out{integer_of(output.element(0), 1, kModelMaxExtent),
                            integer_of(output.element(1), 1, kModelMaxExtent),
                            integer_of(output.element(2), 1, kModelMaxChannels)};
  require(out.c == in.c, output.element(2).where(), ": wrong channels (found ", out.c,
          "; expected the ", in.c, " of the input)");
  const auto coordinates = d.json.find("coordinates");
  ResizeRule rows{.from = in.h,
                  .to = out.h,
                  .scale = static_cast<double>(out.h) / in.h,
                  .mode = mode_of(d.json)};
  if (coordinates)
    rows.coordinates = static_cast<ResizeCoordinates>(one_of(*coordinates, kCoordinates, 0));
  ResizeRule columns = rows;
  columns.from = in.w;
  columns.to = out.w;
  columns.scale = static_cast<double>(out.w) / in.w;
  if (const auto scales = d.json.find("scales")) {
    scales->array_size(2, 2);
    rows.scale = scales->element(0).number(1 / kMostScale, kMostScale);
    columns.scale = scales->element(1).number(1 / kMostScale, kMostScale);
  }
  return std::make_unique<Resize>(d, out, rows, columns);
}

}  // namespace

extern const Operation resize_operation;
const Operation resize_operation{.type = "resize",
                                 .short_name = "resize",
                                 .make = make,
                                 .keys = {"output", "mode", "coordinates", "nearest", "scales"}};

}  // namespace pellucid
