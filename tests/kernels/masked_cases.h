// masked_cases.h: masked images on the device, for the operators that read them.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/masked_image.h"
#include "runtime/tensor.h"
#include "tests/support/device.h"
#include "tests/support/random_values.h"

namespace pellucid::test {

// `images` images of h × w × c, n masks over `superpixels` superpixels; mask m belongs to image
// m % images.
class MaskedCase {
 public:
  MaskedCase(int images, int n, int h, int w, int c, int superpixels, bool integers) {
    const std::size_t pixels = std::size_t(images) * h * w;
    image_ = integers ? random_integers(pixels * c, 11) : random_values(pixels * c, 11);
    fill_ = integers ? random_integers(pixels * c, 12) : random_values(pixels * c, 12);
    const RandomKey key{13, 0};
    for (std::size_t i = 0; i < pixels; ++i)
      labels_.push_back(
          static_cast<std::int32_t>(random_below(key, i, static_cast<std::uint32_t>(superpixels))));
    words_ = (superpixels + 31) / 32;
    for (std::size_t i = 0; i < std::size_t(n) * words_; ++i)
      bits_.push_back(random_below(key, pixels + i, 0xffffffffu));
    for (int m = 0; m < n; ++m) image_of_.push_back(m % images);

    tensors_ = {upload(image_), upload(fill_), upload(labels_), upload(bits_), upload(image_of_)};
    on_device = masked(tensors_[0].data<float>(), tensors_[1].data<float>(),
                       tensors_[2].data<std::int32_t>(), tensors_[3].data<std::uint32_t>(),
                       images > 1 ? tensors_[4].data<std::int32_t>() : nullptr);
    on_host = masked(image_.data(), fill_.data(), labels_.data(), bits_.data(),
                     images > 1 ? image_of_.data() : nullptr);
  }

  MaskedImage on_device, on_host;

 private:
  template <class T>
  static Tensor upload(const std::vector<T>& values) {
    return Tensor::from_host(stream(), {static_cast<std::int64_t>(values.size())}, values);
  }
  MaskedImage masked(const float* image, const float* fill, const std::int32_t* labels,
                     const std::uint32_t* bits, const std::int32_t* image_of) const {
    return {image, fill, labels, bits, image_of, words_};
  }

  std::vector<float> image_, fill_;
  std::vector<std::int32_t> labels_, image_of_;
  std::vector<std::uint32_t> bits_;
  int words_;
  std::vector<Tensor> tensors_;
};

}  // namespace pellucid::test
