#include "kernels/mask/pattern_plan.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

#include "kernels/host_threads.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

using Word = std::uint64_t;
using Support = std::span<const Word>;

struct SupportHash {
  std::size_t operator()(const Support& support) const {
    Word hash = 0x9E3779B97F4A7C15u;
    for (const Word word : support) {
      hash = (hash ^ word) * 0xBF58476D1CE4E5B9u;
      hash ^= hash >> 31;
    }
    return hash;
  }
};
struct SameSupport {
  bool operator()(const Support& a, const Support& b) const {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }
};

// Numbers the masks by what they do to some superpixels, in order of appearance.
class PatternCounter {
 public:
  explicit PatternCounter(int masks) : masks_(masks) {}

  // patterns: (masks), where to write them. on: (superpixels, masks). The masks that appear first,
  // one a pattern, are in firsts() afterwards.
  void count(Support support, const std::vector<std::uint8_t>& on, std::int32_t* patterns) {
    std::fill_n(patterns, masks_, 0);
    firsts_.assign(1, 0);
    int pending = 0;  // superpixels in the keys that are not yet in the patterns
    for (std::size_t i = 0; i < support.size(); ++i)
      for (Word word = support[i]; word != 0; word &= word - 1) {
        // A table for the keys stays as small as twice the masks, so that counting them costs no
        // more than making them.
        if (static_cast<std::size_t>(firsts_.size()) << (pending + 1) >
                std::max<std::size_t>(64, 2 * static_cast<std::size_t>(masks_)) &&
            pending > 0) {
          number(patterns, pending);
          pending = 0;
          if (firsts_.size() == static_cast<std::size_t>(masks_)) return;  // all differ already
        }
        const std::size_t superpixel = 64 * i + static_cast<std::size_t>(std::countr_zero(word));
        const std::uint8_t* column = on.data() + superpixel * static_cast<std::size_t>(masks_);
        for (int n = 0; n < masks_; ++n) patterns[n] = 2 * patterns[n] + column[n];
        ++pending;
      }
    if (pending > 0) number(patterns, pending);
  }
  const std::vector<std::int32_t>& firsts() const { return firsts_; }

 private:
  void number(std::int32_t* keys, int pending) {
    table_.assign(firsts_.size() << pending, -1);
    firsts_.clear();
    for (int n = 0; n < masks_; ++n) {
      std::int32_t& number = table_[static_cast<std::size_t>(keys[n])];
      if (number < 0) {
        number = static_cast<std::int32_t>(firsts_.size());
        firsts_.push_back(n);
      }
      keys[n] = number;
    }
  }

  int masks_;
  std::vector<std::int32_t> table_, firsts_;
};

}  // namespace

PatternPlanner::PatternPlanner(std::span<const std::int32_t> labels, int h, int w,
                               std::span<const std::uint32_t> bits, int words)
    : h_(h),
      w_(w),
      masks_(static_cast<int>(bits.size()) / words),
      words_((static_cast<std::size_t>(words) + 1) / 2) {
  const auto superpixels = 32 * static_cast<std::size_t>(words);
  const auto row = static_cast<std::size_t>(words), count = static_cast<std::size_t>(masks_);
  require(labels.size() == static_cast<std::size_t>(h) * static_cast<std::size_t>(w) &&
              bits.size() == row * count && masks_ >= 1,
          "patterns: ", labels.size(), " labels and ", bits.size(), " words of masks do not fit ",
          h, "x", w, " pixels and ", words, " words a mask");
  supports_.resize(labels.size() * words_);
  for (std::size_t pixel = 0; pixel < labels.size(); ++pixel) {
    const auto label = static_cast<std::size_t>(labels[pixel]);
    require(label < superpixels, "patterns: a label of ", labels[pixel], " in masks of ",
            superpixels, " superpixels");
    supports_[pixel * words_ + label / 64] = Word{1} << (label % 64);
  }
  on_.resize(superpixels * count);
  for (std::size_t n = 0; n < count; ++n)
    for (std::size_t j = 0; j < superpixels; ++j)
      on_[j * count + n] = bits[n * row + j / 32] >> (j % 32) & 1u;
}

// Along the rows first, then down the columns: a field's superpixels are those of its rows.
std::vector<PatternPlanner::Word> PatternPlanner::supports_of(const PatternField& f) const {
  const std::size_t from_row = static_cast<std::size_t>(w_) * words_,
                    to_row = static_cast<std::size_t>(f.w) * words_;
  std::vector<Word> across(static_cast<std::size_t>(h_) * to_row);
  std::vector<Word> out(static_cast<std::size_t>(f.h) * to_row);
#pragma omp parallel num_threads(threads()) if (out.size() > 4096)
  {
#pragma omp for
    for (int h = 0; h < h_; ++h) {
      const Word* from = supports_.data() + static_cast<std::size_t>(h) * from_row;
      Word* to = across.data() + static_cast<std::size_t>(h) * to_row;
      for (int j = 0; j < f.w; ++j, to += words_) {
        const int left = j * f.step_w - f.pad_w;
        for (int w = std::max(left, 0); w < std::min(left + f.field_w, w_); ++w)
          for (std::size_t word = 0; word < words_; ++word)
            to[word] |= from[static_cast<std::size_t>(w) * words_ + word];
      }
    }
#pragma omp for
    for (int i = 0; i < f.h; ++i) {
      Word* to = out.data() + static_cast<std::size_t>(i) * to_row;
      const int top = i * f.step_h - f.pad_h;
      for (int h = std::max(top, 0); h < std::min(top + f.field_h, h_); ++h) {
        const Word* from = across.data() + static_cast<std::size_t>(h) * to_row;
        for (std::size_t word = 0; word < to_row; ++word) to[word] |= from[word];
      }
    }
  }
  return out;
}

// More than eight gain nothing in so short a time and wait for each other on a busy machine.
int PatternPlanner::threads() { return std::min(8, host_threads()); }

std::optional<PatternLevel> PatternPlanner::next(const PatternField& field, std::size_t most_rows,
                                                 std::size_t most_entries) {
  supports_ = supports_of(field);
  h_ = field.h;
  w_ = field.w;

  const std::size_t places = supports_.size() / words_, masks = static_cast<std::size_t>(masks_);
  std::unordered_map<Support, std::int32_t, SupportHash, SameSupport> view_of;
  std::vector<Support> views;
  std::vector<std::int32_t> view(places);
  for (std::size_t place = 0; place < places; ++place) {
    const Support support(supports_.data() + place * words_, words_);
    if (place > 0 && SameSupport()(support, views[static_cast<std::size_t>(view[place - 1])])) {
      view[place] = view[place - 1];
      continue;
    }
    const auto [at, is_new] = view_of.try_emplace(support, static_cast<std::int32_t>(views.size()));
    if (is_new) views.push_back(support);
    view[place] = at->second;
  }
  if (views.size() * masks > most_entries) return std::nullopt;

  PatternLevel out;
  out.views = static_cast<int>(views.size());
  out.pattern_of_mask.resize(views.size() * masks);
  std::vector<std::vector<std::int32_t>> firsts(views.size());
#pragma omp parallel num_threads(threads()) if (views.size() * masks > 65536)
  {
    PatternCounter counter(masks_);
#pragma omp for schedule(dynamic, 16)
    for (int v = 0; v < out.views; ++v) {
      const auto i = static_cast<std::size_t>(v);
      counter.count(views[i], on_, out.pattern_of_mask.data() + i * masks);
      firsts[i] = counter.firsts();
    }
  }

  std::size_t rows = 0;
  out.places.reserve(places);
  for (const std::int32_t v : view) {
    out.places.push_back({static_cast<std::int32_t>(rows), v * masks_});
    rows += firsts[static_cast<std::size_t>(v)].size();
    if (rows > most_rows) return std::nullopt;
  }
  out.rows.resize(rows);
#pragma omp parallel for num_threads(threads()) if (rows > 4096)
  for (std::size_t place = 0; place < places; ++place) {
    PatternRow* row = out.rows.data() + out.places[place].first;
    for (const std::int32_t mask : firsts[static_cast<std::size_t>(view[place])])
      *row++ = {static_cast<std::int32_t>(place), mask};
  }
  return out;
}

}  // namespace pellucid
