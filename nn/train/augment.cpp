#include "nn/train/augment.h"

#include <algorithm>
#include <type_traits>

#include "runtime/error.h"
#include "runtime/parallel.h"
#include "runtime/random.h"

namespace pellucid {
namespace {

// One of the 16·n augmented samples, by its place in the paper's order.
struct View {
  std::size_t source;
  int turns;
  bool flip;
  bool light;
  std::uint64_t light_index;  // numbers the brightness copies
};

View view_at(std::size_t place, std::size_t samples) {
  const std::size_t in_half = place % (8 * samples), turned = in_half % (4 * samples);
  return {turned / 4, static_cast<int>(turned % 4), in_half >= 4 * samples, place >= 8 * samples,
          in_half};
}

Sample make_view(const Dataset& dataset, const View& view, std::uint64_t seed) {
  Sample sample = rotate_counter_clockwise(dataset.train[view.source], dataset.width, view.turns);
  if (view.turns > 0) sample.id += concat("+r", 90 * view.turns);
  if (view.flip) {
    sample = flip_top_bottom(sample, dataset.height, dataset.width);
    sample.id += "+flip";
  }
  if (view.light) {
    const RandomKey key{seed, kAugmentLightStream};
    const double brightness = -15.0 + 30.0 * double{random_uniform(key, 2 * view.light_index)};
    const double contrast = 0.5 + double{random_uniform(key, 2 * view.light_index + 1)};
    sample = change_light(sample, brightness, contrast);
    sample.id += "+light";
  }
  return sample;
}

// `count` of the places, without replacement, in their order.
std::vector<std::size_t> undersample(std::vector<std::size_t> places, std::size_t count,
                                     RandomKey key) {
  if (count == places.size()) return places;
  for (std::size_t i = 0; i < count; ++i) {
    const auto left = static_cast<std::uint32_t>(places.size() - i);
    std::swap(places[i], places[i + random_below(key, i, left)]);
  }
  places.resize(count);
  std::sort(places.begin(), places.end());
  return places;
}

}  // namespace

Sample rotate_counter_clockwise(const Sample& sample, int side, int turns) {
  Sample result = sample;
  const auto n = static_cast<std::size_t>(side);
  const auto turn_plane = [n](auto& plane) {
    const auto from = plane;
    for (std::size_t y = 0; y < n && !from.empty(); ++y)
      for (std::size_t x = 0; x < n; ++x) plane[y * n + x] = from[x * n + (n - 1 - y)];
  };
  for (int turn = 0; turn < turns; ++turn) {
    result.pixels.visit(turn_plane);
    turn_plane(result.lesion_mask);
    if (auto& circle = result.annotation) *circle = {circle->y, side - circle->x, circle->radius};
  }
  return result;
}

Sample flip_top_bottom(const Sample& sample, int height, int width) {
  Sample result = sample;
  const auto flip_plane = [height, width](auto& plane) {
    if (plane.empty()) return;
    for (int top = 0, bottom = height - 1; top < bottom; ++top, --bottom)
      std::swap_ranges(plane.begin() + top * width, plane.begin() + (top + 1) * width,
                       plane.begin() + bottom * width);
  };
  result.pixels.visit(flip_plane);
  flip_plane(result.lesion_mask);
  if (result.annotation) result.annotation->y = height - result.annotation->y;
  return result;
}

Sample change_light(const Sample& sample, double brightness, double contrast) {
  const double unit = static_cast<double>(kWhite8) / sample.pixels.white();
  std::vector<double> table;  // of each value what becomes of it
  for (int value = 0; value <= sample.pixels.white(); ++value) {
    const double lit = std::clamp(value * unit + brightness, 0.0, 255.0);
    const double stretched = std::clamp(contrast * (lit - 128.0) + 128.0, 0.0, 255.0);
    table.push_back(stretched / unit);
  }
  Sample result = sample;
  result.pixels.visit([&table](auto& values) {
    for (auto& value : values)
      value = static_cast<std::remove_reference_t<decltype(value)>>(table[value]);
  });
  return result;
}

std::vector<Sample> augment_training(const Dataset& dataset, std::uint64_t seed) {
  require(dataset.width == dataset.height,
          "augmentation turns pictures, so they must be square; got ", dataset.width, " × ",
          dataset.height);
  require(!dataset.colour, "augmentation is of grey pictures, these are in colour");
  const std::size_t samples = dataset.train.size();
  std::vector<std::vector<std::size_t>> places(dataset.class_names.size());  // by class
  for (std::size_t place = 0; place < 16 * samples; ++place) {
    const int label = dataset.train[view_at(place, samples).source].label;
    places[static_cast<std::size_t>(label)].push_back(place);
  }
  std::size_t smallest = 16 * samples;
  for (std::size_t c = 0; c < places.size(); ++c) {
    require(!places[c].empty(), "augmentation: no training sample of class ",
            dataset.class_names[c]);
    smallest = std::min(smallest, places[c].size());
  }

  std::vector<std::size_t> kept;
  for (std::size_t c = 0; c < places.size(); ++c) {
    const std::vector<std::size_t> chosen =
        undersample(std::move(places[c]), smallest, {seed, kAugmentBalanceStream + c});
    kept.insert(kept.end(), chosen.begin(), chosen.end());
  }
  std::vector<Sample> result(kept.size());
  parallel_for(kept.size(), [&](std::size_t i) {
    result[i] = make_view(dataset, view_at(kept[i], samples), seed);
  });
  return result;
}

}  // namespace pellucid
