#include "apps/training_pictures.h"

#include "nn/train/augment.h"
#include "runtime/error.h"

namespace pellucid {

TrainingPictures::TrainingPictures(Stream& stream, const Dataset& dataset,
                                   const ChosenAugmentation& augmentation,
                                   const TrainingOptions& options, int classes)
    : copies_(augmentation.paper ? augment_training(dataset, options.data.data_seed)
                                 : std::vector<Sample>()),
      samples_(augmentation.paper ? copies_ : dataset.train),
      validation_(stream, dataset.valid, dataset.height, dataset.width, dataset.channels, classes) {
  if (augmentation.each_epoch == Augmentation{})
    training_ =
        set_.emplace(stream, samples_, dataset.height, dataset.width, dataset.channels, classes);
  else
    training_ = augmented_images(samples_, dataset.height, dataset.width, dataset.channels, classes,
                                 augmentation.each_epoch, options.train.seed);
}

std::string augmentation_text(const ChosenAugmentation& augmentation) {
  if (augmentation.paper) return ", augmented and balanced";
  if (augmentation.each_epoch == Augmentation{}) return "";
  return ", each drawn anew in every epoch by " + augmentation.text();
}

}  // namespace pellucid
