// The main() of every test program: doctest, plus --device cpu|emu|cuda|cuda:1, --order forward|reversed
// and --workers N for the emulator.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <iostream>
#include <string>
#include <string_view>

#include "runtime/emulator/emulator.h"
#include "runtime/thread_waiting.h"
#include "tests/support/device.h"

namespace pellucid::test {
namespace {
Device chosen_device;
}
DeviceKind device() { return chosen_device.kind; }
Stream& stream() {
  static Stream the_stream(chosen_device);
  return the_stream;
}
}  // namespace pellucid::test

int main(int argc, char** argv) {
  using namespace pellucid;
  spin_briefly(argv);
  emulator::Options options;
  for (int i = 1; i + 1 < argc; ++i) {
    const std::string_view argument = argv[i], value = argv[i + 1];
    if (argument == "--device") {
      if (value == "cuda") {
        const DeviceStatus status = device_statuses().front();
        if (!status.available) {
          std::cout << "skipped: no GPU (" << status.description << ")\n";
          return 0;
        }
      }
      test::chosen_device = resolve_device(value);
    } else if (argument == "--order") {
      options.order =
          value == "reversed" ? emulator::ThreadOrder::reversed : emulator::ThreadOrder::forward;
    } else if (argument == "--workers") {
      options.workers = std::stoi(std::string(value));
    }
  }
  emulator::set_options(options);
  doctest::Context context(argc, argv);
  return context.run();
}
