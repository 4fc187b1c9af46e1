#include "nn/train/augmentation.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "runtime/error.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/values.h"

namespace pellucid {
namespace {

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const AugmentationKind& kind : augmentation_kinds()) names.emplace_back(kind.name);
  return names;
}

const AugmentationKind& kind_named(const std::string& name) {
  const std::vector<std::string> names = kind_names();
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end())
    throw UsageError(concat("--augment: unknown '", name, "'", did_you_mean(name, names),
                            " (known: ", joined(names), ")"));
  return augmentation_kinds()[static_cast<std::size_t>(at - names.begin())];
}

// What becomes of one picture.
struct View {
  bool flip, flip_vertical;
  double radians, shift_x, shift_y;  // shifts in parts of the sides
  double zoom, brightness;           // factors
};

// Each number has its place, whatever else is drawn: another kind more changes none.
View draw_view(const Augmentation& a, RandomKey key, std::uint64_t place) {
  const auto uniform = [&](std::uint64_t i) { return double{random_uniform(key, 8 * place + i)}; };
  const auto symmetric = [&](std::uint64_t i) { return 2 * uniform(i) - 1; };
  return {.flip = a.flip > 0 && uniform(0) < 0.5,
          .flip_vertical = a.flip_vertical > 0 && uniform(1) < 0.5,
          .radians = a.rotate * symmetric(2) * std::numbers::pi / 180,
          .shift_x = a.shift * symmetric(3),
          .shift_y = a.shift * symmetric(4),
          .zoom = 1 + a.zoom * symmetric(5),
          .brightness = 1 + a.brightness * symmetric(6)};
}

// The way back: for a place in the view, that in the picture. In pixels, from the picture's corner.
struct WayBack {
  double xx, xy, yx, yy, x0, y0;

  WayBack(const View& view, int height, int width) {
    const double cosine = std::cos(view.radians) / view.zoom,
                 sine = std::sin(view.radians) / view.zoom;
    const double sign_x = view.flip ? -1 : 1, sign_y = view.flip_vertical ? -1 : 1;
    xx = sign_x * cosine, xy = sign_x * sine;
    yx = -sign_y * sine, yy = sign_y * cosine;
    const double centre_x = width / 2.0, centre_y = height / 2.0;
    const double from_x = -centre_x - view.shift_x * width,
                 from_y = -centre_y - view.shift_y * height;
    x0 = centre_x + xx * from_x + xy * from_y;
    y0 = centre_y + yx * from_x + yy * from_y;
  }
};

// Two neighbours along a side of `size` pixels and how much the second counts, for a place between their
// centres; beyond the first and last centre both are the border's pixel.
struct Neighbours {
  int first, second;
  double weight;

  Neighbours(double place, int size) {
    const double at = std::clamp(place - 0.5, 0.0, size - 1.0);
    first = static_cast<int>(at);
    second = std::min(first + 1, size - 1);
    weight = at - first;
  }
};

template <class T>
std::vector<T> resampled(const std::vector<T>& from, int height, int width, int planes, int white,
                         const View& view) {
  const WayBack back(view, height, width);
  std::vector<T> to(from.size());
  T* out = to.data();
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double u = x + 0.5, v = y + 0.5;
      const Neighbours column(back.xx * u + back.xy * v + back.x0, width);
      const Neighbours row(back.yx * u + back.yy * v + back.y0, height);
      const T* above = from.data() + std::ptrdiff_t{row.first} * width * planes;
      const T* below = from.data() + std::ptrdiff_t{row.second} * width * planes;
      for (int p = 0; p < planes; ++p) {
        const int left = column.first * planes + p, right = column.second * planes + p;
        const double upper = above[left] + column.weight * (above[right] - above[left]);
        const double lower = below[left] + column.weight * (below[right] - below[left]);
        const double value = (upper + row.weight * (lower - upper)) * view.brightness;
        *out++ = static_cast<T>(std::clamp(value, 0.0, double(white)) + 0.5);
      }
    }
  return to;
}

}  // namespace

const std::vector<AugmentationKind>& augmentation_kinds() {
  static const std::vector<AugmentationKind> kinds = {
      {"flip", "", 1, "left and right exchanged, in half of the pictures", &Augmentation::flip},
      {"flip_vertical", "", 1, "top and bottom exchanged, in half of the pictures",
       &Augmentation::flip_vertical},
      {"rotate", "DEGREES", 180, "turned about the centre by up to so many degrees, either way",
       &Augmentation::rotate},
      {"shift", "FRACTION", 0.5, "moved by up to this part of width and height, any way",
       &Augmentation::shift},
      {"zoom", "FRACTION", 0.5, "enlarged by a factor of 1 minus to 1 plus this",
       &Augmentation::zoom},
      {"brightness", "FRACTION", 0.9, "values times a factor of 1 minus to 1 plus this",
       &Augmentation::brightness},
  };
  return kinds;
}

std::string augmentation_help() {
  std::string text;
  for (const AugmentationKind& kind : augmentation_kinds()) {
    text += concat(text.empty() ? "" : "; ", kind.name);
    if (!kind.unit.empty()) text += concat("=", kind.unit, " (up to ", kind.most, ")");
    text += concat(": ", kind.help);
  }
  return text;
}

Augmentation parse_augmentation(const std::string& text) {
  Augmentation augmentation;
  std::vector<std::string> seen;
  for (const std::string& part : split_list(text, "--augment")) {
    const std::size_t equals = part.find('=');
    const std::string name = part.substr(0, equals);
    const AugmentationKind& kind = kind_named(name);
    if (std::find(seen.begin(), seen.end(), name) != seen.end())
      throw UsageError(concat("--augment: '", name, "' is given twice"));
    seen.push_back(name);
    const bool given = equals != std::string::npos;
    if (given && kind.unit.empty())
      throw UsageError(concat("--augment: '", name, "' has no strength, got '", part, "'"));
    if (!given && !kind.unit.empty())
      throw UsageError(concat("--augment: '", name, "' needs a strength: ", name, "=", kind.unit,
                              ", up to ", kind.most));
    augmentation.*kind.strength =
        given
            ? parse_real(part.substr(equals + 1), concat("--augment ", name).c_str(), 0, kind.most)
            : 1;
  }
  return augmentation;
}

std::string to_text(const Augmentation& augmentation) {
  std::string text;
  for (const AugmentationKind& kind : augmentation_kinds()) {
    const double strength = augmentation.*kind.strength;
    if (strength == 0) continue;
    text += concat(text.empty() ? "" : ",", kind.name);
    if (!kind.unit.empty()) text += "=" + number_text(strength);
  }
  return text.empty() ? "none" : text;
}

Sample augmented(const Sample& sample, int height, int width, const Augmentation& augmentation,
                 RandomKey key, std::uint64_t place) {
  const std::size_t picture = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  const int planes = sample.pixels.size() == 3 * picture ? 3 : 1;
  require(sample.pixels.size() == picture * static_cast<std::size_t>(planes), "sample ", sample.id,
          " has ", sample.pixels.size(), " pixels, expected ", height, "x", width);
  const View view = draw_view(augmentation, key, place);
  const int white = sample.pixels.white();
  Sample result;
  result.id = sample.id;
  result.label = sample.label;
  result.group = sample.group;
  result.pixels = sample.pixels.visit([&](const auto& values) {
    return Pixels(resampled(values, height, width, planes, white, view), white);
  });
  return result;
}

}  // namespace pellucid
