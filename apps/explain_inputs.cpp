#include "apps/explain_inputs.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <set>

#include "apps/command_line.h"
#include "apps/data_source.h"
#include "nn/data/codec/image_file.h"
#include "nn/data/mias/film.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"

namespace pellucid {
namespace {

// An id becomes part of file names: no separators, no hidden files.
void check_id(const std::string& id) {
  const bool plain = std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '_' || c == '+' || c == '-';
  });
  require(plain && !id.empty() && id[0] != '.' && id.size() <= kMaxIdLength, "id '", id,
          "' cannot name a file: letters, digits and . _ + - only, at most ", kMaxIdLength);
}

std::optional<Circle> parse_circle(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const std::vector<std::string> parts = split_list(text, "--circle");
  if (parts.size() != 3) throw UsageError(concat("--circle expects x,y,r, got '", text, "'"));
  return Circle{parse_real(parts[0], "--circle", 0, 16384),
                parse_real(parts[1], "--circle", 0, 16384),
                parse_real(parts[2], "--circle", 0.5, 16384)};
}

// The protocol with which the model's films were prepared; none if it is not made for films.
std::optional<MiasProtocol> film_protocol(const Checkpoint& checkpoint) {
  const Json& made_for = checkpoint.info.preprocessing;
  if (text_at(made_for, "source") != "mini-MIAS") return std::nullopt;
  return parse_mias_protocol(text_at(made_for, "protocol"));
}

// As nn/data/mias/mias.cpp does it for the images of the data set.
Sample prepare_sample(const GreyImage& film, const std::optional<Circle>& circle,
                      MiasProtocol protocol) {
  const FilmPlanes planes = prepare_film(film, protocol);
  Sample sample;
  if (!circle) {
    sample.pixels = cut(planes, middle_crop(planes)).pixels;
    return sample;
  }
  const MiasLesion lesion{static_cast<int>(std::lround(circle->x)),
                          static_cast<int>(std::lround(kMiasFilmSide - circle->y)),
                          static_cast<int>(std::lround(circle->radius))};
  const Box crop = lesion_crop(planes, lesion);
  sample.pixels = cut(planes, crop).pixels;
  sample.annotation = circle_in_crop(lesion, crop, planes.enhanced.width);
  return sample;
}

void expect_size(const std::string& file, const GreyImage& image, const ActivationShape& input,
                 const std::string& or_else) {
  require(image.width == input.w && image.height == input.h, file, ": wrong size (found ",
          image.width, " x ", image.height, "; expected ", input.w, " x ", input.h, or_else, ")");
}

Sample load_file(const std::string& file, const std::optional<Circle>& circle,
                 const ActivationShape& input, const std::optional<MiasProtocol>& films,
                 bool colour) {
  Sample sample;
  if (colour) {
    const std::array<GreyImage, 3> planes = read_rgb_image(file);
    expect_size(file, planes[0], input, "");
    sample.pixels = interleaved(planes);
    sample.annotation = circle;
    return sample;
  }
  const GreyImage image = read_image(file);
  if (image.width == input.w && image.height == input.h) {
    sample.pixels = image.pixels;
    sample.annotation = circle;
  } else if (films && image.width == kMiasFilmSide && image.height == kMiasFilmSide) {
    sample = prepare_sample(image, circle, *films);
  } else {
    expect_size(file, image, input,
                films ? concat(", or a film of ", kMiasFilmSide, " x ", kMiasFilmSide) : "");
  }
  return sample;
}

}  // namespace

std::vector<ExplainInput> inputs_of_subset(const Dataset& dataset, const std::string& subset_name,
                                           const std::string& ids, int most) {
  const std::vector<ChosenSample> chosen = choose_subset(dataset, subset_name);
  std::set<std::string> wanted;
  if (!ids.empty())
    for (const std::string& id : split_list(ids, "--ids")) wanted.insert(id);
  std::set<std::string> missing = wanted;
  std::vector<std::string> known;
  std::vector<ExplainInput> inputs;
  for (const ChosenSample& each : chosen) {
    const Sample& sample = *each.sample;
    known.push_back(sample.id);
    if (!wanted.empty() && !wanted.contains(sample.id)) continue;
    missing.erase(sample.id);
    if (most != 0 && inputs.size() == static_cast<std::size_t>(most)) continue;
    check_id(sample.id);
    inputs.push_back({sample.id, dataset.source + " " + std::string(each.subset), sample.group,
                      sample.label, [&sample] { return sample; }});
  }
  if (!missing.empty())
    fail("--ids: no image '", *missing.begin(), "' in subset ", subset_name,
         did_you_mean(*missing.begin(), known));
  return inputs;
}

std::vector<ExplainInput> inputs_of_files(const std::vector<std::string>& files,
                                          const std::string& circle_text,
                                          const Checkpoint& checkpoint) {
  const std::optional<Circle> circle = parse_circle(circle_text);
  if (circle && files.size() > 1)
    throw UsageError("--circle belongs to one --image, not to several");
  std::set<std::string> ids;
  std::vector<ExplainInput> inputs;
  for (const std::string& file : files) {
    const std::string id = std::filesystem::path(file).stem().string();
    check_id(id);
    if (!ids.insert(id).second)
      throw UsageError(concat("two images named '", id, "' would write the same files"));
    inputs.push_back({id, file, "", std::nullopt,
                      [file, circle, input = checkpoint.model.input(),
                       films = film_protocol(checkpoint), colour = takes_colour(checkpoint)] {
                        return load_file(file, circle, input, films, colour);
                      }});
  }
  return inputs;
}

}  // namespace pellucid
