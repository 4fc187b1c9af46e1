#include "nn/data/codec/dicom_grey.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/error.h"

namespace pellucid {
namespace {

// A picture has at most 65,536 different values, so that each is computed once.
struct DicomTable {
  std::vector<std::uint16_t> shown;  // of each stored value
  int white = kMaxWhite;
};

int dicom_stored_value(const DicomGrey& grey, std::size_t word) {
  const int value = static_cast<int>(word);
  return grey.is_signed && (value >> (grey.bits - 1)) != 0 ? value - (1 << grey.bits) : value;
}

bool is_dicom_padding(const DicomGrey& grey, std::size_t word) {
  const int value = dicom_stored_value(grey, word);
  return grey.padding && value >= grey.padding->first && value <= grey.padding->second;
}

// Behind the modality LUT or rescaling, of each stored value.
std::vector<double> dicom_modality_values(const DicomGrey& grey, std::vector<std::string>& notes) {
  std::vector<double> values(std::size_t{1} << grey.bits);
  for (std::size_t word = 0; word < values.size(); ++word) {
    const double stored = dicom_stored_value(grey, word);
    if (grey.modality_lut) values[word] = (*grey.modality_lut)(stored);
    else if (grey.rescale) values[word] = stored * grey.rescale->slope + grey.rescale->intercept;
    else values[word] = stored;
  }
  if (grey.modality_lut)
    notes.push_back(concat("modality LUT of ", grey.modality_lut->values.size(), " entries"));
  else if (grey.rescale) notes.emplace_back("rescaled by its slope and intercept");
  return values;
}

std::uint16_t dicom_sixteen_bits(double brightness) {
  return static_cast<std::uint16_t>(std::floor(brightness * kMaxWhite + 0.5));
}

void note_dicom_window(const DicomGrey& grey, std::vector<std::string>& notes) {
  constexpr const char* kNames[] = {"LINEAR", "LINEAR_EXACT", "SIGMOID"};
  const DicomWindow& w = *grey.window;
  notes.push_back(concat("window ", w.centre, "/", w.width, " ",
                         kNames[static_cast<std::size_t>(w.function)],
                         grey.windows > 1 ? concat(" (the first of ", grey.windows, ")") : ""));
}

// Least and greatest of the values that the picture has, its padding left out.
std::pair<double, double> dicom_range(const std::vector<double>& values,
                                      const std::vector<bool>& counted) {
  double least = std::numeric_limits<double>::infinity(), greatest = -least;
  for (std::size_t word = 0; word < values.size(); ++word) {
    if (!counted[word]) continue;
    least = std::min(least, values[word]);
    greatest = std::max(greatest, values[word]);
  }
  return least <= greatest ? std::pair(least, greatest) : std::pair(0.0, 0.0);
}

// counted: the stored values that the picture has, without its padding.
DicomTable dicom_table(const DicomGrey& grey, const std::vector<bool>& counted,
                       std::vector<std::string>& notes) {
  const std::vector<double> values = dicom_modality_values(grey, notes);
  DicomTable table;
  table.shown.resize(values.size());
  const auto show = [&](const auto& of) {
    std::transform(values.begin(), values.end(), table.shown.begin(), of);
  };
  const bool voi = !grey.for_processing && (grey.voi_lut || grey.window);
  if (grey.for_processing) notes.emplace_back("FOR PROCESSING: no window applied");
  if (voi && grey.voi_lut) {
    table.white = (1 << grey.voi_lut->bits) - 1;
    show([&](double value) {
      return std::min<std::uint16_t>((*grey.voi_lut)(value),
                                     static_cast<std::uint16_t>(table.white));
    });
    notes.push_back(concat("VOI LUT of ", grey.voi_lut->values.size(), " entries"));
  } else if (voi) {
    show([&](double value) { return dicom_sixteen_bits((*grey.window)(value)); });
    note_dicom_window(grey, notes);
  } else if (grey.bits <= 8 && !grey.is_signed && !grey.modality_lut && !grey.rescale) {
    table.white = (1 << grey.bits) - 1;
    show([](double value) { return static_cast<std::uint16_t>(value); });
  } else {
    const auto [least, greatest] = dicom_range(values, counted);
    const double range = greatest > least ? greatest - least : 1;
    show([&, least = least](double value) {
      return dicom_sixteen_bits(std::clamp((value - least) / range, 0.0, 1.0));
    });
    notes.emplace_back("no window: the least value is black, the greatest white");
  }
  return table;
}

}  // namespace

std::uint16_t DicomLut::operator()(double value) const {
  const double entry = std::floor(value) - first;
  return values[static_cast<std::size_t>(
      std::clamp(entry, 0.0, static_cast<double>(values.size() - 1)))];
}

bool DicomWindow::valid() const {
  return function == DicomVoiFunction::linear ? width >= 1 : width > 0;
}

double DicomWindow::operator()(double value) const {
  if (function == DicomVoiFunction::sigmoid)
    return 1 / (1 + std::exp(-4 * (value - centre) / width));
  const bool linear = function == DicomVoiFunction::linear;
  const double c = linear ? centre - 0.5 : centre, w = linear ? width - 1 : width;
  if (value <= c - w / 2) return 0;
  if (value > c + w / 2) return 1;
  return (value - c) / w + 0.5;
}

Pixels dicom_grey(const DicomGrey& grey, std::vector<std::uint16_t> stored,
                  std::vector<std::string>& notes) {
  std::vector<bool> counted(std::size_t{1} << grey.bits);
  for (const std::uint16_t word : stored) counted[word] = true;
  bool padded = false;
  for (std::size_t word = 0; word < counted.size(); ++word) {
    if (!counted[word] || !is_dicom_padding(grey, word)) continue;
    counted[word] = false;
    padded = true;
  }
  DicomTable table = dicom_table(grey, counted, notes);
  if (grey.inverted) {
    for (std::uint16_t& shown : table.shown)
      shown = static_cast<std::uint16_t>(table.white - shown);
    notes.emplace_back("MONOCHROME1 inverted");
  }
  if (padded) {
    for (std::size_t word = 0; word < table.shown.size(); ++word)
      if (is_dicom_padding(grey, word)) table.shown[word] = 0;
    notes.push_back(grey.padding->first == grey.padding->second
                        ? concat("pixel padding ", grey.padding->first, " is black")
                        : concat("pixel padding ", grey.padding->first, " to ",
                                 grey.padding->second, " is black"));
  }
  for (std::uint16_t& word : stored) word = table.shown[word];
  return {std::move(stored), table.white};
}

}  // namespace pellucid
