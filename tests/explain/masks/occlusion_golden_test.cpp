// Occlusion against captum: numbers of scripts/goldens/occlusion_golden.py.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "explain/surrogate/superpixel_explainer.h"
#include "runtime/error.h"
#include "runtime/formats/json.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE("occlusion golden: maps are captum's") {
  if (kSmallShapesOnly) return;
  const Json networks = read_json_file(PELLUCID_TEST_DATA "/explainer_golden.json")["networks"];
  const Json golden = read_json_file(PELLUCID_TEST_DATA "/occlusion_golden.json");
  double greatest_difference = 0;
  for (const Json& expected : golden["cases"]) {
    const Json& network = networks[expected["network"].get<std::string>()];
    const Model model(stream(), network["description"], network["seed"].get<std::uint64_t>(),
                      "golden");
    Sample sample;
    sample.pixels = network["pictures"][expected["picture"].get<std::size_t>()]
                        .get<std::vector<std::uint8_t>>();
    SuperpixelOptions options;
    options.target = {Target::Kind::fixed, expected["label"].get<int>()};
    options.score = parse_score(expected["score"].get<std::string>());
    options.fill = {Fill::Kind::constant, expected["fill"].get<double>()};
    options.occlusion = {expected["window"].get<int>(), expected["stride"].get<int>()};
    SuperpixelExplainer explainer(stream(), model, options);
    const Explanation e = explainer.explain({&sample, {}}, {"occlusion"}).front();

    const auto cells = expected["map"].get<std::vector<double>>();
    const int stride = options.occlusion.stride, columns = (e.width + stride - 1) / stride;
    double largest = 0, difference = 0;
    for (int y = 0; y < e.height; ++y)
      for (int x = 0; x < e.width; ++x) {
        const double value = cells[static_cast<std::size_t>(y / stride * columns + x / stride)];
        largest = std::max(largest, std::abs(value));
        difference = std::max(difference,
                              std::abs(value - e.map[static_cast<std::size_t>(y * e.width + x)]));
      }
    REQUIRE(largest > 0);
    greatest_difference = std::max(greatest_difference, difference / largest);
  }
  MESSAGE("occlusion: greatest difference, of a map's largest value: ", greatest_difference);
  CHECK(greatest_difference <= 2e-5);
}
