// samples_setting.h: --samples, which all methods have that draw masks.
#pragma once

#include "explain/setting.h"
#include "runtime/formats/values.h"

namespace pellucid {

inline constexpr int kMostSamples = 1 << 20;

// samples: 0 stands for as many as the method usually draws.
inline void add_samples_setting(std::vector<Setting>& settings, int& samples,
                                std::vector<std::string_view> methods) {
  SettingGroup(settings, "LIME, Kernel SHAP and RISE", std::move(methods))
      .parsed(
          "samples", samples, "auto|N",
          "masks; auto: 1000 for LIME, 2 M + 2048 for Kernel SHAP with M superpixels, 4000 for "
          "RISE",
          [](const std::string& text) {
            return text == "auto" ? 0 : parse_whole(text, "--samples", 1, kMostSamples);
          },
          [](int value) { return value == 0 ? std::string("auto") : std::to_string(value); });
}

}  // namespace pellucid
