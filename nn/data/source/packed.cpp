#include "nn/data/source/packed.h"

#include <algorithm>
#include <span>

#include "nn/data/codec/image_file.h"
#include "runtime/error.h"
#include "runtime/formats/json.h"
#include "runtime/formats/safetensors.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

constexpr const char* kFormat = "pellucid data 2";
constexpr const char* kKind = "a packed data set (pellucid-data --out makes one)";

std::vector<Sample>& subset_of(Dataset& dataset, std::string_view name) {
  return name == "train" ? dataset.train : name == "valid" ? dataset.valid : dataset.test;
}

std::string tensor_name(std::string_view subset_name, const char* part) {
  return std::string(subset_name) + "." + part;
}

template <class T>
void append(std::vector<T>& all, const std::vector<T>& part) {
  all.insert(all.end(), part.begin(), part.end());
}

Json describe(const std::vector<Sample>& samples) {
  Json list = Json::array();
  for (const Sample& sample : samples) {
    Json entry = {{"id", sample.id}};
    if (!sample.group.empty()) entry["group"] = sample.group;
    if (const auto& circle = sample.annotation)
      entry["circle"] = {circle->x, circle->y, circle->radius};
    list.push_back(std::move(entry));
  }
  return list;
}

void pack_samples(SafetensorsWriter& writer, const Dataset& dataset, std::string_view name,
                  const std::vector<Sample>& samples) {
  if (samples.empty()) return;
  const std::size_t plane = static_cast<std::size_t>(dataset.height) * dataset.width;
  const bool masks = std::any_of(samples.begin(), samples.end(),
                                 [](const Sample& sample) { return !sample.lesion_mask.empty(); });
  std::vector<std::uint8_t> all_pixels, all_masks;
  std::vector<std::int32_t> labels;
  for (const Sample& sample : samples) {
    append(all_pixels, sample.pixels);
    labels.push_back(sample.label);
    if (masks)
      append(all_masks,
             sample.lesion_mask.empty() ? std::vector<std::uint8_t>(plane) : sample.lesion_mask);
  }
  const auto count = static_cast<std::int64_t>(samples.size());
  const std::vector<std::int64_t> planes = {count, dataset.height, dataset.width};
  std::vector<std::int64_t> pictures = planes;
  if (dataset.colour) pictures.push_back(3);
  writer.add<std::uint8_t>(tensor_name(name, "pixels"), pictures, all_pixels);
  writer.add<std::int32_t>(tensor_name(name, "labels"), {count}, labels);
  if (masks) writer.add<std::uint8_t>(tensor_name(name, "masks"), planes, all_masks);
}

Circle read_circle(const JsonView& view) {
  view.array_size(3, 3);
  const auto number = [&](std::size_t i) { return view.element(i).number(-1e6, 1e6); };
  return {number(0), number(1), number(2)};
}

// The picture or mask of each sample, in order; empty if there is no such tensor.
std::vector<std::vector<std::uint8_t>> read_planes(const SafetensorsFile& file,
                                                   const std::string& name, std::size_t count,
                                                   const Dataset& dataset, bool colour) {
  if (!file.has(name)) return {};
  std::vector<std::int64_t> shape = {static_cast<std::int64_t>(count), dataset.height,
                                     dataset.width};
  if (colour) shape.push_back(3);
  require(file.entry(name).shape == shape, file.file(), ": ", name, ": wrong shape (found ",
          shape_text(file.entry(name).shape), "; expected ", shape_text(shape), ")");
  const std::vector<std::uint8_t> values = file.values<std::uint8_t>(name);
  const std::size_t plane = values.size() / count;
  std::vector<std::vector<std::uint8_t>> planes;
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(i * plane);
    planes.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(plane));
  }
  return planes;
}

bool is_colour(const SafetensorsFile& file) {
  for (const std::string_view name : kSubsetNames) {
    const std::string pixels = tensor_name(name, "pixels");
    if (file.has(pixels)) return file.entry(pixels).shape.size() == 4;
  }
  return false;
}

void unpack_samples(const SafetensorsFile& file, const JsonView& list, std::string_view name,
                    Dataset& dataset) {
  const std::size_t count = list.array_size();
  if (count == 0) return;
  auto pixels = read_planes(file, tensor_name(name, "pixels"), count, dataset, dataset.colour);
  auto masks = read_planes(file, tensor_name(name, "masks"), count, dataset, false);
  const auto labels = file.values<std::int32_t>(tensor_name(name, "labels"));
  require(pixels.size() == count && labels.size() == count, file.file(), ": ", name,
          ": incomplete (found ", pixels.size(), " pictures and ", labels.size(),
          " labels; expected ", count, " of each)");
  for (std::size_t i = 0; i < count; ++i) {
    const JsonView entry = list.element(i);
    Sample sample;
    sample.id = entry.at("id").text();
    sample.label = labels[i];
    if (const auto group = entry.find("group")) sample.group = group->text();
    require(
        sample.label >= 0 && static_cast<std::size_t>(sample.label) < dataset.class_names.size(),
        file.file(), ": ", name, ".labels: wrong label (found ", sample.label, " of sample ",
        in_quotes(sample.id), "; expected 0 to ", dataset.class_names.size() - 1, ")");
    sample.pixels = std::move(pixels[i]);
    if (const auto circle = entry.find("circle")) sample.annotation = read_circle(*circle);
    const auto inside = [](std::uint8_t value) { return value != 0; };
    if (!masks.empty() && std::any_of(masks[i].begin(), masks[i].end(), inside))
      sample.lesion_mask = std::move(masks[i]);
    subset_of(dataset, name).push_back(std::move(sample));
  }
}

}  // namespace

void pack_dataset(const Dataset& dataset, const std::filesystem::path& path) {
  SafetensorsWriter writer;
  Json samples = Json::object();
  for (const std::string_view name : kSubsetNames) {
    samples[std::string(name)] = describe(subset(dataset, name));
    pack_samples(writer, dataset, name, subset(dataset, name));
  }
  writer.set_metadata({{"format", kFormat},
                       {"classes", to_text(Json(dataset.class_names))},
                       {"size", to_text(Json{dataset.height, dataset.width, dataset.channels})},
                       {"source", dataset.source},
                       {"protocol", dataset.protocol},
                       {"split", dataset.split},
                       {"preprocessing", dataset.preprocessing},
                       {"samples", to_text(samples)},
                       {"content_hash", content_hash(dataset)}});
  writer.write(path);
}

Dataset unpack_dataset(const std::filesystem::path& path) {
  const SafetensorsFile file = SafetensorsFile::read(path);
  require(file.metadata("format", kKind) == kFormat, file.file(), ": wrong format (found ",
          in_quotes(file.metadata("format", kKind)), "; expected ", in_quotes(kFormat), ")");
  Dataset dataset;
  const Json classes = file.metadata_json("classes", kKind);
  const JsonView class_list(classes, file.file() + ": metadata classes");
  for (std::size_t i = 0; i < class_list.array_size(1, kPackedMaxClasses); ++i)
    dataset.class_names.push_back(class_list.element(i).text());
  const Json size = file.metadata_json("size", kKind);
  const JsonView size_list(size, file.file() + ": metadata size");
  size_list.array_size(3, 3);
  dataset.height = static_cast<int>(size_list.element(0).integer(1, kMaxImageSide));
  dataset.width = static_cast<int>(size_list.element(1).integer(1, kMaxImageSide));
  dataset.channels = static_cast<int>(size_list.element(2).integer(1, kPackedMaxChannels));
  dataset.source = file.metadata("source", kKind);
  dataset.protocol = file.metadata("protocol", kKind);
  dataset.split = file.metadata("split", kKind);
  dataset.preprocessing = file.metadata("preprocessing", kKind);
  dataset.colour = dataset.channels == 3 && is_colour(file);
  const Json samples = file.metadata_json("samples", kKind);
  const JsonView lists(samples, file.file() + ": metadata samples");
  for (const std::string_view name : kSubsetNames)
    unpack_samples(file, lists.at(name), name, dataset);
  const std::string hash = content_hash(dataset);
  require(hash == file.metadata("content_hash", kKind), file.file(),
          ": damaged, make it again with pellucid-data (found contents of hash \"", hash,
          "\"; expected ", in_quotes(file.metadata("content_hash", kKind)), ")");
  return dataset;
}

}  // namespace pellucid
