#include "apps/bench_training.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <numeric>

#include "apps/bench_peers.h"
#include "apps/bench_seconds.h"
#include "apps/command_line.h"
#include "apps/provenance.h"
#include "explain/activation/cam.h"
#include "kernels/host_threads.h"
#include "nn/data/phantom/phantom.h"
#include "nn/plan/plan.h"
#include "nn/train/trainer.h"

namespace pellucid {
namespace {

constexpr int kTrainingBatch = 16, kForwardBatch = 64;

// A task of the table, as Pellucid and the peers' script name it.
struct Task {
  std::string name, text;
  double images;  // that `seconds` are for
  double seconds = 0;
};

double peak_resident_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

double time_training(Stream& stream, Model& model, const ImageSet& images, int repeats) {
  const auto optimizer = make_adam(stream, model.parameters(), {.learning_rate = 1e-4});
  const Tensor weights = Tensor::from_host(stream, {3}, std::vector<float>{1, 2, 3});
  std::vector<std::int32_t> order(kTrainingBatch);
  std::iota(order.begin(), order.end(), 0);
  const Tensor indices = Tensor::from_host(stream, {kTrainingBatch}, order);
  const std::vector<std::int32_t> first_labels(images.labels().begin(),
                                               images.labels().begin() + kTrainingBatch);
  const Tensor labels = Tensor::from_host(stream, {kTrainingBatch}, first_labels);
  const Tensor losses = Tensor::empty(stream, {kTrainingBatch});
  std::uint64_t step = 0;
  return seconds_of(stream, repeats, [&] {
    ForwardOptions forward;
    forward.training = forward.dropout = true;
    forward.key = {1, kDropoutStream + 256 * step++};
    train_step(stream, model, *optimizer, images.batch(stream, indices), labels, weights, forward,
               losses);
  });
}

}  // namespace

void bench_training(const BenchOptions& options) {
  const Policy policy = parse_policy(options.policy);
  const Device device = open_device(options.device);
  Stream stream(device);
  use_policy(stream, policy);
  Model model(stream, load_model_description("balve2024"), 1);
  const int side = model.input().h;
  std::vector<Sample> samples;
  for (int i = 0; i < kForwardBatch; ++i) samples.push_back(phantom_sample(side, 0, i, i % 3));
  const ImageSet images(stream, samples, side, side, model.input().c, model.classes());
  std::vector<std::int32_t> order(kForwardBatch);
  std::iota(order.begin(), order.end(), 0);
  const Tensor x = images.batch(stream, Tensor::from_host(stream, {kForwardBatch}, order));
  const int threads = host_threads();

  Model trained(stream, load_model_description("balve2024"), 1);
  const ArenaPeakScope memory(stream.arena());
  std::vector<Task> tasks = {{"training", fmt::format("training, batch {}", kTrainingBatch),
                              kTrainingBatch,
                              time_training(stream, trained, images, options.repeats)}};
  const double training_peak = device.kind == DeviceKind::cuda
                                   ? static_cast<double>(memory.peak_bytes())
                                   : peak_resident_bytes();

  model.set_requires_gradient(false);
  const Plan plan(stream, model);
  tasks.push_back({"forward", fmt::format("prediction, batch {}", kForwardBatch), kForwardBatch,
                   seconds_of(stream, options.repeats, [&] { plan.logits(x); })});
  Cam cam(stream, model, {});
  const Tensor one = x.slice(0, 1);
  tasks.push_back({"gradcam", "Grad-CAM, one picture", 1,
                   seconds_of(stream, options.repeats, [&] { cam.explain(one); })});

  std::vector<Peer> peers;
  if (!options.python.empty())
    peers = run_peers(stream, model, samples.front(),
                      {options.python, "training_peers.py", device, threads, options.repeats, {}});

  std::string out = fmt::format(
      "balve2024, pictures of {}x{}x{}, {} thread{}, device {}, {}\n\n{:<52} {:>10} {:>11}   ours "
      "is so many times as fast\n",
      side, side, model.input().c, threads, threads == 1 ? "" : "s", describe_device(device),
      describe_program("pellucid-bench", stream)["build"].dump(), "", "images/s", "ms an image");
  const auto line = [&](const std::string& name, double seconds_an_image) {
    return fmt::format("{:<52} {:>10.1f} {:>11.4f}", name, 1 / seconds_an_image,
                       1e3 * seconds_an_image);
  };
  for (const Task& task : tasks) {
    const double ours = task.seconds / task.images;
    out += line("Pellucid, " + task.text, ours) + "\n";
    for (const Peer& peer : peers) {
      if (peer.task != task.name) continue;
      out += peer.error.empty() ? line(peer.name, peer.seconds / task.images) +
                                      fmt::format("   {:.2f}", peer.seconds / task.seconds)
                                : fmt::format("{:<52} {}", peer.name, peer.error);
      if (peer.peak_bytes > 0) out += fmt::format(", peak {:.0f} MiB", peer.peak_bytes / (1 << 20));
      out += "\n";
    }
  }
  out += fmt::format("\npeak memory of training: {:.0f} MiB{}\n", training_peak / (1 << 20),
                     device.kind == DeviceKind::cuda ? " of the GPU's" : ", the whole process");
  print_result(out);
  note_unused_variants(stream);
}

}  // namespace pellucid
