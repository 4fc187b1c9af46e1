#include "nn/data/mias/mias_csv.h"

#include <fmt/format.h>

#include <iterator>
#include <unordered_map>

#include "runtime/file.h"

namespace pellucid {
namespace {

// id → "train,130"
std::unordered_map<std::string, std::string> places(const Split& split) {
  std::unordered_map<std::string, std::string> result;
  const auto add = [&](const char* name, const std::vector<std::string>& ids) {
    for (std::size_t i = 0; i < ids.size(); ++i)
      result.emplace(ids[i], fmt::format("{},{}", name, i));
  };
  add("train", split.train);
  add("valid", split.valid);
  add("test", split.test);
  return result;
}

}  // namespace

std::string mias_csv(const std::vector<MiasRecord>& records, const Split& split) {
  std::string csv =
      "mdb,image_index,label,woman,split,split_pos,x1024,y1024,r1024,y0,y1,x0,x1,otsu,"
      "resized_sum,resized_md5,noisefree_sum,enhanced_sum,enhanced_md5,roi_index,roi_sum,roi_md5\n";
  const auto out = std::back_inserter(csv);
  const std::unordered_map<std::string, std::string> place_of = places(split);
  int crops = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const MiasRecord& r = records[i];
    const auto place = place_of.find(r.id);
    const std::string split_columns = !r.kept                   ? "dropped,"
                                      : place == place_of.end() ? ","
                                                                : place->second;
    fmt::format_to(out, "{},{},{},{},{},", r.id, i, r.label, r.woman, split_columns);
    if (r.lesion) fmt::format_to(out, "{},{},{},", r.lesion->x, r.lesion->y, r.lesion->radius);
    else fmt::format_to(out, ",,,");
    if (r.crop) fmt::format_to(out, "{},{},{},{},", r.crop->y0, r.crop->y1, r.crop->x0, r.crop->x1);
    else fmt::format_to(out, ",,,,");
    fmt::format_to(out, "{},{},{},{},{},{},", r.otsu, r.resized.sum, r.resized.md5,
                   r.noise_free.sum, r.enhanced.sum, r.enhanced.md5);
    if (r.crop) {
      const PlaneDigest roi = digest(r.roi);
      fmt::format_to(out, "{},{},{}\n", crops++, roi.sum, roi.md5);
    } else {
      fmt::format_to(out, ",,\n");
    }
  }
  return csv;
}

void write_mias_csv(const std::filesystem::path& path, const std::vector<MiasRecord>& records,
                    const Split& split) {
  write_text_file(path, mias_csv(records, split));
}

}  // namespace pellucid
