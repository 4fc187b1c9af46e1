#include "explain/picture/plots.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "explain/picture/axes.h"
#include "runtime/error.h"
#include "tests/support/colour_vision.h"

using namespace pellucid;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Every element is closed, in order, and no text holds a bare < or &.
bool well_formed(const std::string& svg) {
  std::vector<std::string> open;
  for (std::size_t at = 0; (at = svg.find('<', at)) != std::string::npos;) {
    const std::size_t end = svg.find('>', at);
    if (end == std::string::npos) return false;
    const std::string tag = svg.substr(at + 1, end - at - 1);
    if (tag[0] == '/') {
      if (open.empty() || open.back() != tag.substr(1)) return false;
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(tag.substr(0, tag.find(' ')));
    }
    at = end;
  }
  for (std::size_t at = 0; (at = svg.find('&', at)) != std::string::npos; ++at) {
    const std::string entity = svg.substr(at, svg.find(';', at) - at);
    if (entity != "&amp" && entity != "&lt" && entity != "&gt" && entity != "&quot") return false;
  }
  return open.empty();
}

EpochRecord record(int epoch, double loss, double val_loss, double accuracy) {
  return {epoch, loss, accuracy, val_loss, accuracy, accuracy, 1, 1};
}

}  // namespace

TEST_CASE("axis ticks are round and inside") {
  CHECK(axis_ticks({0, 1}) == std::vector<double>{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1});
  CHECK(axis_ticks({1, 24}) == std::vector<double>{5, 10, 15, 20});
  CHECK(axis_ticks({0, 2.2}) == std::vector<double>{0, 0.5, 1, 1.5, 2});
  CHECK_THROWS_AS(axis_ticks({1, 1}), Error);
}

TEST_CASE("axes map the range onto the frame, y upwards, and clamp") {
  Svg svg(200, 200, "a <b> & \"c\"");
  Axes axes(svg, {50, 20, 100, 80, {0, 10}, {0, 1}, "t", "x", "y"});
  CHECK(axes.place({0, 0}) == PlotPoint{50, 100});
  CHECK(axes.place({10, 1}) == PlotPoint{150, 20});
  CHECK(axes.place({5, 0.25}) == PlotPoint{100, 80});
  CHECK(axes.place({-3, 7}) == PlotPoint{50, 20});
  const PlotPoint curve[] = {{0, 0}, {5, 0.25}};
  axes.curve(curve, kSeries[1]);
  CHECK(contains(svg.str(), R"(points="50,100 100,80")"));
  CHECK(contains(svg.str(), "a &lt;b&gt; &amp; &quot;c&quot;"));
  CHECK(well_formed(svg.str()));
}

TEST_CASE("training curves go where the history says, and mark its best epoch") {
  const std::vector<EpochRecord> history = {record(1, 2, 1, 0), record(2, 1, 0.5, 0.5),
                                            record(3, 0.5, 0.8, 1)};
  const std::string svg = training_curves_svg(history);
  CHECK(well_formed(svg));
  CHECK(contains(svg, "best epoch, 2"));
  CHECK_FALSE(contains(svg, ">-0<"));
  // Losses up to 2.1 over 250 pixels from y = 280: 2 → 41.9, 1 → 160.95, 0.5 → 220.48.
  CHECK(contains(svg, R"(points="60,41.9 230,160.95 400,220.48")"));
  CHECK(contains(svg, R"(points="480,280 650,155 820,30")"));
  CHECK(training_curves_svg(history) == svg);
  CHECK(well_formed(training_curves_svg(std::vector<EpochRecord>{record(1, 1, 1, 1)})));
  CHECK_THROWS_AS(training_curves_svg({}), Error);
}

TEST_CASE("the confusion matrix shows counts and shares of the rows") {
  const Json figures = {{"class_names", {"normal", "a<b"}},
                        {"confusion_matrix", {{30, 10}, {0, 0}}}};
  const std::string svg = confusion_matrix_svg(figures);
  CHECK(well_formed(svg));
  for (const char* part : {">30</text>", ">75 %</text>", ">10</text>", ">25 %</text>", "a&lt;b"})
    CHECK(contains(svg, part));
  CHECK(contains(svg, "#4664"));  // ¾ of the way from white to blue: 255 − ¾·247 = 70, 100, …
  Json many = {{"class_names", Json::array()}, {"confusion_matrix", Json::array()}};
  for (int i = 0; i < 60; ++i) {
    many["class_names"].push_back("c" + std::to_string(i));
    many["confusion_matrix"].push_back(std::vector<int>(60, 1));
  }
  const std::string of_many = confusion_matrix_svg(many);
  CHECK(well_formed(of_many));
  CHECK(contains(of_many, "rotate(-90 "));  // names below cells that are narrower
  CHECK(contains(of_many, ">c59</text>"));
  CHECK_FALSE(contains(svg, "end\" fill=\"#000000\" transform"));
}

TEST_CASE("names that would leave a picture lose their middle") {
  CHECK(shortened("benign", 12, 92) == "benign");
  const std::string once = shortened("Calc-Test_P_00038_LEFT_CC", 12, 92);
  CHECK(text_width(once, 12) <= 92);
  CHECK(text_width(once, 12) > 75);
  CHECK(contains(once, "…"));
  CHECK(once.starts_with("Calc-"));
  CHECK(once.ends_with("_CC"));
  CHECK(shortened("正常な乳房の画像", 12, 40).size() == 3 * 3);  // 正…像 of three bytes each
  CHECK(shortened("wide", 12, 1).empty() == false);
  CHECK(text_width("iii", 10) < text_width("www", 10));

  const std::string name(200, 'w');
  const Json figures = {{"class_names", {"normal", name}}, {"confusion_matrix", {{1, 0}, {0, 1}}}};
  CHECK_FALSE(contains(confusion_matrix_svg(figures), std::string(20, 'w')));
  const Json curves = {
      {"classes",
       {{{"name", name}, {"auc", 0.75}, {"auc_interval", {0.6, 0.9}}, {"roc", nullptr}}}}};
  const std::string roc = roc_svg(curves);
  CHECK_FALSE(contains(roc, std::string(20, 'w')));
  CHECK(contains(roc, "w…w"));
  CHECK(contains(roc, "w: AUC 0.750 [0.60, 0.90]"));
}

TEST_CASE("ROC: a panel a class, with curve, band and AUC") {
  const Json roc = {
      {"false_positive_rate", {0, 0.5, 1}},
      {"true_positive_rate", {0, 1, 1}},
      {"band", {{"false_positive_rate", {0, 1}}, {"low", {0, 1}}, {"high", {0.5, 1}}}}};
  const Json figures = {
      {"classes",
       {{{"name", "normal"}, {"auc", 0.75}, {"auc_interval", {0.6, 0.9}}, {"roc", roc}},
        {{"name", "none"},
         {"auc", nullptr},
         {"auc_interval", {nullptr, nullptr}},
         {"roc", nullptr}}}}};
  const std::string svg = roc_svg(figures);
  CHECK(well_formed(svg));
  CHECK(contains(svg, "normal: AUC 0.750 [0.60, 0.90]"));
  CHECK(contains(svg, R"(points="60,265 175,35 290,35")"));
  CHECK(contains(svg, R"(<polygon points="60,265 290,35 290,35 60,150")"));
  CHECK(contains(svg, "no such images"));
}

TEST_CASE("the colours of curves are told apart with every kind of colour vision") {
  const auto rgb = [](std::string_view colour) {
    const auto part = [&](std::size_t at) {
      return static_cast<std::uint8_t>(std::stoi(std::string(colour.substr(at, 2)), nullptr, 16));
    };
    return test::linear(part(1), part(3), part(5));
  };
  for (const auto& vision : {test::kNormal, test::kProtan, test::kDeutan})
    for (std::size_t a = 0; a < kSeries.size(); ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        CAPTURE(a);
        CAPTURE(b);
        CHECK(test::distance(test::seen_by(vision, rgb(kSeries[a].colour)),
                             test::seen_by(vision, rgb(kSeries[b].colour))) >= 20);
        CHECK(kSeries[a].dash != kSeries[b].dash);
      }
      CHECK(test::seen_by(vision, rgb(kSeries[a].colour))[0] < 65);  // dark enough on white
    }
}
