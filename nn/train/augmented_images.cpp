// The pictures of an epoch, transformed a few batches ahead of those that train on them.
#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "nn/train/augmentation.h"
#include "runtime/parallel.h"

namespace pellucid {
namespace {

constexpr std::size_t kAheadBytes = std::size_t{16} << 20;

class AugmentedImages {
 public:
  AugmentedImages(std::span<const Sample> samples, int height, int width, int channels, int classes,
                  const Augmentation& augmentation, std::uint64_t seed)
      : samples_(samples),
        height_(height),
        width_(width),
        channels_(channels),
        classes_(classes),
        augmentation_(augmentation),
        seed_(seed) {}

  Tensor batch(Stream& stream, const EpochOrder& order, int first, int rows) {
    if (order.epoch != epoch_ || first < first_ || first + rows > end_)
      prepare(stream, order, first, rows);
    return set_->batch(stream, places_.slice(first - first_, rows));
  }

 private:
  // As many whole batches as are to be there at once.
  void prepare(Stream& stream, const EpochOrder& order, int first, int rows) {
    const auto all = static_cast<int>(order.samples.size());
    const std::size_t bytes = samples_.front().pixels.size();
    const auto batches = kAheadBytes / (bytes * static_cast<std::size_t>(rows));
    end_ = static_cast<int>(std::min<std::int64_t>(
        all, first + std::max<std::int64_t>(1, static_cast<std::int64_t>(batches)) * rows));
    epoch_ = order.epoch;
    first_ = first;
    const RandomKey key{seed_, kAugmentationStream + static_cast<std::uint64_t>(epoch_)};
    std::vector<Sample> views(static_cast<std::size_t>(end_ - first_));
    parallel_for(views.size(), [&](std::size_t i) {
      const auto place =
          static_cast<std::size_t>(order.samples[static_cast<std::size_t>(first) + i]);
      views[i] = augmented(samples_[place], height_, width_, augmentation_, key, place);
    });
    set_.emplace(stream, views, height_, width_, channels_, classes_);
    std::vector<std::int32_t> places(views.size());
    std::iota(places.begin(), places.end(), 0);
    places_ = Tensor::from_host(stream, {static_cast<std::int64_t>(places.size())}, places);
  }

  std::span<const Sample> samples_;
  int height_, width_, channels_, classes_;
  Augmentation augmentation_;
  std::uint64_t seed_;
  int epoch_ = 0, first_ = 0, end_ = 0;  // of the order of the epoch, what is there
  std::optional<ImageSet> set_;
  Tensor places_;
};

}  // namespace

TrainingImages augmented_images(std::span<const Sample> samples, int height, int width,
                                int channels, int classes, const Augmentation& augmentation,
                                std::uint64_t seed) {
  std::vector<std::int32_t> labels;
  for (const Sample& sample : samples) labels.push_back(sample.label);
  const auto images = std::make_shared<AugmentedImages>(samples, height, width, channels, classes,
                                                        augmentation, seed);
  return {std::move(labels),
          [images](Stream& stream, const EpochOrder& order, int first, int rows) {
            return images->batch(stream, order, first, rows);
          }};
}

}  // namespace pellucid
