// octave_noise.h: smooth random fields with a power-law spectrum, the same on every machine.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/random.h"

namespace pellucid {

// Uniform numbers drawn one after the other from a key.
class Draws {
 public:
  explicit Draws(RandomKey key) : key_(key) {}
  double between(double low, double high) {
    return low + (high - low) * double{random_uniform(key_, next_++)};
  }
  // A whole number from `low` to `high`, both included.
  int whole(int low, int high) {
    return low + static_cast<int>(
                     random_below(key_, next_++, static_cast<std::uint32_t>(high - low + 1)));
  }

 private:
  RandomKey key_;
  std::uint64_t next_ = 0;
};

struct Vector2 {
  double x = 0;
  double y = 0;
};

// A direction of length 1, all equally likely.
Vector2 random_direction(Draws& draws);

// A field over the square [0, 1]²: value noise summed over octaves of 2, 4, 8, … cells a side, each
// turned by a random angle. An octave has 1/√2 of the amplitude of the one before, which makes the
// power spectrum fall as 1/f³, about that of mammograms. Built from +, −, ·, / and √ only.
class OctaveNoise {
 public:
  // The finest octave has at most `finest_cells` (≥ 2) cells a side.
  OctaveNoise(Draws& draws, int finest_cells);

  // Roughly normal with mean 0 and standard deviation 1; (x, y) in [0, 1]².
  double at(double x, double y) const;

 private:
  struct Octave {
    double cells;
    double amplitude;
    Vector2 turn;               // the octave's x axis
    int nodes;                  // of the lattice, a side
    std::vector<float> values;  // (nodes, nodes), uniform in [−1, 1)
  };
  std::vector<Octave> octaves_;
};

}  // namespace pellucid
