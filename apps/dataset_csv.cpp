#include "apps/dataset_csv.h"

#include <fmt/format.h>

#include <iterator>
#include <numeric>

#include "nn/data/md5.h"
#include "nn/data/mias/mias_csv.h"

namespace pellucid {

std::string dataset_csv(const Dataset& dataset) {
  std::string csv = mias_csv({}, {});  // the header
  const auto out = std::back_inserter(csv);
  std::size_t index = 0;
  for (const std::string_view name : kSubsetNames) {
    std::size_t place = 0;
    for (const Sample& sample : subset(dataset, name)) {
      const std::uint64_t sum = sample.pixels.visit([](const auto& values) {
        return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
      });
      fmt::format_to(out, "{},{},{},,{},{},,,,,,,,,,,,,,{},{},{}\n", sample.id, index, sample.label,
                     name, place, index, sum, md5_hex(sample.pixels.in_memory().memory()));
      ++index;
      ++place;
    }
  }
  return csv;
}

}  // namespace pellucid
