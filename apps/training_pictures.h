// training_pictures.h: the pictures of a training, varied as it was asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/training_settings.h"

namespace pellucid {

// On the device, and where each epoch has others, on the host. dataset, of which both subsets have a sample,
// must outlive it.
class TrainingPictures {
 public:
  TrainingPictures(Stream& stream, const Dataset& dataset, const ChosenAugmentation& augmentation,
                   const TrainingOptions& options, int classes);
  TrainingPictures(const TrainingPictures&) = delete;
  TrainingPictures& operator=(const TrainingPictures&) = delete;

  const TrainingImages& training() const { return *training_; }
  const ImageSet& validation() const { return validation_; }
  std::size_t size() const { return samples_.size(); }  // of training, an epoch

 private:
  std::vector<Sample> copies_;  // of the paper
  const std::vector<Sample>& samples_;
  ImageSet validation_;
  std::optional<ImageSet> set_;
  std::optional<TrainingImages> training_;
};

// "" or how they are varied, for people.
std::string augmentation_text(const ChosenAugmentation& augmentation);

}  // namespace pellucid
