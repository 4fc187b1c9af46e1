#include "kernels/batch_norm/batch_norm.h"

#include <cmath>

namespace pellucid {
namespace {

template <class Args>
void check(const char* name, const Args& args) {
  require(args.rows >= 1 && args.channels >= 1, name,
          ": rows and channels must be at least 1, got ", args.rows, " and ", args.channels);
}

template <class Args>
void check_epsilon(const char* name, const Args& args) {
  require(args.epsilon >= 0 && std::isfinite(args.epsilon), name,
          ": epsilon must be at least 0 and finite, got ", args.epsilon);
}

template <class Args>
double elements(const Args& args) {
  return static_cast<double>(args.rows) * args.channels;
}

// Bytes of the arrays of one value a channel that are not null.
double channel_bytes(int channels, std::initializer_list<const void*> arrays) {
  double count = 0;
  for (const void* array : arrays) count += array ? 1 : 0;
  return 4 * count * channels;
}

}  // namespace

const VariantTable<BatchNormStatisticsArgs>& batch_norm_statistics_variants() {
  static const VariantTable<BatchNormStatisticsArgs> table{
      PELLUCID_KERNEL(batch_norm_statistics_v2_split),
      PELLUCID_KERNEL(batch_norm_statistics_v1_naive),
      {"batch_norm_statistics_cpu", cpu::batch_norm_statistics},
  };
  return table;
}

const VariantTable<ChannelAffineArgs>& channel_affine_variants() {
  static const VariantTable<ChannelAffineArgs> table{
      PELLUCID_KERNEL(channel_affine_v2_strips),
      PELLUCID_KERNEL(channel_affine_v1_naive),
      {"channel_affine_cpu", cpu::channel_affine},
  };
  return table;
}

const VariantTable<BatchNormBackwardArgs>& batch_norm_backward_variants() {
  static const VariantTable<BatchNormBackwardArgs> table{
      PELLUCID_KERNEL(batch_norm_backward_v2_split),
      PELLUCID_KERNEL(batch_norm_backward_v1_naive),
      {"batch_norm_backward_cpu", cpu::batch_norm_backward},
  };
  return table;
}

void batch_norm_statistics(Stream& stream, const BatchNormStatisticsArgs& args) {
  check("batch_norm_statistics", args);
  check_epsilon("batch_norm_statistics", args);
  run_default(batch_norm_statistics_variants(), stream, args);
}

void channel_affine(Stream& stream, const ChannelAffineArgs& args) {
  check("channel_affine", args);
  run_default(channel_affine_variants(), stream, args);
}

void batch_norm_backward(Stream& stream, const BatchNormBackwardArgs& args) {
  check("batch_norm_backward", args);
  check_epsilon("batch_norm_backward", args);
  run_default(batch_norm_backward_variants(), stream, args);
}

// An addition or a multiplication counts as one; what is done once a channel is left out.
Cost batch_norm_statistics_cost(const BatchNormStatisticsArgs& a) {
  return {.flops = 4 * elements(a),
          .bytes = 4 * elements(a) + channel_bytes(a.channels, {a.mean, a.variance, a.scale,
                                                                a.scale ? a.gamma : nullptr})};
}

Cost channel_affine_cost(const ChannelAffineArgs& a) {
  return {.flops = (a.center ? 3 : 2) * elements(a),
          .bytes = 8 * elements(a) + channel_bytes(a.channels, {a.center, a.scale, a.shift})};
}

// Each array once, though dx needs x and dy a second time, after the sums.
Cost batch_norm_backward_cost(const BatchNormBackwardArgs& a) {
  return {.flops = (a.dx ? 9 : 5) * elements(a),
          .bytes = (a.dx ? 12 : 8) * elements(a) +
                   channel_bytes(a.channels, {a.mean, a.variance, a.gamma, a.dgamma, a.dbeta})};
}

}  // namespace pellucid
