#include "runtime/formats/nearest.h"

#include <algorithm>
#include <numeric>

namespace pellucid {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // One row of the table at a time: row[j] is the distance of a[0, i) and b[0, j).
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string nearest_name(std::string_view word, std::span<const std::string> names) {
  const auto nearest = std::min_element(names.begin(), names.end(),
                                        [word](const std::string& a, const std::string& b) {
                                          return edit_distance(word, a) < edit_distance(word, b);
                                        });
  return nearest == names.end() ? "" : *nearest;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> names) {
  // A long wrong word is not a typing slip, and comparing it would take quadratic time.
  if (word.size() > 64) return "";
  const std::string nearest = nearest_name(word, names);
  const std::size_t allowed = std::max<std::size_t>(2, word.size() / 3);
  if (nearest.empty() || edit_distance(word, nearest) > allowed) return "";
  return ", did you mean '" + nearest + "'?";
}

std::string joined(std::span<const std::string> names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

}  // namespace pellucid
