#include "apps/devices.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "runtime/device.h"

namespace pellucid {

std::string devices_table() {
  const std::vector<DeviceStatus> statuses = device_statuses();
  std::size_t width = 4;
  for (const DeviceStatus& status : statuses)
    width = std::max(width, to_string(status.device).size());
  std::string out;
  for (const DeviceStatus& status : statuses)
    out += fmt::format("{:<{}} {:<15}{}\n", to_string(status.device), width,
                       status.available ? "available" : "not available", status.description);
  const std::string architectures = built_architectures();
  out += fmt::format("CUDA kernels built for: {}\n",
                     architectures.empty() ? "no architecture" : architectures);
  out += fmt::format("--device auto takes: {}\n", to_string(resolve_device("auto")));
  return out;
}

std::string devices_json() {
  nlohmann::ordered_json out;
  out["devices"] = nlohmann::ordered_json::array();
  for (const DeviceStatus& status : device_statuses())
    out["devices"].push_back({{"name", to_string(status.device)},
                              {"available", status.available},
                              {"description", status.description}});
  out["cuda_architectures"] = nlohmann::ordered_json::array();
  std::istringstream words(built_architectures());
  for (std::string word; words >> word;) out["cuda_architectures"].push_back(word);
  out["auto"] = to_string(resolve_device("auto"));
  return out.dump(2);
}

}  // namespace pellucid
