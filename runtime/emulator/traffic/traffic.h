// traffic.h: what a kernel asked of memory, in the terms of NVIDIA's profilers.
//
// A request is one load or store instruction of one warp. A sector is the 32 bytes that global
// memory moves at least, so 32 neighbouring floats are 4 sectors, and floats 32 bytes apart or more
// are 32. Shared memory has 32 banks of 4 bytes; a request is served in one pass if no bank is asked
// for two different words, and each pass beyond that is a conflict. Caches are not modelled: sectors
// are what is asked of the first-level cache.
#pragma once

#include <cstdint>
#include <string>

namespace pellucid::emulator {

struct GlobalTraffic {
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;  // that the lanes read or write: a broadcast counts 32 times
  std::uint64_t sectors = 0;
};

struct SharedTraffic {
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;
  std::uint64_t conflicts = 0;
};

// Of all launches under one name.
struct KernelTraffic {
  std::string name;
  std::uint64_t launches = 0;
  std::uint64_t blocks = 0;
  std::uint64_t barriers = 0;  // __syncthreads(), summed over the blocks
  GlobalTraffic loads = {}, stores = {};
  SharedTraffic shared = {};  // loads and stores

  std::uint64_t global_bytes() const { return loads.bytes + stores.bytes; }
  std::uint64_t global_sectors() const { return loads.sectors + stores.sectors; }
};

}  // namespace pellucid::emulator
