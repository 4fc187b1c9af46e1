// launch.h: launch() is the only way to start a kernel. Included by kernel files only.
//
//     launch(stream, {"softmax_v1_naive", grid, block, shared_bytes, cost}, kernel, args…);
//
// It validates the configuration, opens a profiler range, starts the kernel on the GPU or in the
// emulator, checks the error, and hands name, sizes, FLOPs and bytes to the stream's launch log.
#pragma once

#include <tuple>

#include "runtime/error.h"
#include "runtime/launch/backend.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::PELLUCID_BACKEND {

#if defined(__CUDACC__)

template <class... Params, class... Args>
void launch(Stream& stream, const LaunchConfig& config, void (*kernel)(Params...),
            const Args&... args) {
  std::tuple<Params...> params(args...);
  std::apply(
      [&](auto&... param) {
        void* pointers[] = {&param...};
        launch_on_gpu(stream, config, reinterpret_cast<const void*>(kernel), pointers);
      },
      params);
}

#else

template <class... Params, class... Args>
void launch(Stream& stream, const LaunchConfig& config, void (*kernel)(Params...),
            const Args&... args) {
  auto body = [&] { kernel(args...); };
  launch_in_emulator(
      stream, config, [](void* closure) { (*static_cast<decltype(body)*>(closure))(); }, &body);
}

#endif

}  // namespace pellucid::PELLUCID_BACKEND
