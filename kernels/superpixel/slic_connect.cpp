// Host code: where a piece ends depends on the pieces before it.
#include "kernels/superpixel/slic.h"

namespace pellucid {
namespace {

struct Step {
  int dy, dx;
};
constexpr Step kSteps[] = {{0, 1}, {0, -1}, {1, 0}, {-1, 0}};

}  // namespace

int connect_labels(std::vector<std::int32_t>& labels, int h, int w, int min_size, int max_size) {
  constexpr std::int32_t kNone = -1;
  std::vector<std::int32_t> numbers(labels.size(), kNone);
  std::vector<int> piece;  // its pixels, in the order of the walk
  std::int32_t next = 0, highest = 0;
  for (int first = 0; first < h * w; ++first) {
    if (numbers[static_cast<std::size_t>(first)] != kNone) continue;
    std::int32_t neighbour = next;  // the piece of pixel 0 may have none: it joins the next one
    numbers[static_cast<std::size_t>(first)] = next;
    piece.assign(1, first);
    const auto full = [&] { return static_cast<int>(piece.size()) >= max_size; };
    for (std::size_t walked = 0; walked < piece.size() && !full(); ++walked) {
      const int row = piece[walked] / w, col = piece[walked] % w;
      for (const auto [dy, dx] : kSteps) {
        if (row + dy < 0 || row + dy >= h || col + dx < 0 || col + dx >= w) continue;
        const int pixel = (row + dy) * w + col + dx;
        std::int32_t& number = numbers[static_cast<std::size_t>(pixel)];
        if (number == kNone) {
          if (labels[static_cast<std::size_t>(pixel)] != labels[static_cast<std::size_t>(first)])
            continue;
          number = next;
          piece.push_back(pixel);
          if (full()) break;
        } else if (number != next) {
          neighbour = number;
        }
      }
    }
    highest = neighbour > highest ? neighbour : highest;
    if (static_cast<int>(piece.size()) >= min_size) {
      highest = next++;
      continue;
    }
    for (const int pixel : piece) numbers[static_cast<std::size_t>(pixel)] = neighbour;
  }
  labels = std::move(numbers);
  return highest + 1;
}

}  // namespace pellucid
