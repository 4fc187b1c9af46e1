#include "runtime/emulator/traffic/request.h"

#include <algorithm>

namespace pellucid::emulator {
namespace {

constexpr int kSectorBytes = 32, kBanks = 32, kWordBytes = 4;
// Lanes of at most 16 bytes that lie across a border touch two sectors, or five words.
constexpr int kMostUnits = kWarpLanes * 5;

// Fills `units` with the different units of `unit_bytes` that lanes [first, last) touch; how many.
int different_units(const Request& request, int width, int unit_bytes, int first, int last,
                    std::uintptr_t (&units)[kMostUnits]) {
  int count = 0;
  for (int lane = first; lane < last; ++lane) {
    if ((request.lanes >> lane & 1) == 0) continue;
    const std::uintptr_t begin = request.address[lane] / unit_bytes,
                         end = (request.address[lane] + width - 1) / unit_bytes;
    for (std::uintptr_t unit = begin; unit <= end; ++unit) units[count++] = unit;
  }
  std::sort(units, units + count);
  return static_cast<int>(std::unique(units, units + count) - units);
}

}  // namespace

int sectors(const Request& request, int width) {
  std::uintptr_t units[kMostUnits];
  return different_units(request, width, kSectorBytes, 0, kWarpLanes, units);
}

int bank_conflicts(const Request& request, int width) {
  const int lanes_a_part = kWarpLanes * kWordBytes / std::clamp(width, kWordBytes, 16);
  int conflicts = 0;
  for (int first = 0; first < kWarpLanes; first += lanes_a_part) {
    std::uintptr_t words[kMostUnits];
    const int count =
        different_units(request, width, kWordBytes, first, first + lanes_a_part, words);
    int asked[kBanks] = {}, most = 0;
    for (int i = 0; i < count; ++i) most = std::max(most, ++asked[words[i] % kBanks]);
    conflicts += std::max(0, most - 1);
  }
  return conflicts;
}

}  // namespace pellucid::emulator
