#include "explain/masks/shared_layers.h"

#include <algorithm>

#include "kernels/conv2d/patterns/conv2d_patterns.h"
#include "kernels/mask/expand_patterns.h"
#include "kernels/mask/pattern_plan.h"
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
                                          const Costs& cost, SharedWhere where) {
  const double direct_of_all = multiply_adds(layers, masks);
  const bool always = where == SharedWhere::possible;
  std::vector<PatternLevel> levels;
  std::size_t best = 0;
  double direct = 0, shared = 0, least = 0;
  for (const Conv2dPatternsArgs& a : layers) {
    std::size_t most_entries = 4 * kMostSharedRows;
    if (!always)
      most_entries =
          std::min(most_entries, static_cast<std::size_t>((direct_of_all - shared) / cost.tell));
    std::optional<PatternLevel> level = planner.next(field_of(a), kMostSharedRows, most_entries);
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

MaskPatterns patterns_of(const SharedLayers& shared) {
  return {pairs<PatternPlace>(shared.places), shared.pattern_of_mask.data<std::int32_t>()};
}

std::vector<Conv2dPatternsArgs> layers_of(const std::vector<Plan::ChainLink>& chain) {
  std::vector<Conv2dPatternsArgs> layers;
  for (const Plan::ChainLink& link : chain) layers.push_back(arguments(link.shape, link.pool));
  return layers;
}

}  // namespace

bool may_share_layers(const Plan& plan, int masks, int words) {
  const Costs& cost = costs_of(plan.stream().device().kind);
  const int words_of_view = (words + 1) / 2;  // of 64 superpixels
  const ActivationShape& input = plan.input();
  const double find = cost.find * cost.speed * input.h * input.w * (words_of_view + 1) / 2;
  return multiply_adds(layers_of(plan.chain()), masks) > find;
}

std::optional<SharedLayers> share_layers(const Plan& plan, const MaskedImage& masked,
                                         std::span<const std::int32_t> labels,
                                         std::span<const std::uint32_t> bits, SharedWhere where) {
  require(masked.image_of == nullptr, "masks share layers over one picture only");
  Stream& stream = plan.stream();
  const ProfileScope scope(stream, "patterns");
  const int masks = static_cast<int>(bits.size()) / masked.words;
  if (where == SharedWhere::faster && !may_share_layers(plan, masks, masked.words))
    return std::nullopt;
  if (32 * bits.size() > kMostMaskBits) return std::nullopt;
  const std::vector<Plan::ChainLink> chain = plan.chain();
  const std::vector<Conv2dPatternsArgs> layers = layers_of(chain);
  PatternPlanner planner(labels, plan.input().h, plan.input().w, bits, masked.words);
  const std::vector<PatternLevel> levels =
      levels_to_share(planner, layers, masks, costs_of(stream.device().kind), where);
  if (levels.empty()) return std::nullopt;

  SharedLayers out;
  out.masks = masks;
  double replaced = 0, computed = 0;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const ProfileScope step_scope(stream, chain[i].name);
    const PatternLevel& level = levels[i];
    Conv2dPatternsArgs a = layers[i];
    a.count = static_cast<int>(level.rows.size());
    const Tensor rows = upload_pairs(stream, level.rows);
    const Tensor y = Tensor::empty(stream, {a.count, a.shape.k});
    if (i == 0) {
      a.masked = masked;
    } else {
      a.x = out.rows.data<float>();
      a.input = patterns_of(out);
    }
    a.rows = pairs<PatternRow>(rows);
    a.w = chain[i].weight.data<float>();
    a.bias = chain[i].bias.defined() ? chain[i].bias.data<float>() : nullptr;
    a.y = y.data<float>();
    conv2d_patterns(stream, a);
    out.rows = y;
    out.places = upload_pairs(stream, level.places);
    out.pattern_of_mask = Tensor::from_host(stream, {level.views, masks}, level.pattern_of_mask);
    computed += a.count * row_multiply_adds(a);
    replaced += masks * multiply_adds(a);
  }
  out.layers = static_cast<int>(levels.size());
  out.computed = computed / replaced;
  return out;
}

Tensor SharedLayers::logits(const Plan& plan, int first, int n) const {
  require(first >= 0 && n >= 1 && first + n <= masks, "masks ", first, " to ", first + n - 1,
          " of ", masks, " that share layers");
  const Plan::ChainLink link = plan.chain()[static_cast<std::size_t>(layers) - 1];
  // Putting the outputs together does the pooling behind them in passing.
  const int pool = link.pool_behind;
  Stream& stream = plan.stream();
  return plan.logits_behind(layers, pool > 1, n, [&](int begin, int count) {
    const ProfileScope scope(stream, "expansion");
    const Tensor y = Tensor::empty(stream, link.pooled.batch(count));
    expand_patterns(stream, {rows.data<float>(), patterns_of(*this), y.data<float>(), first + begin,
                             count, link.output.h, link.output.w, link.output.c, pool});
    return y;
  });
}

}  // namespace pellucid
