#include "nn/data/phantom/octave_noise.h"

#include <cmath>

namespace pellucid {
namespace {

double smooth(double t) { return t * t * (3 - 2 * t); }

}  // namespace

Vector2 random_direction(Draws& draws) {
  for (;;) {
    const double x = draws.between(-1, 1), y = draws.between(-1, 1);
    const double square = x * x + y * y;
    if (square < 0.01 || square > 1) continue;
    const double length = std::sqrt(square);
    return {x / length, y / length};
  }
}

OctaveNoise::OctaveNoise(Draws& draws, int finest_cells) {
  double amplitude = 1, power = 0;
  for (int cells = 2; cells <= finest_cells; cells *= 2) {
    // The square turned about its middle reaches √½ of a side from it: 0.75 leaves room for the
    // interpolation's second node.
    const int nodes = 3 * cells / 2 + 3;
    Octave octave{static_cast<double>(cells), amplitude, random_direction(draws), nodes, {}};
    for (int i = 0; i < nodes * nodes; ++i)
      octave.values.push_back(static_cast<float>(draws.between(-1, 1)));
    octaves_.push_back(std::move(octave));
    // A node's variance is 1/3; the interpolation averages it down by (26/35)², its mean over a
    // cell.
    power += amplitude * amplitude / 3 * (26.0 / 35) * (26.0 / 35);
    amplitude *= 0.70710678118654752;
  }
  for (Octave& octave : octaves_) octave.amplitude /= std::sqrt(power);
}

double OctaveNoise::at(double x, double y) const {
  double sum = 0;
  for (const Octave& octave : octaves_) {
    const double turned_x = (x - 0.5) * octave.turn.x + (y - 0.5) * octave.turn.y;
    const double turned_y = (y - 0.5) * octave.turn.x - (x - 0.5) * octave.turn.y;
    const double lattice_x = (turned_x + 0.75) * octave.cells;
    const double lattice_y = (turned_y + 0.75) * octave.cells;
    const int column = static_cast<int>(lattice_x), row = static_cast<int>(lattice_y);
    const double to_right = smooth(lattice_x - column), to_below = smooth(lattice_y - row);
    const float* node = &octave.values[static_cast<std::size_t>(row * octave.nodes + column)];
    const double above = node[0] + to_right * (double{node[1]} - node[0]);
    const double below =
        node[octave.nodes] + to_right * (double{node[octave.nodes + 1]} - node[octave.nodes]);
    sum += octave.amplitude * (above + to_below * (below - above));
  }
  return sum;
}

}  // namespace pellucid
