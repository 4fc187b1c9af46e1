// golden_networks.h: the networks and pictures of explainer_golden.json, which the other goldens are about too.
#pragma once

#include <string>

#include "nn/data/dataset.h"
#include "nn/graph/model.h"
#include "runtime/formats/json.h"
#include "tests/support/device.h"

namespace pellucid::test {

inline const Json& golden_network(const std::string& name) {
  static const Json json = read_json_file(PELLUCID_TEST_DATA "/explainer_golden.json");
  return json["networks"][name];
}

inline Model golden_model(const std::string& name) {
  const Json& network = golden_network(name);
  return Model(stream(), network["description"], network["seed"].get<std::uint64_t>(), "golden");
}

inline Sample golden_picture(const std::string& name, std::size_t i) {
  Sample sample;
  sample.pixels = golden_network(name)["pictures"][i].get<std::vector<std::uint8_t>>();
  return sample;
}

}  // namespace pellucid::test
