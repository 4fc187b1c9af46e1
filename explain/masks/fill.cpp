#include "explain/masks/fill.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr double kMaxBlur = 100;

bool parse_number(std::string_view text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

std::vector<float> segment_means(std::span<const float> plane, std::span<const std::int32_t> labels,
                                 int count) {
  std::vector<double> sums(static_cast<std::size_t>(count)), sizes(sums.size());
  for (std::size_t i = 0; i < plane.size(); ++i) {
    sums[static_cast<std::size_t>(labels[i])] += plane[i];
    sizes[static_cast<std::size_t>(labels[i])] += 1;
  }
  std::vector<float> out;
  for (const std::int32_t label : labels)
    out.push_back(static_cast<float>(sums[static_cast<std::size_t>(label)] /
                                     sizes[static_cast<std::size_t>(label)]));
  return out;
}

// One direction of the Gaussian: `count` lines of `length` values, `step` apart.
std::vector<float> blur_lines(const std::vector<float>& x, const std::vector<double>& weights,
                              int lines, int line_step, int length, int step) {
  const int reach = static_cast<int>(weights.size()) - 1;
  std::vector<float> y(x.size());
  for (int line = 0; line < lines; ++line)
    for (int i = 0; i < length; ++i) {
      double sum = 0;
      for (int d = -reach; d <= reach; ++d)
        sum +=
            weights[static_cast<std::size_t>(std::abs(d))] *
            x[static_cast<std::size_t>(line * line_step + std::clamp(i + d, 0, length - 1) * step)];
      y[static_cast<std::size_t>(line * line_step + i * step)] = static_cast<float>(sum);
    }
  return y;
}

std::vector<float> blurred(std::span<const float> plane, double sigma, int height, int width) {
  std::vector<double> weights;
  double sum = 0;
  for (int d = 0; d <= static_cast<int>(4 * sigma + 0.5); ++d) {
    weights.push_back(std::exp(-0.5 * d * d / (sigma * sigma)));
    sum += d == 0 ? weights.back() : 2 * weights.back();
  }
  for (double& weight : weights) weight /= sum;
  const std::vector<float> x(plane.begin(), plane.end());
  return blur_lines(blur_lines(x, weights, height, width, width, 1), weights, width, 1, height,
                    width);
}

std::vector<float> fill_plane(const Fill& fill, std::span<const float> plane,
                              std::span<const std::int32_t> labels, int count, int height,
                              int width) {
  switch (fill.kind) {
    case Fill::Kind::segment_mean:
      return segment_means(plane, labels, count);
    case Fill::Kind::image_mean: {
      const double mean =
          std::accumulate(plane.begin(), plane.end(), 0.0) / static_cast<double>(plane.size());
      return std::vector<float>(plane.size(), static_cast<float>(mean));
    }
    case Fill::Kind::blur:
      return blurred(plane, fill.value, height, width);
    case Fill::Kind::constant:
      break;
  }
  return std::vector<float>(plane.size(), static_cast<float>(fill.value));
}

}  // namespace

Fill parse_fill(std::string_view text) {
  if (text == "segment-mean") return {Fill::Kind::segment_mean};
  if (text == "image-mean") return {Fill::Kind::image_mean};
  Fill fill;
  if (text.starts_with("blur(") && text.ends_with(")")) {
    fill.kind = Fill::Kind::blur;
    if (parse_number(text.substr(5, text.size() - 6), fill.value) && fill.value > 0 &&
        fill.value <= kMaxBlur)
      return fill;
  } else {
    fill.kind = Fill::Kind::constant;
    if (parse_number(text, fill.value) && fill.value >= 0 && fill.value <= 1) return fill;
  }
  throw UsageError(concat("unknown fill '", text,
                          "' (known: segment-mean, image-mean, a grey level from 0 to 1, blur(S) "
                          "with S above 0 and at most 100 pixels)"));
}

std::string to_string(const Fill& fill) {
  switch (fill.kind) {
    case Fill::Kind::segment_mean:
      return "segment-mean";
    case Fill::Kind::image_mean:
      return "image-mean";
    case Fill::Kind::blur:
      return concat("blur(", fill.value, ")");
    case Fill::Kind::constant:
      break;
  }
  return concat(fill.value);
}

Fill parse_baseline(const std::string& text, const char* option) {
  try {
    const Fill baseline = text == "black" ? Fill{Fill::Kind::constant, 0} : parse_fill(text);
    if (baseline.kind != Fill::Kind::segment_mean) return baseline;
  } catch (const UsageError&) {  // told below
  }
  throw UsageError(concat("unknown ", option, " '", text,
                          "' (known: black, image-mean, a grey level from 0 to 1, blur(S) with "
                          "S above 0 and at most 100 pixels)"));
}

std::string baseline_text(const Fill& baseline) {
  const bool black = baseline.kind == Fill::Kind::constant && baseline.value == 0;
  return black ? "black" : to_string(baseline);
}

std::vector<float> fill_picture(const Fill& fill, std::span<const float> picture,
                                std::span<const std::int32_t> labels, int count, int height,
                                int width, int channels) {
  const auto parts = static_cast<std::size_t>(channels);
  require(labels.size() == static_cast<std::size_t>(height) * static_cast<std::size_t>(width) &&
              picture.size() == labels.size() * parts && !picture.empty(),
          "fill: ", picture.size(), " values and ", labels.size(), " labels for ", height, " x ",
          width, " x ", channels);
  std::vector<float> out(picture.size()), plane(labels.size());
  for (std::size_t c = 0; c < parts; ++c) {
    for (std::size_t i = 0; i < plane.size(); ++i) plane[i] = picture[i * parts + c];
    const std::vector<float> filled = fill_plane(fill, plane, labels, count, height, width);
    for (std::size_t i = 0; i < plane.size(); ++i) out[i * parts + c] = filled[i];
  }
  return out;
}

std::vector<float> fill_picture(const Fill& fill, std::span<const float> picture, int height,
                                int width, int channels) {
  const std::vector<std::int32_t> one(static_cast<std::size_t>(height) *
                                      static_cast<std::size_t>(width));
  return fill_picture(fill, picture, one, 1, height, width, channels);
}

}  // namespace pellucid
