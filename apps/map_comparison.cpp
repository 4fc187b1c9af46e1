#include "apps/map_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "explain/scores/agreement.h"
#include "nn/data/md5.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/npy.h"
#include "runtime/parallel.h"

namespace pellucid {
namespace {

using Values = std::vector<std::optional<double>>;  // an element an image

Values values_of(const std::vector<MapRecord>& records, std::string_view name) {
  Values values;
  for (const MapRecord& record : records) {
    const auto found = record.figures.find(name);
    values.push_back(found == record.figures.end() ? std::nullopt : std::optional(found->second));
  }
  return values;
}

bool any(const Values& values) {
  return std::any_of(values.begin(), values.end(), [](const auto& v) { return v.has_value(); });
}

// weights: of each image; not all 0 where there is a value.
std::optional<double> mean(const Values& values, const std::vector<double>& weights) {
  double sum = 0, weight = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) continue;
    sum += weights[i] * *values[i];
    weight += weights[i];
  }
  return weight > 0 ? std::optional(sum / weight) : std::nullopt;
}

// {mean, interval, images}
Json mean_with_interval(const Values& values, const Bootstrap& bootstrap, const char* key) {
  std::vector<double> draws;
  for (int draw = 0; draw < bootstrap.draws(); ++draw)
    if (const auto drawn = mean(values, bootstrap.weights(draw))) draws.push_back(*drawn);
  const Interval interval = percentile_interval(std::move(draws));
  const auto count = std::count_if(values.begin(), values.end(), [](auto& v) { return bool(v); });
  return {{key, *mean(values, std::vector<double>(values.size(), 1))},
          {"interval", {interval.low, interval.high}},
          {"images", count}};
}

std::vector<std::string> groups_of(const std::vector<MapRecord>& records) {
  std::vector<std::string> groups;
  for (const MapRecord& record : records) groups.push_back(record.group);
  return groups;
}

NpyArray read_map(const MapRecord& record) {
  const std::vector<std::byte> bytes = read_file(record.map);
  if (!record.map_md5.empty() && md5_hex(bytes) != record.map_md5)
    fail(record.map.string(), ": not the map that the record tells of; explain the image again");
  return decode_npy(bytes, record.map.string());
}

// Rank correlations of the maps; nothing for maps of different sizes, or a constant one.
Values agreement(const std::vector<MapRecord>& a, const std::vector<MapRecord>& b) {
  Values values(a.size());
  parallel_for(a.size(), [&](std::size_t i) {
    const NpyArray left = read_map(a[i]), right = read_map(b[i]);
    if (left.shape == right.shape) values[i] = spearman(left.values, right.values);
  });
  return values;
}

Json describe_figures(const std::vector<const MapFigure*>& figures) {
  Json out = Json::array();
  for (const MapFigure* figure : figures)
    out.push_back({{"name", figure->name}, {"title", figure->title}, {"better", figure->better}});
  return out;
}

// Those of `names` that some set has.
std::vector<const MapFigure*> chosen_figures(const std::vector<const MapSet*>& sets,
                                             const std::vector<std::string>& names) {
  std::vector<const MapFigure*> chosen;
  for (const MapFigure& figure : map_figures()) {
    const bool wanted = std::find(names.begin(), names.end(), figure.name) != names.end();
    if (wanted && std::any_of(sets.begin(), sets.end(), [&](const MapSet* set) {
          return any(values_of(set->records, figure.name));
        }))
      chosen.push_back(&figure);
  }
  return chosen;
}

// The images that both have: those of one content, of one id where a record does not tell the content.
struct Pairs {
  std::vector<MapRecord> a, b;
  std::vector<std::string> refused;  // ids that name two pictures
};

Pairs common(const MapSet& a, const MapSet& b) {
  std::map<std::string_view, const MapRecord*> by_id, by_content;
  for (const MapRecord& record : b.records) {
    by_id.emplace(record.id, &record);
    if (!record.content.empty()) by_content.emplace(record.content, &record);
  }
  Pairs out;
  for (const MapRecord& record : a.records) {
    const auto same_id = by_id.find(record.id), same_content = by_content.find(record.content);
    const bool named = same_id != by_id.end();
    const bool told = named && !record.content.empty() && !same_id->second->content.empty();
    const bool differs = told && record.content != same_id->second->content;
    const MapRecord* other = named && !differs                  ? same_id->second
                             : same_content != by_content.end() ? same_content->second
                                                                : nullptr;
    if (other) {
      out.a.push_back(record);
      out.b.push_back(*other);
    } else if (differs) {
      out.refused.push_back(record.id);
    }
  }
  require(!out.a.empty(), a.name, " and ", b.name, " have no image in common",
          out.refused.empty() ? ""
                              : concat(": ", out.refused.size(), " have one id, as ",
                                       out.refused[0], ", but show different pictures"));
  return out;
}

std::string number(const Json& value) {
  const double v = value.is_null() ? NAN : value.get<double>();
  return std::abs(v) >= 100 ? fmt::format("{:.0f}", v) : fmt::format("{:.3g}", v);
}

std::string number_with_interval(const Json& cell, const char* key) {
  return fmt::format("{} [{}, {}]", number(cell[key]), number(cell["interval"][0]),
                     number(cell["interval"][1]));
}

// Columns as wide as their widest cell.
std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) line += fmt::format("{:<{}}  ", row[c], widths[c]);
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string heading(const Json& figure) {
  const int better = figure["better"].get<int>();
  return figure["title"].get<std::string>() + (better > 0 ? " (+)" : better < 0 ? " (-)" : "");
}

}  // namespace

Json describe_maps(const std::vector<MapSet>& sets, const std::vector<std::string>& names) {
  std::vector<const MapSet*> all;
  for (const MapSet& set : sets) all.push_back(&set);
  const std::vector<const MapFigure*> figures = chosen_figures(all, names);
  Json out = {{"figures", describe_figures(figures)}, {"rows", Json::array()}};
  for (const MapSet& set : sets) {
    const Bootstrap bootstrap(groups_of(set.records));
    Json row = {{"name", set.name}, {"method", set.method}, {"images", set.records.size()}};
    for (const MapFigure* figure : figures) {
      const Values values = values_of(set.records, figure->name);
      row[std::string(figure->name)] =
          any(values) ? mean_with_interval(values, bootstrap, "mean") : Json(nullptr);
    }
    out["rows"].push_back(std::move(row));
    out["intervals"] = describe_bootstrap(bootstrap);
  }
  return out;
}

Json compare_maps(const std::vector<std::pair<MapSet, MapSet>>& pairs,
                  const std::vector<std::string>& names) {
  std::vector<const MapSet*> all;
  for (const auto& [a, b] : pairs) {
    all.push_back(&a);
    all.push_back(&b);
  }
  const std::vector<const MapFigure*> figures = chosen_figures(all, names);
  Json out = {{"figures", describe_figures(figures)}, {"rows", Json::array()}};
  for (const auto& [a, b] : pairs) {
    const auto [of_a, of_b, refused] = common(a, b);
    const Bootstrap bootstrap(groups_of(of_a));
    Json row = {{"name", b.name + " - " + a.name}, {"a", a.name},        {"b", b.name},
                {"images", of_a.size()},           {"refused", refused}, {"spearman", nullptr}};
    if (const Values same = agreement(of_a, of_b); any(same))
      row["spearman"] = mean_with_interval(same, bootstrap, "mean");
    for (const MapFigure* figure : figures) {
      Values left = values_of(of_a, figure->name), right = values_of(of_b, figure->name);
      Values difference(left.size());
      for (std::size_t i = 0; i < left.size(); ++i) {
        if (left[i] && right[i]) difference[i] = *right[i] - *left[i];
        else left[i] = right[i] = std::nullopt;
      }
      Json& cell = row[std::string(figure->name)] = nullptr;
      if (!any(difference)) continue;
      const std::vector<double> once(left.size(), 1);
      cell = {{"a", *mean(left, once)}, {"b", *mean(right, once)}};
      cell.update(mean_with_interval(difference, bootstrap, "difference"));
    }
    out["rows"].push_back(std::move(row));
    out["intervals"] = describe_bootstrap(bootstrap);
  }
  return out;
}

std::string comparison_text(const Json& comparison) {
  std::string out;
  const Json& figures = comparison["figures"];
  const bool pairs = comparison["rows"][0].contains("a");
  if (pairs) {
    for (const Json& row : comparison["rows"]) {
      std::vector<std::vector<std::string>> rows = {{"", "a", "b", "b - a", "images"}};
      for (const Json& figure : figures) {
        const Json& cell = row[figure["name"].get<std::string>()];
        if (cell.is_null()) continue;
        rows.push_back({heading(figure), number(cell["a"]), number(cell["b"]),
                        number_with_interval(cell, "difference"),
                        std::to_string(cell["images"].get<int>())});
      }
      out += fmt::format("a: {}\nb: {}\n{} images in common", row["a"].get<std::string>(),
                         row["b"].get<std::string>(), row["images"].get<int>());
      if (const Json& same = row["spearman"]; !same.is_null())
        out += "; Spearman of their maps " + number_with_interval(same, "mean");
      if (const Json& refused = row["refused"]; !refused.empty())
        out += fmt::format("; {} left out, whose ids name different pictures (the first: {})",
                           refused.size(), refused[0].get<std::string>());
      out += "\n" + aligned(rows) + "\n";
    }
  } else {
    std::vector<std::vector<std::string>> rows = {{"", "images"}};
    for (const Json& figure : figures) rows[0].push_back(heading(figure));
    for (const Json& row : comparison["rows"]) {
      std::vector<std::string>& line = rows.emplace_back();
      line = {row["method"].get<std::string>(), std::to_string(row["images"].get<int>())};
      for (const Json& figure : figures) {
        const Json& cell = row[figure["name"].get<std::string>()];
        line.push_back(cell.is_null() ? "-" : number_with_interval(cell, "mean"));
      }
    }
    out += aligned(rows);
  }
  const Json& how = comparison["intervals"];
  out += fmt::format(
      "(+): high is better, (-): low is; in brackets: {:.0f} % intervals of the mean, "
      "{} bootstrap draws of {} {}\n",
      100 * how["level"].get<double>(), how["draws"].get<int>(), how["units"].get<int>(),
      how["resampled"].get<std::string>());
  return out;
}

}  // namespace pellucid
