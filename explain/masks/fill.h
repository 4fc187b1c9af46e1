// fill.h: what a superpixel shows when it is switched off.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pellucid {

struct Fill {
  enum class Kind {
    segment_mean,  // its own mean: what `lime` does by default. Smooth superpixels hardly change
    image_mean,    // the mean of the picture
    constant,      // `value`
    blur,          // the picture under a Gaussian of standard deviation `value` pixels
  };
  Kind kind = Kind::segment_mean;
  double value = 0;
};

// "segment-mean", "image-mean", a number in [0, 1], or "blur(S)" with 0 < S ≤ 100. Throws
// UsageError on anything else. to_string gives it back.
Fill parse_fill(std::string_view text);
std::string to_string(const Fill& fill);

// Of a picture as a whole, which shows nothing: "black", "image-mean", a number in [0, 1] or "blur(S)". Throws
// UsageError naming the option; baseline_text gives it back.
Fill parse_baseline(const std::string& text, const char* option);
std::string baseline_text(const Fill& baseline);

// picture: (height, width, channels) in [0, 1]; labels: (height, width), superpixels 0 … count − 1. The
// picture with every superpixel off, each channel by itself. The Gaussian is cut at 4 standard deviations, the picture continued by
// its edge pixels.
std::vector<float> fill_picture(const Fill& fill, std::span<const float> picture,
                                std::span<const std::int32_t> labels, int count, int height,
                                int width, int channels = 1);
// The same of one superpixel.
std::vector<float> fill_picture(const Fill& fill, std::span<const float> picture, int height,
                                int width, int channels);

}  // namespace pellucid
