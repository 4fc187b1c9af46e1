// The entry of a launch: options, and the workers, which are kept from launch to launch.
#include <algorithm>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/emulator/block_queue.h"
#include "runtime/emulator/pool_thread.h"
#include "runtime/emulator/stack_overflow.h"
#include "runtime/error.h"

namespace pellucid::emulator {
namespace {

// Each worker can hold stacks for 1024 threads, two memory mappings each, and Linux allows a
// process 65,530 mappings by default.
constexpr unsigned kMostDefaultWorkers = 16;

struct Pool {
  std::mutex one_launch_at_a_time;
  Options options;
  std::unique_ptr<BlockRunner> own_runner =
      std::make_unique<BlockRunner>();  // of the launching thread
  std::vector<std::unique_ptr<PoolThread>> threads;
};

Pool& pool() {
  static Pool pool;
  return pool;
}

int workers_for(const Options& options, unsigned long long blocks) {
  const unsigned wanted = options.workers > 0 ? static_cast<unsigned>(options.workers)
                                              : std::clamp(std::thread::hardware_concurrency(), 1u,
                                                           kMostDefaultWorkers);
  return static_cast<int>(std::min<unsigned long long>(wanted, blocks));
}

}  // namespace

void set_options(const Options& options) {
  require(options.workers >= 0 && options.workers <= 1024,
          "the emulator takes 0 to 1024 workers, got ", options.workers);
  pool().options = options;
}

Options options() { return pool().options; }

void run(const LaunchConfig& config, void (*body)(void*), void* closure) {
  require(!current, config.name, " is launched from inside a kernel");
  Pool& workers = pool();
  const std::lock_guard lock(workers.one_launch_at_a_time);
  const Launch launch{config, body, closure, workers.options.order, workers.options.observer};
  const int count = workers_for(workers.options, config.grid.count());
  while (static_cast<int>(workers.threads.size()) < count - 1)
    workers.threads.push_back(std::make_unique<PoolThread>());

  if (launch.observer) launch.observer->begin_launch(config);
  const StackOverflowHandler handler;
  BlockQueue queue(launch, count);
  for (int worker = 1; worker < count; ++worker) workers.threads[worker - 1]->start(queue, worker);
  queue.work(0, *workers.own_runner);
  for (int worker = 1; worker < count; ++worker) workers.threads[worker - 1]->finish();
  queue.check();
}

}  // namespace pellucid::emulator
