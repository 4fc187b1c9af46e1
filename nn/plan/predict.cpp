#include "nn/plan/predict.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "kernels/reduce/reduce.h"
#include "nn/graph/probabilities.h"
#include "nn/plan/plan.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

// rows_at(first, count): the network's input for these rows.
Predictions predict_rows(Stream& stream, const Model& model, int rows, int batch,
                         const std::function<Tensor(int first, int count)>& rows_at) {
  require(batch >= 1, "a batch must hold at least 1 picture, got ", batch);
  const Plan plan(stream, model);
  const int classes = model.classes();
  const Tensor logits = Tensor::empty(stream, {rows, classes});
  for (int first = 0; first < rows; first += batch) {
    const int count = std::min(batch, rows - first);
    const Tensor y = plan.logits(rows_at(first, count));
    stream.copy_on_device(logits.slice(first, count).data<float>(), y.data<float>(), y.bytes());
  }
  std::vector<float> chances = host_probabilities(stream, logits, model.outputs());
  if (model.outputs() == Outputs::winners) {
    const std::vector<float> sums = logits.to_host<float>(stream);
    std::vector<std::int32_t> predicted;
    for (int row = 0; row < rows; ++row)
      predicted.push_back(predicted_class(
          {sums.data() + std::ptrdiff_t{row} * classes, static_cast<std::size_t>(classes)},
          model.outputs()));
    return {classes, sums, std::move(chances), std::move(predicted)};
  }
  const Tensor predicted = Tensor::empty(stream, {rows}, DType::i32);
  row_max(stream, RowMaxArgs{.x = logits.data<float>(),
                             .y = nullptr,
                             .index = predicted.data<std::int32_t>(),
                             .rows = rows,
                             .cols = classes});
  return {classes, logits.to_host<float>(stream), std::move(chances),
          predicted.to_host<std::int32_t>(stream)};
}

}  // namespace

Predictions predict(Stream& stream, const Model& model, const ImageSet& images, int batch) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(images.size()));
  std::iota(order.begin(), order.end(), 0);
  const Tensor indices = Tensor::from_host(stream, {images.size()}, order);
  return predict_rows(stream, model, images.size(), batch, [&](int first, int count) {
    return images.batch(stream, indices.slice(first, count));
  });
}

Predictions predict(Stream& stream, const Model& model, const Tensor& x, int batch) {
  require(x.shape().rank() >= 1 && x.shape()[0] >= 1, "predict: no pictures in the shape ",
          x.shape().to_string());
  return predict_rows(stream, model, static_cast<int>(x.shape()[0]), batch,
                      [&](int first, int count) { return x.slice(first, count); });
}

double mean_loss(const Predictions& predictions, const std::vector<std::int32_t>& labels) {
  require(labels.size() == predictions.predicted.size() && !labels.empty(), labels.size(),
          " labels for ", predictions.rows(), " predictions");
  const auto classes = static_cast<std::size_t>(predictions.classes);
  double total = 0;
  for (std::size_t n = 0; n < labels.size(); ++n) {
    const float* x = predictions.logits.data() + n * classes;
    const double largest = *std::max_element(x, x + classes);
    double sum = 0;
    for (std::size_t c = 0; c < classes; ++c) sum += std::exp(x[c] - largest);
    total += largest + std::log(sum) - x[labels[n]];
  }
  return total / static_cast<double>(labels.size());
}

}  // namespace pellucid
