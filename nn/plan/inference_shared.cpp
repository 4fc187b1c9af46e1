// What masks over one picture share (nn/plan/inference.h).
#include <algorithm>

#include "kernels/conv2d/patterns/conv2d_patterns.h"
#include "kernels/mask/expand_patterns.h"
#include "kernels/mask/pattern_plan.h"
#include "nn/plan/inference.h"
#include "runtime/error.h"
#include "runtime/profile.h"

namespace pellucid {
namespace {

// What sharing costs, in multiply-adds of the convolutions mask by mask: a row's multiply-add, looking
// up one place of its field, telling what one mask looks like from one view, and moving one value of a
// feature map. find: seconds a pixel to find the views of up to 64 superpixels, half as many again for
// each 64 more; speed: multiply-adds a second.
struct Costs {
  double row, look_up, tell, move, find, speed;
};
// On two cores with AVX-512 (results/explainers-cpu.md), and on an H200, where eight cores of the host
// find the patterns while the GPU waits (results/gpu-h200.md).
constexpr Costs kCpuCosts{1.25, 150, 200, 80, 4e-8, 1.6e11};
constexpr Costs kGpuCosts{1.74, 91, 1.5e4, 27, 4e-8, 1e13};

const Costs& costs_of(DeviceKind device) {
  return device == DeviceKind::cuda ? kGpuCosts : kCpuCosts;
}

// Which the planner holds as a byte each.
constexpr std::size_t kMostMaskBits = std::size_t{1} << 27;

Conv2dPatternsArgs arguments(const Conv2dShape& shape, int pool) {
  Conv2dPatternsArgs args{};
  args.shape = shape;
  args.pool = pool;
  return args;
}

PatternField field_of(const Conv2dPatternsArgs& a) {
  return {a.pooled_p(),
          a.pooled_q(),
          a.field_h(),
          a.field_w(),
          a.pool * a.shape.stride_h,
          a.pool * a.shape.stride_w,
          a.shape.pad_h,
          a.shape.pad_w};
}

// Of one row, and of a mask's whole map.
double row_multiply_adds(const Conv2dPatternsArgs& a) {
  return 1.0 * a.pool * a.pool * a.shape.taps() * a.shape.k;
}
double multiply_adds(const Conv2dPatternsArgs& a) {
  return a.pooled_p() * row_multiply_adds(a) * a.pooled_q();
}
double multiply_adds(const std::vector<Conv2dPatternsArgs>& layers, int masks) {
  double sum = 0;
  for (const Conv2dPatternsArgs& a : layers) sum += masks * multiply_adds(a);
  return sum;
}

// The patterns of the layers that masks should share: as many as make the cost of these, with putting
// the last one's maps together, least against that of the masks one by one. Finding patterns for more than
// all the layers cost so saves nothing.
std::vector<PatternLevel> levels_to_share(PatternPlanner& planner,
                                          const std::vector<Conv2dPatternsArgs>& layers, int masks,
                                          const Costs& cost, Inference::Sharing sharing) {
  const double direct_of_all = multiply_adds(layers, masks);
  const bool always = sharing == Inference::Sharing::always;
  std::vector<PatternLevel> levels;
  std::size_t best = 0;
  double direct = 0, shared = 0, least = 0;
  for (const Conv2dPatternsArgs& a : layers) {
    std::size_t most_entries = 4 * Inference::kMostSharedRows;
    if (!always)
      most_entries =
          std::min(most_entries, static_cast<std::size_t>((direct_of_all - shared) / cost.tell));
    std::optional<PatternLevel> level =
        planner.next(field_of(a), Inference::kMostSharedRows, most_entries);
    if (!level) break;
    direct += masks * multiply_adds(a);
    shared += static_cast<double>(level->rows.size()) *
                  (cost.row * row_multiply_adds(a) + cost.look_up * a.field_h() * a.field_w()) +
              cost.tell * masks * level->views;
    const double moved = cost.move * masks * static_cast<double>(level->places.size()) * a.shape.k;
    levels.push_back(std::move(*level));
    if (always || shared + moved - direct < least) {
      least = shared + moved - direct;
      best = levels.size();
    }
    if (!always && shared > direct_of_all) break;
  }
  levels.resize(best);
  return levels;
}

// (count, 2) of the two integers of each.
template <class Pair>
Tensor upload_pairs(Stream& stream, const std::vector<Pair>& pairs) {
  static_assert(sizeof(Pair) == 2 * sizeof(std::int32_t));
  const auto* values = reinterpret_cast<const std::int32_t*>(pairs.data());
  return Tensor::from_host(stream, {static_cast<std::int64_t>(pairs.size()), 2},
                           std::span(values, 2 * pairs.size()));
}
template <class Pair>
const Pair* pairs(const Tensor& tensor) {
  return reinterpret_cast<const Pair*>(tensor.data<std::int32_t>());
}

MaskPatterns patterns_of(const Inference::Shared& shared) {
  return {pairs<PatternPlace>(shared.places), shared.pattern_of_mask.data<std::int32_t>()};
}

}  // namespace

// The plain pooling behind so many steps, which putting their outputs together does in passing.
int Inference::pool_after(std::size_t steps) const {
  return steps < picture_steps_.size() && picture_steps_[steps].layer ? picture_steps_[steps].pool
                                                                      : 1;
}

// The fused convolutions that a picture begins with.
std::vector<Conv2dPatternsArgs> Inference::layers_of_pictures() const {
  std::vector<Conv2dPatternsArgs> layers;
  for (const Step& step : picture_steps_) {
    if (step.layer) break;
    layers.push_back(arguments(shape_of(step, 1), step.pool));
  }
  return layers;
}

bool Inference::may_share(int masks, int words) const {
  const Costs& cost = costs_of(stream_.device());
  const int words_of_view = (words + 1) / 2;  // of 64 superpixels
  const double find = cost.find * cost.speed * input_.h * input_.w * (words_of_view + 1) / 2;
  return multiply_adds(layers_of_pictures(), masks) > find;
}

std::optional<Inference::Shared> Inference::share(const MaskedImage& masked,
                                                  std::span<const std::int32_t> labels,
                                                  std::span<const std::uint32_t> bits,
                                                  Sharing sharing) const {
  require(masked.image_of == nullptr, "masks share layers over one picture only");
  const ProfileScope scope(stream_, "patterns");
  const int masks = static_cast<int>(bits.size()) / masked.words;
  if (sharing == Sharing::where_faster && !may_share(masks, masked.words)) return std::nullopt;
  if (32 * bits.size() > kMostMaskBits) return std::nullopt;
  const std::vector<Conv2dPatternsArgs> layers = layers_of_pictures();
  PatternPlanner planner(labels, input_.h, input_.w, bits, masked.words);
  const std::vector<PatternLevel> levels =
      levels_to_share(planner, layers, masks, costs_of(stream_.device()), sharing);
  if (levels.empty()) return std::nullopt;

  Shared out;
  out.masks = masks;
  double replaced = 0, computed = 0;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const ProfileScope step_scope(stream_, picture_steps_[i].name);
    const PatternLevel& level = levels[i];
    Conv2dPatternsArgs a = layers[i];
    a.count = static_cast<int>(level.rows.size());
    const Tensor rows = upload_pairs(stream_, level.rows);
    const Tensor y = Tensor::empty(stream_, {a.count, a.shape.k});
    if (i == 0) {
      a.masked = masked;
    } else {
      a.x = out.rows.data<float>();
      a.input = patterns_of(out);
    }
    a.rows = pairs<PatternRow>(rows);
    a.w = picture_steps_[i].weight.data<float>();
    a.bias = picture_steps_[i].bias.data<float>();
    a.y = y.data<float>();
    conv2d_patterns(stream_, a);
    out.rows = y;
    out.places = upload_pairs(stream_, level.places);
    out.pattern_of_mask = Tensor::from_host(stream_, {level.views, masks}, level.pattern_of_mask);
    computed += a.count * row_multiply_adds(a);
    replaced += masks * multiply_adds(a);
  }
  out.layers = static_cast<int>(levels.size());
  out.computed = computed / replaced;
  return out;
}

Tensor Inference::logits(const Shared& shared, int first, int n) const {
  require(first >= 0 && n >= 1 && first + n <= shared.masks, "masks ", first, " to ", first + n - 1,
          " of ", shared.masks, " that share layers");
  const auto steps = static_cast<std::size_t>(shared.layers);
  const ActivationShape& z = picture_steps_[steps - 1].output;
  const int pool = pool_after(steps);
  const ActivationShape pooled = pool > 1 ? picture_steps_[steps].output : z;
  return run(n, pool > 1 ? steps + 1 : steps, [&](int begin, int count) {
    const ProfileScope scope(stream_, "expansion");
    const Tensor y = Tensor::empty(stream_, pooled.batch(count));
    expand_patterns(stream_, {shared.rows.data<float>(), patterns_of(shared), y.data<float>(),
                              first + begin, count, z.h, z.w, z.c, pool});
    return y;
  });
}

}  // namespace pellucid
