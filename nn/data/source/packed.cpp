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

// Of 8 bits alone, written and read as ever, and of any depth.
constexpr const char* kFormat8 = "pellucid data 2";
constexpr const char* kFormatDeep = "pellucid data 3";
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
    if (!sample.content.empty()) entry["content"] = sample.content;
    if (const auto& circle = sample.annotation)
      entry["circle"] = {circle->x, circle->y, circle->radius};
    list.push_back(std::move(entry));
  }
  return list;
}

bool is_deep(const Dataset& dataset) {
  const auto deep = [](const Sample& sample) { return sample.pixels.white() != kWhite8; };
  return std::any_of(kSubsetNames.begin(), kSubsetNames.end(), [&](std::string_view name) {
    const std::vector<Sample>& samples = subset(dataset, name);
    return std::any_of(samples.begin(), samples.end(), deep);
  });
}

template <class T>
void pack_pixels(SafetensorsWriter& writer, const std::string& name,
                 std::vector<std::int64_t> shape, const std::vector<Sample>& samples) {
  std::vector<T> all;
  for (const Sample& sample : samples)
    sample.pixels.visit(
        [&](const auto& values) { all.insert(all.end(), values.begin(), values.end()); });
  writer.add<T>(name, std::move(shape), all);
}

void pack_samples(SafetensorsWriter& writer, const Dataset& dataset, std::string_view name,
                  const std::vector<Sample>& samples, bool deep) {
  if (samples.empty()) return;
  const std::size_t plane = static_cast<std::size_t>(dataset.height) * dataset.width;
  const bool masks = std::any_of(samples.begin(), samples.end(),
                                 [](const Sample& sample) { return !sample.lesion_mask.empty(); });
  const bool one_byte = std::all_of(samples.begin(), samples.end(),
                                    [](const Sample& sample) { return sample.pixels.one_byte(); });
  std::vector<std::uint8_t> all_masks;
  std::vector<std::int32_t> labels, whites;
  for (const Sample& sample : samples) {
    labels.push_back(sample.label);
    whites.push_back(sample.pixels.white());
    if (masks)
      append(all_masks,
             sample.lesion_mask.empty() ? std::vector<std::uint8_t>(plane) : sample.lesion_mask);
  }
  const auto count = static_cast<std::int64_t>(samples.size());
  const std::vector<std::int64_t> planes = {count, dataset.height, dataset.width};
  std::vector<std::int64_t> pictures = planes;
  if (dataset.colour) pictures.push_back(3);
  const std::string pixels = tensor_name(name, "pixels");
  if (one_byte) pack_pixels<std::uint8_t>(writer, pixels, pictures, samples);
  else pack_pixels<std::uint16_t>(writer, pixels, pictures, samples);
  if (deep) writer.add<std::int32_t>(tensor_name(name, "whites"), {count}, whites);
  writer.add<std::int32_t>(tensor_name(name, "labels"), {count}, labels);
  if (masks) writer.add<std::uint8_t>(tensor_name(name, "masks"), planes, all_masks);
}

Circle read_circle(const JsonView& view) {
  view.array_size(3, 3);
  const auto number = [&](std::size_t i) { return view.element(i).number(-1e6, 1e6); };
  return {number(0), number(1), number(2)};
}

// The picture or mask of each sample, in order; empty if there is no such tensor.
template <class T>
std::vector<std::vector<T>> read_planes(const SafetensorsFile& file, const std::string& name,
                                        std::size_t count, const Dataset& dataset, bool colour) {
  if (!file.has(name)) return {};
  std::vector<std::int64_t> shape = {static_cast<std::int64_t>(count), dataset.height,
                                     dataset.width};
  if (colour) shape.push_back(3);
  require(file.entry(name).shape == shape, file.file(), ": ", name, ": wrong shape (found ",
          shape_text(file.entry(name).shape), "; expected ", shape_text(shape), ")");
  const std::vector<T> values = file.values<T>(name);
  const std::size_t plane = values.size() / count;
  std::vector<std::vector<T>> planes;
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(i * plane);
    planes.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(plane));
  }
  return planes;
}

std::vector<std::int32_t> read_whites(const SafetensorsFile& file, const std::string& name,
                                      std::size_t count) {
  std::vector<std::int32_t> whites = file.values<std::int32_t>(name);
  require(whites.size() == count, file.file(), ": ", name, ": wrong shape (found ",
          shape_text(file.entry(name).shape), "; expected (", count, "))");
  for (const std::int32_t white : whites)
    require(white >= 1 && white <= kMaxWhite, file.file(), ": ", name, ": wrong value (found ",
            white, "; expected 1 to ", kMaxWhite, ")");
  return whites;
}

// values: of picture `i` of the tensor.
template <class T>
Pixels checked_pixels(const SafetensorsFile& file, const std::string& name, std::size_t i,
                      std::vector<T> values, int white) {
  const auto largest = std::max_element(values.begin(), values.end());
  require(largest == values.end() || *largest <= white, file.file(), ": ", name,
          ": value above white (found ", largest == values.end() ? 0 : *largest, " in picture ", i,
          "; expected at most ", white, ")");
  if constexpr (sizeof(T) == 1) {
    if (white > kWhite8) return {Pixels::Words(values.begin(), values.end()), white};
  }
  return {std::move(values), white};
}

// The pictures of a subset; empty if it has none.
std::vector<Pixels> read_pixels(const SafetensorsFile& file, std::string_view subset_name,
                                std::size_t count, const Dataset& dataset, bool deep) {
  const std::string name = tensor_name(subset_name, "pixels");
  if (!file.has(name)) return {};
  std::vector<std::int32_t> whites(count, kWhite8);
  if (deep) whites = read_whites(file, tensor_name(subset_name, "whites"), count);
  std::vector<Pixels> pictures;
  const auto fill = [&](auto planes) {
    for (std::size_t i = 0; i < count; ++i)
      pictures.push_back(checked_pixels(file, name, i, std::move(planes[i]), whites[i]));
  };
  if (deep && file.entry(name).type == SafetensorsType::u16)
    fill(read_planes<std::uint16_t>(file, name, count, dataset, dataset.colour));
  else fill(read_planes<std::uint8_t>(file, name, count, dataset, dataset.colour));
  return pictures;
}

bool is_colour(const SafetensorsFile& file) {
  for (const std::string_view name : kSubsetNames) {
    const std::string pixels = tensor_name(name, "pixels");
    if (file.has(pixels)) return file.entry(pixels).shape.size() == 4;
  }
  return false;
}

void unpack_samples(const SafetensorsFile& file, const JsonView& list, std::string_view name,
                    bool deep, Dataset& dataset) {
  const std::size_t count = list.array_size();
  if (count == 0) return;
  std::vector<Pixels> pixels = read_pixels(file, name, count, dataset, deep);
  auto masks = read_planes<std::uint8_t>(file, tensor_name(name, "masks"), count, dataset, false);
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
    if (const auto content = entry.find("content")) sample.content = content->text();
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
  const bool deep = is_deep(dataset);
  for (const std::string_view name : kSubsetNames) {
    samples[std::string(name)] = describe(subset(dataset, name));
    pack_samples(writer, dataset, name, subset(dataset, name), deep);
  }
  writer.set_metadata({{"format", deep ? kFormatDeep : kFormat8},
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
  const std::string& format = file.metadata("format", kKind);
  const bool deep = format == kFormatDeep;
  require(deep || format == kFormat8, file.file(), ": wrong format (found ", in_quotes(format),
          "; expected ", in_quotes(kFormat8), " or ", in_quotes(kFormatDeep), ")");
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
    unpack_samples(file, lists.at(name), name, deep, dataset);
  const std::string hash = content_hash(dataset);
  require(hash == file.metadata("content_hash", kKind), file.file(),
          ": damaged, make it again with pellucid-data (found contents of hash \"", hash,
          "\"; expected ", in_quotes(file.metadata("content_hash", kKind)), ")");
  return dataset;
}

}  // namespace pellucid
