#include "nn/data/division.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

#include "nn/data/data_source.h"
#include "runtime/error.h"
#include "runtime/random.h"

namespace pellucid {
namespace {

// Samples that stay together, and how many of each class they are.
struct Group {
  std::vector<std::size_t> samples;
  std::vector<double> counts;
  double largest_share = 0;  // of a class's samples
};

std::vector<Group> groups_of(std::span<const Sample> samples, std::size_t classes) {
  std::vector<Group> groups;
  std::map<std::string_view, std::size_t> known;
  for (std::size_t n = 0; n < samples.size(); ++n) {
    std::size_t at = groups.size();
    if (!samples[n].group.empty()) at = known.emplace(samples[n].group, at).first->second;
    if (at == groups.size()) groups.push_back({{}, std::vector<double>(classes), 0});
    groups[at].samples.push_back(n);
    groups[at].counts.at(static_cast<std::size_t>(samples[n].label)) += 1;
  }
  return groups;
}

void shuffle(std::vector<Group>& groups, std::uint64_t seed) {
  for (std::size_t i = groups.size(); i-- > 1;)
    std::swap(groups[i],
              groups[random_below({seed, kDivisionStream}, i, static_cast<std::uint32_t>(i) + 1)]);
}

// All samples by id, so that an earlier division leaves no trace.
std::vector<Sample> pooled(Dataset& dataset) {
  std::vector<Sample> pool;
  for (std::vector<Sample>* from : {&dataset.train, &dataset.valid, &dataset.test}) {
    std::move(from->begin(), from->end(), std::back_inserter(pool));
    from->clear();
  }
  std::stable_sort(pool.begin(), pool.end(),
                   [](const Sample& a, const Sample& b) { return a.id < b.id; });
  for (std::size_t n = 1; n < pool.size(); ++n)
    require(pool[n - 1].id != pool[n].id, "the data hold two samples with the id ", pool[n].id);
  return pool;
}

// fractions: of train, valid, test; only a subset that is to be empty may be.
void distribute(Dataset& dataset, std::vector<Sample> pool, const std::vector<int>& subsets,
                const std::array<double, 3>& fractions) {
  const std::array<std::vector<Sample>*, 3> to = {&dataset.train, &dataset.valid, &dataset.test};
  for (std::size_t n = 0; n < pool.size(); ++n)
    to[static_cast<std::size_t>(subsets[n])]->push_back(std::move(pool[n]));
  for (std::size_t s = 0; s < to.size(); ++s)
    require(fractions[s] == 0 || !to[s]->empty(), "split ", dataset.split, " of ", pool.size(),
            " samples leaves the subset ", kSubsetNames[s],
            " empty; give it more samples or a larger part");
}

// In the order of the split.
void pick(Dataset& dataset, std::vector<Sample> pool, const Split& split) {
  std::map<std::string_view, Sample*> by_id;
  for (Sample& sample : pool) by_id.emplace(sample.id, &sample);
  const auto fill = [&](const std::vector<std::string>& ids, std::vector<Sample>& to) {
    for (const std::string& id : ids) {
      const auto found = by_id.find(id);
      require(found != by_id.end(), "split ", dataset.split, ": the data hold no ", id, " (of ",
              pool.size(), " samples)");
      to.push_back(*found->second);
    }
  };
  fill(split.train, dataset.train);
  fill(split.valid, dataset.valid);
  fill(split.test, dataset.test);
}

// "70/15/15" → {0.7, 0.15, 0.15}; none if the text is not three whole numbers.
std::optional<std::array<double, 3>> parse_parts(std::string_view text) {
  std::array<double, 3> parts{};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t end = i < 2 ? text.find('/') : text.size();
    unsigned value = 0;
    const char* const last = text.data() + std::min(end, text.size());
    const auto [at, error] = std::from_chars(text.data(), last, value);
    if (end == std::string_view::npos || error != std::errc() || at != last || value > 1'000'000)
      return std::nullopt;
    parts[i] = value;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const double all = parts[0] + parts[1] + parts[2];
  if (all == 0) return std::nullopt;
  for (double& part : parts) part /= all;
  return parts;
}

void divide_into_folds(Dataset& dataset, std::vector<Sample> pool, const DivisionOptions& options) {
  const auto folds = static_cast<std::size_t>(options.folds);
  const std::vector<double> equal(folds, 1.0 / options.folds);
  std::vector<int> parts = stratified_parts(pool, dataset.class_names.size(), equal, options.seed);
  const int test = options.fold - 1, valid = options.fold % options.folds;
  for (int& part : parts) part = part == test ? 2 : part == valid ? 1 : 0;
  distribute(dataset, std::move(pool), parts, {1, 1, 1});
}

// Null if no split was published of such data.
Split (*paper_split_of(const Dataset& dataset))() {
  const DataSource* source = find_data_source(dataset.source);
  return source ? source->paper_split : nullptr;
}

// Two words for one division: a group of mini-MIAS is a woman's two breasts.
bool is_by_group(std::string_view split) { return split == "woman" || split == "group"; }

void check(const Dataset& dataset, const DivisionOptions& options) {
  if (dataset.class_names.empty() && (!options.split.empty() || options.folds != 0))
    throw UsageError(
        "pictures whose classes are not known are not divided: leave out --split and --folds");
  if (options.folds != 0) {
    if (options.folds < 3)
      throw UsageError(
          concat("a cross-validation needs at least 3 folds (one to test, one to "
                 "validate), got ",
                 options.folds));
    if (options.fold < 1 || options.fold > options.folds)
      throw UsageError(concat("fold ", options.fold, " is not one of 1 to ", options.folds));
    if (!options.split.empty() && !is_by_group(options.split))
      throw UsageError(concat("folds are divided by themselves: leave out split ", options.split));
  }
  if (options.split == "paper" && !paper_split_of(dataset))
    throw UsageError(concat("split paper is of mini-MIAS, these data are ", dataset.source));
}

}  // namespace

std::vector<int> stratified_parts(std::span<const Sample> samples, std::size_t classes,
                                  std::span<const double> fractions, std::uint64_t seed) {
  std::vector<Group> groups = groups_of(samples, classes);
  std::vector<double> total(classes);
  for (const Group& group : groups)
    for (std::size_t c = 0; c < classes; ++c) total[c] += group.counts[c];
  for (Group& group : groups)
    for (std::size_t c = 0; c < classes; ++c)
      if (total[c] > 0)
        group.largest_share = std::max(group.largest_share, group.counts[c] / total[c]);
  shuffle(groups, seed);
  std::stable_sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    return a.largest_share > b.largest_share;
  });

  std::vector<int> parts(samples.size());
  std::vector<std::vector<double>> held(fractions.size(), std::vector<double>(classes));
  for (const Group& group : groups) {
    // Σ_p Σ_c (held/total − fraction)² / fraction is to grow least.
    std::size_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t p = 0; p < fractions.size(); ++p) {
      if (fractions[p] <= 0) continue;
      double growth = 0;
      for (std::size_t c = 0; c < classes; ++c) {
        if (total[c] == 0) continue;
        const double more = group.counts[c] / total[c], now = held[p][c] / total[c];
        growth += more * (2 * (now - fractions[p]) + more) / fractions[p];
      }
      if (growth < least) {
        least = growth;
        best = p;
      }
    }
    for (std::size_t c = 0; c < classes; ++c) held[best][c] += group.counts[c];
    for (const std::size_t n : group.samples) parts[n] = static_cast<int>(best);
  }
  return parts;
}

bool is_split(const std::string& split) {
  std::error_code none;
  return split.empty() || split == "paper" || is_by_group(split) || parse_parts(split) ||
         std::filesystem::is_regular_file(split, none);
}

bool depends_on_others(const Dataset& dataset, const DivisionOptions& options) {
  if (options.folds != 0) return true;
  if (options.split.empty()) return dataset.split.empty() && !paper_split_of(dataset);
  return is_by_group(options.split) || parse_parts(options.split).has_value();
}

Split ids_of(const Dataset& dataset) {
  const auto ids = [](const std::vector<Sample>& samples) {
    std::vector<std::string> out;
    out.reserve(samples.size());
    for (const Sample& sample : samples) out.push_back(sample.id);
    return out;
  };
  return {ids(dataset.train), ids(dataset.valid), ids(dataset.test)};
}

Dataset divide(Dataset dataset, const DivisionOptions& options) {
  check(dataset, options);
  if (options.split.empty() && options.folds == 0 && !dataset.split.empty()) return dataset;
  const auto published = paper_split_of(dataset);
  const std::string split = !options.split.empty() ? options.split
                            : published            ? "paper"
                                                   : "70/15/15";
  const std::string seed = concat(", seed ", options.seed);

  std::vector<Sample> pool = pooled(dataset);
  if (is_by_group(split))
    for (const Sample& sample : pool)
      if (sample.group.empty())
        throw UsageError(concat("split ", split, ": it is not known whose picture ", sample.id,
                                " is; such data are divided by image with a/b/c or folds"));
  if (options.folds != 0) {
    dataset.split = concat("fold ", options.fold, " of ", options.folds, seed);
    divide_into_folds(dataset, std::move(pool), options);
  } else if (split == "paper") {
    dataset.split = split;
    pick(dataset, std::move(pool), published());
  } else if (const auto parts = parse_parts(is_by_group(split) ? "70/15/15" : split)) {
    dataset.split = split + seed;
    const std::vector<int> subsets =
        stratified_parts(pool, dataset.class_names.size(), *parts, options.seed);
    distribute(dataset, std::move(pool), subsets, *parts);
  } else {
    dataset.split = std::filesystem::path(split).filename().string();
    std::vector<LabelledId> known;
    known.reserve(pool.size());
    for (const Sample& sample : pool) known.push_back({sample.id, sample.label});
    const Split ids = read_split(split, known, dataset.class_names);
    pick(dataset, std::move(pool), ids);
  }
  return dataset;
}

}  // namespace pellucid
