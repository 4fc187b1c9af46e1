// image_set.h: the door from pictures to tensors: a set of samples on the device, uploaded once with
// the values of their files, 8 bits each, or 16 if one of them is deeper; batches are gathered and
// divided by each picture's white there, so no picture is copied per batch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nn/data/dataset.h"
#include "runtime/tensor.h"

namespace pellucid {

class ImageSet {
 public:
  // Samples of height × width pixels, labels 0 … classes − 1 or kNoLabel. Of grey samples a batch gets `channels`
  // equal channels; all may be of height × width × channels values instead. Throws Error naming the
  // first sample that does not fit.
  ImageSet(Stream& stream, std::span<const Sample> samples, int height, int width, int channels,
           int classes);

  int size() const { return static_cast<int>(labels_.size()); }
  const std::vector<std::int32_t>& labels() const { return labels_; }

  // (N, height, width, channels) in [0, 1], v / white (unit_values()): row n is sample indices[n]. indices: (N) int32, each
  // 0 … size() − 1, checked by whoever uploads them.
  Tensor batch(Stream& stream, const Tensor& indices) const;

 private:
  // pixels_of(i): the values of the i-th of `count` pictures.
  template <class PixelsOf>
  Tensor uploaded(Stream& stream, std::size_t count, const PixelsOf& pixels_of) const;
  Tensor batch_of_file(Stream& stream, const std::vector<std::int32_t>& indices) const;
  Tensor batch_of(Stream& stream, const Tensor& pictures, const Tensor& white,
                  const Tensor& indices) const;

  int height_, width_, channels_;
  bool colour_ = false;  // a sample has all channels, not one plane for all
  std::vector<std::int32_t> labels_;
  std::vector<Pixels> in_file_;  // all of them, of a set that memory does not hold; else empty
  Tensor pictures_;  // else (size, height, width, 1 or channels) uint8, or uint16 if deep_
  bool deep_ = false;
  Tensor white_;  // (size); none where it is 255 of all
};

}  // namespace pellucid
