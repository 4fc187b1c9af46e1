#include "nn/data/dataset.h"

#include <bit>
#include <map>
#include <span>

#include "nn/data/md5.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"

namespace pellucid {
namespace {

// Feeds a digest such that no two different sequences of values give the same bytes.
class Digest {
 public:
  void number(std::uint64_t value) { md5_.update(std::as_bytes(std::span(&value, 1))); }
  void number(double value) { number(std::bit_cast<std::uint64_t>(value)); }
  void text(std::string_view value) {
    number(std::uint64_t{value.size()});
    md5_.update(std::as_bytes(std::span(value)));
  }
  // Of 8 bits as it was before there were others: a white, which no size is, tells them apart.
  void picture(const Pixels& value) {
    constexpr std::uint64_t kNoSize = std::uint64_t{1} << 63;
    if (value.white() != kWhite8) number(kNoSize | static_cast<std::uint64_t>(value.white()));
    number(std::uint64_t{value.size()});
    md5_.update(value.in_file() ? value.in_memory().memory() : value.memory());
  }
  void plane(const std::vector<std::uint8_t>& value) {
    number(std::uint64_t{value.size()});
    md5_.update(std::as_bytes(std::span(value)));
  }
  void sample(const Sample& value) {
    text(value.id);
    number(static_cast<std::uint64_t>(value.label));
    text(value.group);
    picture(value.pixels);
    number(std::uint64_t{value.annotation.has_value()});
    if (value.annotation) {
      number(value.annotation->x);
      number(value.annotation->y);
      number(value.annotation->radius);
    }
    plane(value.lesion_mask);
  }
  // What is of no single sample.
  void frame(const Dataset& value) {
    for (const int side : {value.height, value.width, value.channels})
      number(static_cast<std::uint64_t>(side));
    number(std::uint64_t{value.class_names.size()});
    for (const std::string& name : value.class_names) text(name);
  }
  std::string hex() { return md5_.hex(); }

 private:
  Md5 md5_;
};

}  // namespace

const std::vector<Sample>& subset(const Dataset& dataset, std::string_view name) {
  if (name == "train") return dataset.train;
  if (name == "valid") return dataset.valid;
  if (name == "test") return dataset.test;
  throw UsageError(concat("unknown subset \"", name, "\"; there are: train, valid, test"));
}

std::vector<std::size_t> class_counts(const std::vector<Sample>& samples, std::size_t classes) {
  std::vector<std::size_t> counts(classes);
  for (const Sample& sample : samples)
    if (sample.label != kNoLabel) ++counts.at(static_cast<std::size_t>(sample.label));
  return counts;
}

std::vector<std::string> absent_classes(const std::vector<Sample>& samples,
                                        const std::vector<std::string>& class_names) {
  const std::vector<std::size_t> counts = class_counts(samples, class_names.size());
  std::vector<std::string> absent;
  for (std::size_t c = 0; c < counts.size(); ++c)
    if (counts[c] == 0) absent.push_back(class_names[c]);
  return absent;
}

std::vector<std::string> absent_class_notes(const Dataset& dataset) {
  std::vector<std::string> notes;
  for (const std::string_view name : kSubsetNames) {
    const std::vector<Sample>& samples = subset(dataset, name);
    const std::vector<std::string> absent = absent_classes(samples, dataset.class_names);
    if (absent.empty() || samples.empty()) continue;
    notes.push_back(concat(
        "the subset ", name, " has no image of class ", joined(absent),
        name == "train" ? ": nothing can be learnt of it" : ": its figures are of the others"));
  }
  return notes;
}

std::string content_hash(const Dataset& dataset) {
  Digest digest;
  digest.frame(dataset);
  for (const std::string_view name : kSubsetNames) {
    const std::vector<Sample>& samples = subset(dataset, name);
    digest.text(name);
    digest.number(std::uint64_t{samples.size()});
    for (const Sample& sample : samples) digest.sample(sample);
  }
  return digest.hex();
}

std::string content_hash(const Dataset& dataset, const Sample& sample) {
  Digest digest;
  digest.frame(dataset);
  digest.sample(sample);
  return digest.hex();
}

std::vector<std::string> duplicate_notes(const Dataset& dataset) {
  struct Place {
    const Sample* sample;
    std::string_view subset;
  };
  std::map<std::string_view, Place> first;
  std::size_t same = 0, classes = 0, subsets = 0;
  std::string pair, class_pair, subset_pair;  // the first of each kind
  for (const std::string_view name : kSubsetNames)
    for (const Sample& sample : subset(dataset, name)) {
      if (sample.content.empty()) continue;
      const auto [at, is_new] = first.emplace(sample.content, Place{&sample, name});
      if (is_new) continue;
      const Place& earlier = at->second;
      const auto count = [&](std::size_t& counter, std::string& example) {
        if (counter++ == 0) example = concat(earlier.sample->id, " and ", sample.id);
      };
      count(same, pair);
      if (earlier.sample->label != sample.label) count(classes, class_pair);
      if (earlier.subset != name) count(subsets, subset_pair);
    }
  std::vector<std::string> notes;
  const auto say = [&](std::size_t counter, const std::string& example, const char* what) {
    if (counter > 0) notes.push_back(concat(counter, what, " (the first: ", example, ")"));
  };
  say(same, pair, " images show the same as an earlier one");
  say(classes, class_pair, " of them are in another class than the one that they repeat");
  say(subsets, subset_pair,
      " of them are in another subset than the one that they repeat: that subset is no independent "
      "test");
  return notes;
}

}  // namespace pellucid
