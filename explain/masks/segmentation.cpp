#include "explain/masks/segmentation.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/superpixel/quickshift.h"
#include "kernels/superpixel/slic.h"
#include "runtime/error.h"
#include "runtime/normal_noise.h"
#include "runtime/tensor.h"

namespace pellucid {
namespace {

constexpr int kSlicIterations = 10;

template <class... Parts>
void require_setting(bool condition, const Parts&... parts) {
  if (!condition) throw UsageError(concat(parts...));
}

// --- colour -------------------------------------------------------------------------------------

// The constants are scikit-image's: IEC 61966-2-1 (sRGB), the D65 white of CIE's 2° observer.
double linear_of_srgb(double v) {
  return v > 0.04045 ? std::pow((v + 0.055) / 1.055, 2.4) : v / 12.92;
}

double lab_curve(double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116; }

constexpr double kXyzOfRgb[3][3] = {
    {0.412453, 0.357580, 0.180423}, {0.212671, 0.715160, 0.072169}, {0.019334, 0.119193, 0.950227}};
constexpr double kWhite[3] = {0.95047, 1.0, 1.08883};

// --- smoothing ----------------------------------------------------------------------------------

// The mirror d c b a | a b c d | d c b a.
int mirrored(int i, int size) {
  i %= 2 * size;
  if (i < 0) i += 2 * size;
  return i < size ? i : 2 * size - 1 - i;
}

// Along one axis of (outer, size, inner).
void smooth_axis(std::vector<double>& x, int outer, int size, int inner,
                 const std::vector<double>& kernel) {
  const int radius = static_cast<int>(kernel.size()) / 2;
  std::vector<double> line(static_cast<std::size_t>(size));
  for (int o = 0; o < outer; ++o)
    for (int k = 0; k < inner; ++k) {
      double* first = x.data() + (std::ptrdiff_t{o} * size) * inner + k;
      for (int i = 0; i < size; ++i) line[static_cast<std::size_t>(i)] = first[i * inner];
      for (int i = 0; i < size; ++i) {
        double sum = 0;
        for (int d = -radius; d <= radius; ++d)
          sum += kernel[static_cast<std::size_t>(d + radius)] *
                 line[static_cast<std::size_t>(mirrored(i + d, size))];
        first[i * inner] = sum;
      }
    }
}

// x: (height, width, channels). The kernel ends at 4 sigma.
void smooth(std::vector<double>& x, int height, int width, int channels, double sigma) {
  const int radius = static_cast<int>(4 * sigma + 0.5);
  std::vector<double> kernel;
  double sum = 0;
  for (int d = -radius; d <= radius; ++d)
    sum += kernel.emplace_back(std::exp(-0.5 * d * d / (sigma * sigma)));
  for (double& value : kernel) value /= sum;
  smooth_axis(x, 1, height, width * channels, kernel);
  smooth_axis(x, height, width, channels, kernel);
}

// --- the segmenters -----------------------------------------------------------------------------

struct Picture {
  const Pixels& pixels;  // (height, width, channels)
  int height, width, channels;
  std::size_t size() const {
    return static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  }
};

// Each value in [0, 1].
std::vector<double> unit_features(const Pixels& pixels) {
  const double per_level = 1.0 / pixels.white();
  return pixels.visit([per_level](const auto& values) {
    std::vector<double> features(values.size());
    for (std::size_t i = 0; i < features.size(); ++i) features[i] = values[i] * per_level;
    return features;
  });
}

Segments checked(Segments segments) {
  require(segments.count <= kMaxSegments, "segmentation: ", segments.count,
          " segments (expected at most ", kMaxSegments,
          "; a larger --kernel-size or --max-dist, or a smaller --segments, makes fewer)");
  return segments;
}

Segments quickshift_segments(Stream& stream, const Picture& picture, const SegmenterOptions& o) {
  require_setting(o.kernel_size >= 1 && o.kernel_size <= 100,
                  "segmentation: kernel_size must be from 1 to 100, got ", o.kernel_size);
  require_setting(o.max_dist >= 0, "segmentation: max_dist must not be negative, got ", o.max_dist);
  require_setting(o.ratio >= 0 && o.ratio <= 1, "segmentation: ratio must be from 0 to 1, got ",
                  o.ratio);
  require(!o.noise || o.noise->size() == picture.size(),
          "segmentation: ", o.noise ? o.noise->size() : 0, " noise values for ", picture.height,
          "×", picture.width, " pixels");
  std::vector<double> features;
  if (picture.channels == 1) {
    const std::vector<double> lightness = grey_lightness(picture.pixels.white());
    picture.pixels.visit([&](const auto& values) {
      for (const auto value : values) features.push_back(lightness[value]);
    });
  } else {
    features = unit_features(picture.pixels);
    rgb_to_lab(features);
  }
  for (double& value : features) value *= o.ratio;

  const std::int64_t h = picture.height, w = picture.width;
  const Tensor x = Tensor::from_host(stream, {h, w, picture.channels}, features);
  const Tensor noise = Tensor::from_host(
      stream, {h, w}, o.noise ? *o.noise : segmentation_noise(picture.size(), o.noise_seed));
  const Tensor labels = Tensor::empty(stream, {h, w}, DType::i32);
  const Tensor count = Tensor::empty(stream, {1}, DType::i32);
  quickshift(stream, {x.data<double>(), noise.data<double>(), picture.height, picture.width,
                      picture.channels, o.kernel_size, o.max_dist, labels.data<std::int32_t>(),
                      count.data<std::int32_t>()});
  return {picture.height, picture.width, count.to_host<std::int32_t>(stream)[0],
          labels.to_host<std::int32_t>(stream)};
}

Segments slic_segments(Stream& stream, const Picture& picture, const SegmenterOptions& o) {
  require_setting(o.n_segments >= 1 && o.n_segments <= kMaxSegments,
                  "segmentation: n_segments must be from 1 to ", kMaxSegments, ", got ",
                  o.n_segments);
  require_setting(o.compactness >= 0 && std::isfinite(o.compactness),
                  "segmentation: compactness must not be negative, got ", o.compactness);
  require_setting(o.sigma >= 0 && o.sigma <= 100, "segmentation: sigma must be from 0 to 100, got ",
                  o.sigma);
  std::vector<double> features = unit_features(picture.pixels);
  const double least = *std::min_element(features.begin(), features.end());
  for (double& value : features) value -= least;
  const double greatest = *std::max_element(features.begin(), features.end());
  if (greatest != 0)
    for (double& value : features) value /= greatest;
  if (picture.channels == 3) rgb_to_lab(features);
  if (o.sigma > 0) smooth(features, picture.height, picture.width, picture.channels, o.sigma);
  const double compactness = o.compactness > 0 ? o.compactness : picture.channels == 3 ? 10 : 0.1;
  const double scale = 1 / compactness;
  for (double& value : features) value *= scale;

  const std::int64_t h = picture.height, w = picture.width;
  const Tensor x = Tensor::from_host(stream, {h, w, picture.channels}, features);
  const Tensor labels = Tensor::empty(stream, {h, w}, DType::i32);
  const int count = slic(stream, {x.data<double>(), picture.height, picture.width, picture.channels,
                                  o.n_segments, kSlicIterations, labels.data<std::int32_t>()});
  return {picture.height, picture.width, count, labels.to_host<std::int32_t>(stream)};
}

Segments grid_segments(const Picture& picture, const SegmenterOptions& o) {
  require_setting(o.grid >= 1 && o.grid <= std::min(picture.height, picture.width),
                  "segmentation: grid must be from 1 to the shorter side, ",
                  std::min(picture.height, picture.width), ", got ", o.grid);
  Segments segments{picture.height, picture.width, o.grid * o.grid, {}};
  segments.labels.reserve(picture.size());
  const std::int64_t grid = o.grid;
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x)
      segments.labels.push_back(
          static_cast<std::int32_t>(y * grid / picture.height * grid + x * grid / picture.width));
  return segments;
}

Segments segment_picture(Stream& stream, const Picture& picture, const SegmenterOptions& options) {
  require(picture.height >= 1 && picture.width >= 1, "segmentation: an empty picture, ",
          picture.height, "×", picture.width);
  require(picture.pixels.size() == picture.size() * static_cast<std::size_t>(picture.channels),
          "segmentation: ", picture.pixels.size(), " values for ", picture.height, "×",
          picture.width, "×", picture.channels);
  if (options.name == "quickshift") return checked(quickshift_segments(stream, picture, options));
  if (options.name == "slic") return checked(slic_segments(stream, picture, options));
  if (options.name == "grid") return checked(grid_segments(picture, options));
  throw UsageError(concat("segmentation: no segmenter \"", options.name,
                          "\" (expected quickshift, slic or grid)"));
}

}  // namespace

Segments segment(Stream& stream, const Pixels& grey, int height, int width,
                 const SegmenterOptions& options) {
  return segment_picture(stream, {grey, height, width, 1}, options);
}

Segments segment_rgb(Stream& stream, const Pixels& rgb, int height, int width,
                     const SegmenterOptions& options) {
  return segment_picture(stream, {rgb, height, width, 3}, options);
}

const std::vector<std::string>& segmenters() {
  static const std::vector<std::string> names = {"quickshift", "slic", "grid"};
  return names;
}

std::vector<double> segmentation_noise(std::size_t count, std::uint64_t seed) {
  return normal_noise(count, {seed, kSegmentationNoiseStream}, 1e-5);
}

void rgb_to_lab(std::span<double> rgb) {
  for (std::size_t p = 0; p + 2 < rgb.size(); p += 3) {
    double linear[3], f[3];
    for (std::size_t c = 0; c < 3; ++c) linear[c] = linear_of_srgb(rgb[p + c]);
    for (std::size_t i = 0; i < 3; ++i) {
      double xyz = 0;
      for (std::size_t c = 0; c < 3; ++c) xyz += kXyzOfRgb[i][c] * linear[c];
      f[i] = lab_curve(xyz / kWhite[i]);
    }
    rgb[p] = 116 * f[1] - 16;
    rgb[p + 1] = 500 * (f[0] - f[1]);
    rgb[p + 2] = 200 * (f[1] - f[2]);
  }
}

std::vector<double> grey_lightness(int white) {
  const double per_level = 1.0 / white;
  std::vector<double> lightness;
  for (int level = 0; level <= white; ++level) {
    std::array<double, 3> pixel;
    pixel.fill(level * per_level);
    rgb_to_lab(pixel);
    lightness.push_back(pixel[0]);
  }
  return lightness;
}

}  // namespace pellucid
