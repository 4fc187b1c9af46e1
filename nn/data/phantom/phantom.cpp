#include "nn/data/phantom/phantom.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "nn/data/phantom/octave_noise.h"
#include "nn/data/preparation.h"
#include "runtime/error.h"
#include "runtime/parallel.h"

namespace pellucid {
namespace {

// Lengths are in sides of the picture, so that a phantom keeps its anatomy at every size; levels
// are grey levels.

// Random streams: eight of a phantom's own, from kPhantomStream on.
constexpr std::uint64_t kPhantomStream = 0x5048414E00000000;  // "PHAN"
enum class Part : std::uint64_t { kAnatomy, kTissue, kGrain, kLesion, kNodes, kMarker };

RandomKey part_key(std::uint64_t seed, std::uint64_t index, Part part) {
  return {seed, kPhantomStream + 8 * index + static_cast<std::uint64_t>(part)};
}

// Sixteen directions, 22.5° apart.
constexpr double kCos1 = 0.92387953251128674, kCos2 = 0.70710678118654752,
                 kCos3 = 0.38268343236508977;
constexpr std::array<Vector2, 16> kCompass = {{{1, 0},
                                               {kCos1, kCos3},
                                               {kCos2, kCos2},
                                               {kCos3, kCos1},
                                               {0, 1},
                                               {-kCos3, kCos1},
                                               {-kCos2, kCos2},
                                               {-kCos1, kCos3},
                                               {-1, 0},
                                               {-kCos1, -kCos3},
                                               {-kCos2, -kCos2},
                                               {-kCos3, -kCos1},
                                               {0, -1},
                                               {kCos3, -kCos1},
                                               {kCos2, -kCos2},
                                               {kCos1, -kCos3}}};

// 1 at t ≤ 0, 0 at t ≥ 1, smooth between.
double fall(double t) {
  t = std::clamp(t, 0.0, 1.0);
  return 1 - t * t * (3 - 2 * t);
}

double distance_between(Vector2 a, Vector2 b) {
  const double dx = a.x - b.x, dy = a.y - b.y;
  return std::sqrt(dx * dx + dy * dy);
}

// From `point` to the nearest point of the segment a … b; `along` is that point's place, 0 … 1.
double segment_distance(Vector2 point, Vector2 a, Vector2 b, double& along) {
  const double bx = b.x - a.x, by = b.y - a.y, px = point.x - a.x, py = point.y - a.y;
  along = std::clamp((px * bx + py * by) / (bx * bx + by * by), 0.0, 1.0);
  const double dx = px - along * bx, dy = py - along * by;
  return std::sqrt(dx * dx + dy * dy);
}

// ---- what every phantom has, whatever its class ----

// Half an ellipse on the chest wall, which is the left side of the picture, or the right if
// mirrored.
struct Outline {
  bool mirrored;
  double reach;   // from the chest wall to the nipple
  double middle;  // y of the nipple
  double half_height;

  // 1 in the middle of the chest wall, 0 on the skin, negative outside.
  double depth(Vector2 point) const {
    const double x = (mirrored ? 1 - point.x : point.x) / reach;
    const double y = (point.y - middle) / half_height;
    return 1 - x * x - y * y;
  }
};

// A soft density: `level` at the centre, fading to 0 at `radius`.
struct Density {
  Vector2 centre;
  double radius;
  double level;
};

constexpr int kVesselPieces = 12;

// A thin bright line, bent, from near the nipple towards the chest wall.
struct Vessel {
  std::array<Vector2, kVesselPieces + 1> points;
  double half_width;
  double level;
};

struct Anatomy {
  Outline outline;
  double tissue_level;
  double texture_level;
  std::vector<Density> densities;
  std::vector<Vessel> vessels;
};

Outline draw_outline(Draws& draws) {
  const bool mirrored = draws.whole(0, 1) == 1;
  const double reach = draws.between(0.80, 0.92);
  const double middle = draws.between(0.48, 0.52);
  return {mirrored, reach, middle, draws.between(0.44, 0.475)};
}

// The point `along` × `across` of the outline's frame: along 0 … 1 from the chest wall to the
// nipple, across −1 … 1 from top to bottom.
Vector2 in_breast(const Outline& outline, double along, double across) {
  const double x = along * outline.reach;
  return {outline.mirrored ? 1 - x : x, outline.middle + across * outline.half_height};
}

Vessel draw_vessel(Draws& draws, const Outline& outline) {
  const double from_along = draws.between(0.75, 0.9), from_across = draws.between(-0.2, 0.2);
  const double bend_along = draws.between(0.35, 0.65), bend_across = draws.between(-0.9, 0.9);
  const double to_along = draws.between(0.0, 0.3), to_across = draws.between(-0.85, 0.85);
  const Vector2 from = in_breast(outline, from_along, from_across);
  const Vector2 bend = in_breast(outline, bend_along, bend_across);
  const Vector2 to = in_breast(outline, to_along, to_across);
  Vessel vessel{};
  for (int i = 0; i <= kVesselPieces; ++i) {
    const double t = static_cast<double>(i) / kVesselPieces, u = 1 - t;
    vessel.points[static_cast<std::size_t>(i)] = {
        u * u * from.x + 2 * u * t * bend.x + t * t * to.x,
        u * u * from.y + 2 * u * t * bend.y + t * t * to.y};
  }
  vessel.half_width = draws.between(0.012, 0.02);
  vessel.level = draws.between(12, 30);
  return vessel;
}

Anatomy draw_anatomy(std::uint64_t seed, std::uint64_t index) {
  Draws draws(part_key(seed, index, Part::kAnatomy));
  Anatomy anatomy{draw_outline(draws), draws.between(55, 80), draws.between(9, 15), {}, {}};
  const int densities = draws.whole(1, 3);
  for (int i = 0; i < densities; ++i) {
    const double along = draws.between(0.1, 0.8), across = draws.between(-0.6, 0.6);
    const double radius = draws.between(0.15, 0.32);
    anatomy.densities.push_back(
        {in_breast(anatomy.outline, along, across), radius, draws.between(12, 32)});
  }
  const int vessels = draws.whole(3, 6);
  for (int i = 0; i < vessels; ++i) anatomy.vessels.push_back(draw_vessel(draws, anatomy.outline));
  return anatomy;
}

double density_level(const Density& density, Vector2 point) {
  return density.level * fall(distance_between(point, density.centre) / density.radius);
}

double vessel_level(const Vessel& vessel, Vector2 point) {
  double nearest = 1, along = 0;
  for (std::size_t i = 0; i < kVesselPieces; ++i)
    nearest =
        std::min(nearest, segment_distance(point, vessel.points[i], vessel.points[i + 1], along));
  return vessel.level * fall(nearest / vessel.half_width);
}

Vector2 pixel_centre(int size, int y, int x) { return {(x + 0.5) / size, (y + 0.5) / size}; }

GreyImage paint_background(int size, std::uint64_t seed, std::uint64_t index) {
  // Air and tissue stay clear of 0 and 255, so that a lesion adds its full contrast.
  constexpr double kAir = 6, kBrightest = 165;
  const Anatomy anatomy = draw_anatomy(seed, index);
  Draws tissue(part_key(seed, index, Part::kTissue));
  const OctaveNoise texture(tissue, size / 2);
  Draws grain(part_key(seed, index, Part::kGrain));

  GreyImage image(size, size);
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const Vector2 point = pixel_centre(size, y, x);
      const double depth = anatomy.outline.depth(point);
      double level = kAir + grain.between(-3, 3);
      if (depth > 0) {
        level += anatomy.tissue_level + anatomy.texture_level * texture.at(point.x, point.y);
        for (const Density& density : anatomy.densities) level += density_level(density, point);
        for (const Vessel& vessel : anatomy.vessels) level += vessel_level(vessel, point);
        level = kAir + (level - kAir) * (1 - fall(depth / 0.25));  // thinner towards the skin
      }
      image.at(y, x) = static_cast<std::uint8_t>(std::clamp(level, 0.0, kBrightest) + 0.5);
    }
  }
  return image;
}

// ---- lesions, which the class decides about ----

constexpr double kSmallestMass = 0.075, kLargestMass = 0.105;  // radius
constexpr double kFaintest = 60, kStrongest = 85;              // level
constexpr double kLongestSpicule = 1.9;                        // radii of the mass, from its centre
constexpr int kMostSpicules = 14;                              // of the 16 compass directions

struct Lesion {
  Vector2 centre;
  double radius;
  double level;
  Vector2 turn;  // direction 0 of the compass
  struct Spicule {
    Vector2 tip;
    double half_width;
  };
  std::vector<Spicule> spicules;
};

// Whether everything within `reach` of `centre` lies in the breast and in the picture.
bool fits(const Outline& outline, Vector2 centre, double reach) {
  // The outline is convex: it holds the disc if it holds a polygon around the disc.
  constexpr double kAround = 1.02;  // 1 / cos 11.25°, rounded up
  return std::all_of(kCompass.begin(), kCompass.end(), [&](Vector2 direction) {
    const Vector2 corner{centre.x + kAround * reach * direction.x,
                         centre.y + kAround * reach * direction.y};
    return corner.x >= 0 && corner.x <= 1 && outline.depth(corner) > 0.02;
  });
}

Vector2 draw_point(Draws& draws, const Outline& outline) {
  const double along = draws.between(0, 1), across = draws.between(-1, 1);
  return in_breast(outline, along, across);
}

Vector2 draw_lesion_place(Draws& draws, const Outline& outline, double reach) {
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const Vector2 centre = draw_point(draws, outline);
    if (fits(outline, centre, reach)) return centre;
  }
  return in_breast(outline, 0.45, 0);  // fits in every outline
}

// The same place, size and contrast for every class: all is drawn whether it is used or not.
Lesion draw_lesion(std::uint64_t seed, std::uint64_t index, const Outline& outline) {
  Draws draws(part_key(seed, index, Part::kLesion));
  Lesion lesion{};
  lesion.radius = draws.between(kSmallestMass, kLargestMass);
  lesion.level = draws.between(kFaintest, kStrongest);
  lesion.centre = draw_lesion_place(draws, outline, 1.03 * kLongestSpicule * kLargestMass);
  lesion.turn = random_direction(draws);
  const int spicules = draws.whole(10, kMostSpicules);
  const int first = draws.whole(0, 15);
  for (int i = 0; i < spicules; ++i) {
    const Vector2 compass = kCompass[static_cast<std::size_t>((first + i) % 16)];
    const double length = lesion.radius * draws.between(1.5, kLongestSpicule);
    const double sway = draws.between(-0.2, 0.2);  // off the compass, keeping the length within 2 %
    const Vector2 swayed{compass.x - sway * compass.y, compass.y + sway * compass.x};
    const Vector2 direction{swayed.x * lesion.turn.x - swayed.y * lesion.turn.y,
                            swayed.x * lesion.turn.y + swayed.y * lesion.turn.x};
    lesion.spicules.push_back(
        {{lesion.centre.x + length * direction.x, lesion.centre.y + length * direction.y},
         draws.between(0.016, 0.022)});
  }
  return lesion;
}

// 0 … 1: full within 60 % of the radius, smooth to the rim.
double benign_profile(const Lesion& lesion, Vector2 point) {
  return fall((distance_between(point, lesion.centre) / lesion.radius - 0.6) / 0.4);
}

// 0 … 1: a core of 70 % of the radius, and spicules that grow thinner towards their tips.
double malignant_profile(const Lesion& lesion, Vector2 point) {
  double profile = fall((distance_between(point, lesion.centre) / lesion.radius - 0.5) / 0.3);
  for (const Lesion::Spicule& spicule : lesion.spicules) {
    double along = 0;
    const double distance = segment_distance(point, lesion.centre, spicule.tip, along);
    const double half_width = spicule.half_width * (1 - 0.5 * along);
    profile = std::max(profile, (1 - 0.4 * along) * fall(distance / half_width));
  }
  return profile;
}

// Adds the lesion and notes where it did.
void paint_lesion(Sample& sample, int size, const Lesion& lesion) {
  std::vector<std::uint8_t>& pixels = sample.pixels.bytes();
  sample.lesion_mask.assign(pixels.size(), 0);
  double farthest = 0;  // from the centre
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const Vector2 point = pixel_centre(size, y, x);
      const double profile =
          sample.label == 1 ? benign_profile(lesion, point) : malignant_profile(lesion, point);
      const int added = static_cast<int>(lesion.level * profile + 0.5);
      if (added == 0) continue;
      const std::size_t pixel = static_cast<std::size_t>(y * size + x);
      pixels[pixel] = static_cast<std::uint8_t>(pixels[pixel] + added);
      sample.lesion_mask[pixel] = 255;
      farthest = std::max(farthest, distance_between(point, lesion.centre));
    }
  }
  // Half a diagonal more takes in the whole of the farthest pixel.
  sample.annotation =
      Circle{lesion.centre.x * size, lesion.centre.y * size, farthest * size + 0.70710678118654752};
}

// ---- lymph nodes, which every class has ----

// A ring as large and as bright as a lesion: rim and fatty, dark middle. Without them a lesion
// would be the brightest spot of its picture, and the map of any network, even an untrained one,
// would peak there.
struct Node {
  Vector2 centre;
  double radius;
  double level;
};

constexpr int kMostNodes = 2;

// Clear of each other and of the place of the lesion, whether there is a lesion or not.
std::vector<Node> draw_nodes(std::uint64_t seed, std::uint64_t index, const Outline& outline,
                             const Lesion& lesion) {
  constexpr double kGap = 0.01;
  Draws draws(part_key(seed, index, Part::kNodes));
  std::vector<Node> nodes;
  for (int attempt = 0; attempt < 200 && nodes.size() < kMostNodes; ++attempt) {
    const Vector2 centre = draw_point(draws, outline);
    const double radius = draws.between(kSmallestMass, kLargestMass);
    const Node node{centre, radius, draws.between(kFaintest, kStrongest)};
    const auto clear_of = [&](Vector2 other, double reach) {
      return distance_between(centre, other) > radius + reach + kGap;
    };
    if (fits(outline, centre, radius) && clear_of(lesion.centre, kLongestSpicule * lesion.radius) &&
        std::all_of(nodes.begin(), nodes.end(),
                    [&](const Node& other) { return clear_of(other.centre, other.radius); }))
      nodes.push_back(node);
  }
  return nodes;
}

// 0 … 1: full on the rim, 0 outside and in the middle.
double node_profile(const Node& node, Vector2 point) {
  const double from_centre = distance_between(point, node.centre) / node.radius;
  return fall((from_centre - 0.8) / 0.2) * (1 - fall((from_centre - 0.35) / 0.25));
}

void paint_nodes(GreyImage& image, const std::vector<Node>& nodes) {
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      double added = 0;
      for (const Node& node : nodes)
        added += node.level * node_profile(node, pixel_centre(image.width, y, x));
      image.at(y, x) = static_cast<std::uint8_t>(image.at(y, x) + static_cast<int>(added + 0.5));
    }
}

void check_size(int size) {
  if (size < kPhantomMinSize || size > kPhantomMaxSize)
    throw UsageError(concat("phantom: the size must be ", kPhantomMinSize, " to ", kPhantomMaxSize,
                            " pixels, got ", size));
}

void check_count(const char* subset, int count, int least) {
  constexpr int kMost = 100'000;
  if (count < least || count > kMost)
    throw UsageError(concat("phantom: samples per class of ", subset, " must be ", least, " to ",
                            kMost, ", got ", count));
}

// A phantom is drawn as the network sees it, so nothing is done to a picture; the settings say how it
// was drawn.
PreparationAction parse_generator(const JsonView& value, const JsonView&) {
  value.text();
  return [](PictureUnderway&) {};
}

// "phantom000017", "phantom-test000003"
std::string id_of(std::uint64_t index) {
  const std::uint64_t part = index / kPhantomsApart;
  const std::string number = std::to_string(index % kPhantomsApart);
  return concat("phantom",
                part == 0   ? ""
                : part == 1 ? "-valid"
                            : "-test",
                std::string(number.size() < 6 ? 6 - number.size() : 0, '0'), number);
}

}  // namespace

extern const PreparationStep generator_step;
const PreparationStep generator_step{"generator", parse_generator, {"size", "seed", "shortcut"}};

Sample phantom_sample(int size, std::uint64_t seed, std::uint64_t index, int label) {
  check_size(size);
  if (label < 0 || label > 2)
    throw UsageError(concat("phantom: the label must be 0 to 2, got ", label));
  Sample sample;
  sample.id = id_of(index);
  sample.label = label;
  const Outline outline = draw_anatomy(seed, index).outline;
  const Lesion lesion = draw_lesion(seed, index, outline);
  GreyImage image = paint_background(size, seed, index);
  paint_nodes(image, draw_nodes(seed, index, outline, lesion));
  sample.pixels = std::move(image.pixels);
  if (label != 0) paint_lesion(sample, size, lesion);
  return sample;
}

GreyImage phantom_breast(int size, std::uint64_t seed, std::uint64_t index) {
  check_size(size);
  const Outline outline = draw_anatomy(seed, index).outline;
  GreyImage mask(size, size);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x)
      mask.at(y, x) = outline.depth(pixel_centre(size, y, x)) > 0 ? 255 : 0;
  return mask;
}

GreyImage phantom_marker(int size, std::uint64_t seed, std::uint64_t index, int label) {
  constexpr double kMargin = 0.012, kLength = 0.105, kThickness = 0.045;
  check_size(size);
  GreyImage mask(size, size);
  if (label == 0) return mask;
  Draws draws(part_key(seed, index, Part::kMarker));
  const bool below = draws.whole(0, 1) == 1;
  const bool left = draw_anatomy(seed, index).outline.mirrored;  // away from the chest wall
  const double width = label == 1 ? kLength : kThickness, height = kLength + kThickness - width;
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) {
      const Vector2 point = pixel_centre(size, y, x);
      const double along = (left ? point.x : 1 - point.x) - kMargin;
      const double across = (below ? 1 - point.y : point.y) - kMargin;
      if (along >= 0 && along < width && across >= 0 && across < height) mask.at(y, x) = 255;
    }
  return mask;
}

Dataset make_phantom(const PhantomOptions& options, std::uint64_t seed) {
  check_size(options.size);
  if (options.channels != 1 && options.channels != 3)
    throw UsageError(concat("phantom: channels must be 1 or 3, got ", options.channels));
  check_count("train", options.train_per_class, 1);
  check_count("valid", options.valid_per_class, 0);
  check_count("test", options.test_per_class, 0);

  Dataset dataset;
  dataset.height = dataset.width = options.size;
  dataset.channels = options.channels;
  dataset.class_names = {"normal", "benign", "malignant"};
  dataset.source = dataset.protocol = dataset.split = kPhantomSource;
  dataset.preprocessing =
      concat(R"({"generator":"phantom 3","size":)", options.size, R"(,"seed":)", seed,
             options.shortcut ? R"(,"shortcut":true)" : "", R"(,"scale":"1/255"})");
  const auto fill = [&](std::vector<Sample>& samples, int per_class, std::uint64_t part) {
    const std::uint64_t first = part * kPhantomsApart;
    samples.resize(static_cast<std::size_t>(per_class) * dataset.class_names.size());
    parallel_for(samples.size(), [&](std::size_t i) {
      const int label = static_cast<int>(i % dataset.class_names.size());
      samples[i] = phantom_sample(options.size, seed, first + i, label);
      if (options.shortcut) {
        constexpr std::uint8_t kMarkerLevel = 230;
        const GreyImage marker = phantom_marker(options.size, seed, first + i, label);
        for (std::size_t pixel = 0; pixel < marker.pixels.size(); ++pixel)
          if (marker.pixels[pixel] != 0) samples[i].pixels.bytes()[pixel] = kMarkerLevel;
      }
      samples[i].content = content_hash(Image(options.size, options.size, 1, samples[i].pixels));
    });
  };
  fill(dataset.train, options.train_per_class, 0);
  fill(dataset.valid, options.valid_per_class, 1);
  fill(dataset.test, options.test_per_class, 2);
  return dataset;
}

}  // namespace pellucid
