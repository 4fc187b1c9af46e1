#include "explain/picture/plots.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "explain/picture/axes.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

bool undefined(const Json& value) { return value.is_null() || std::isnan(value.get<double>()); }

// White for 0, a deep blue for 1.
std::string blue(double share) {
  const auto mix = [share](double from, double to) {
    return static_cast<int>(std::lround(from + (to - from) * std::clamp(share, 0.0, 1.0)));
  };
  return fmt::format("#{:02x}{:02x}{:02x}", mix(255, 8), mix(255, 48), mix(255, 107));
}

std::vector<PlotPoint> points_of(const Json& x, const Json& y) {
  std::vector<PlotPoint> points;
  for (std::size_t i = 0; i < x.size(); ++i)
    points.push_back({x[i].get<double>(), y[i].get<double>()});
  return points;
}

}  // namespace

std::string training_curves_svg(std::span<const EpochRecord> history) {
  require(!history.empty(), "training curves: no epoch to draw");
  const auto series = [&](double EpochRecord::*value) {
    std::vector<PlotPoint> points;
    for (const EpochRecord& record : history)
      points.push_back({static_cast<double>(record.epoch), record.*value});
    return points;
  };
  const EpochRecord* best = &history.front();
  double highest = 0;
  for (const EpochRecord& record : history) {
    if (record.val_loss < best->val_loss) best = &record;
    highest = std::max({highest, record.loss, record.val_loss});
  }
  const double first = history.front().epoch, last = history.back().epoch;
  const AxisRange epochs{first, std::max(last, first + 1)};

  Svg svg(860, 30 + 250 + kLegendTop + 3 * kLegendLine, "Training curves");
  Axes loss(svg,
            {60, 30, 340, 250, epochs, {0, highest > 0 ? 1.05 * highest : 1}, "loss", "epoch", ""});
  loss.vertical(best->epoch, {"#888888", 1, "3 3"});
  loss.curve(series(&EpochRecord::loss), kSeries[0]);
  loss.curve(series(&EpochRecord::val_loss), kSeries[1]);
  loss.legend("training, weighted by class", kSeries[0]);
  loss.legend("validation", kSeries[1]);
  loss.legend(fmt::format("best epoch, {}", best->epoch), {"#888888", 1, "3 3"});
  Axes accuracy(svg, {480, 30, 340, 250, epochs, {0, 1}, "accuracy", "epoch", ""});
  accuracy.vertical(best->epoch, {"#888888", 1, "3 3"});
  accuracy.curve(series(&EpochRecord::accuracy), kSeries[0]);
  accuracy.curve(series(&EpochRecord::val_accuracy), kSeries[1]);
  accuracy.curve(series(&EpochRecord::val_balanced_accuracy), kSeries[2]);
  accuracy.legend("training", kSeries[0]);
  accuracy.legend("validation", kSeries[1]);
  accuracy.legend("validation, balanced", kSeries[2]);
  return svg.str();
}

std::string confusion_matrix_svg(const Json& figures) {
  const Json& names = figures["class_names"];
  const Json& matrix = figures["confusion_matrix"];
  const std::size_t classes = names.size();
  const double cell = std::clamp(600.0 / static_cast<double>(classes), 12.0, 96.0);
  const double left = 130, top = 60, side = cell * static_cast<double>(classes);
  const bool write_counts = cell >= 40;
  // Names that are wider than a cell stand upright below it.
  constexpr double kNameSize = 12, kMostName = 92;
  const bool upright = std::any_of(names.begin(), names.end(), [&](const Json& name) {
    return text_width(name.get<std::string>(), kNameSize) > cell - 2;
  });
  const double below = top + side + (upright ? kMostName - 4 : 0);  // of the names
  Svg svg(left + side + 30, below + 60, "Confusion matrix");
  const auto centre = [&](std::size_t i) { return cell * (static_cast<double>(i) + 0.5); };
  for (std::size_t truth = 0; truth < classes; ++truth) {
    double row = 0;
    for (const Json& count : matrix[truth]) row += count.get<double>();
    const std::string name = shortened(names[truth].get<std::string>(), kNameSize, kMostName);
    svg.text({left - 8, top + centre(truth) + 4}, name, {kNameSize, "end"});
    if (upright)
      svg.text({left + centre(truth) + 4, top + side + 8}, name,
               {kNameSize, "end", "#000000", true});
    else svg.text({left + centre(truth), top + side + 18}, name, {kNameSize, "middle"});
    for (std::size_t predicted = 0; predicted < classes; ++predicted) {
      const double count = matrix[truth][predicted].get<double>();
      const double share = row > 0 ? count / row : 0;
      svg.rectangle({left + centre(predicted) - cell / 2, top + centre(truth) - cell / 2}, cell,
                    cell, blue(share));
      if (!write_counts) continue;
      const std::string_view ink = share > 0.5 ? "#ffffff" : "#000000";
      const double x = left + centre(predicted), y = top + centre(truth);
      svg.text({x, y}, fmt::format("{:g}", count), {15, "middle", ink});
      svg.text({x, y + 16}, fmt::format("{:.0f} %", 100 * share), {11, "middle", ink});
    }
  }
  const PlotPoint frame[] = {
      {left, top}, {left + side, top}, {left + side, top + side}, {left, top + side}, {left, top}};
  svg.polyline(frame, {"#444444", 1, ""});
  svg.text({left + side / 2, top - 32}, "Confusion matrix", {13, "middle"});
  svg.text({left + side / 2, top - 12}, "images, and their share of the true class",
           {11, "middle"});
  svg.text({left + side / 2, below + 42}, "predicted", {12, "middle"});
  svg.text({20, top + side / 2}, "true", {12, "middle", "#000000", true});
  return svg.str();
}

std::string roc_svg(const Json& figures) {
  const Json& classes = figures["classes"];
  const int count = static_cast<int>(classes.size()), across = std::min(count, 3),
            down = (count + across - 1) / across;
  constexpr double kPanel = 230, kStepX = 300, kStepY = 320;
  Svg svg(20 + kStepX * across, 10 + kStepY * down, "ROC curves");
  for (int c = 0; c < count; ++c) {
    const Json& each = classes[static_cast<std::size_t>(c)];
    const Json& interval = each["auc_interval"];
    std::string title;
    if (!undefined(each["auc"])) title += fmt::format(": AUC {:.3f}", each["auc"].get<double>());
    if (!undefined(interval[0]))
      title +=
          fmt::format(" [{:.2f}, {:.2f}]", interval[0].get<double>(), interval[1].get<double>());
    const int row = c / across, column = c % across;
    Axes axes(svg, {.left = 60 + kStepX * column,
                    .top = 35 + kStepY * row,
                    .width = kPanel,
                    .height = kPanel,
                    .x = {},
                    .y = {},
                    .title = shortened(each["name"].get<std::string>(), kTitleText,
                                       kStepX - 10 - text_width(title, kTitleText)) +
                             title,
                    .x_label = "false positive rate",
                    .y_label = "true positive rate"});
    const PlotPoint chance[] = {{0, 0}, {1, 1}};
    axes.curve(chance, {"#888888", 1, "3 3"});
    const Json& roc = each["roc"];
    if (roc.is_null()) {
      const PlotPoint middle = axes.place({0.5, 0.5});
      svg.text({middle[0], middle[1] - 8}, "no such images, or no others", {11, "middle"});
      continue;
    }
    const Json& band = roc["band"];
    if (!band.is_null())
      axes.band(points_of(band["false_positive_rate"], band["low"]),
                points_of(band["false_positive_rate"], band["high"]), kSeries[0].colour);
    axes.curve(points_of(roc["false_positive_rate"], roc["true_positive_rate"]), kSeries[0]);
  }
  return svg.str();
}

}  // namespace pellucid
