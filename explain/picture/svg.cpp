#include "explain/picture/svg.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <vector>

#include "runtime/formats/text.h"

namespace pellucid {
namespace {

// A hundredth of a pixel is fine enough; "-0" would not be equal to "0".
std::string number(double value) {
  const double rounded = std::round(value * 100) / 100;
  return fmt::format("{}", rounded == 0 ? 0.0 : rounded);
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  return out;
}

std::string joined(std::span<const PlotPoint> points) {
  std::string out;
  for (const auto& [x, y] : points)
    out += fmt::format("{}{},{}", out.empty() ? "" : " ", number(x), number(y));
  return out;
}

std::string attributes(const SvgStroke& stroke) {
  std::string out =
      fmt::format(R"(stroke="{}" stroke-width="{}")", stroke.colour, number(stroke.width));
  if (!stroke.dash.empty()) out += fmt::format(R"( stroke-dasharray="{}")", stroke.dash);
  return out;
}

// Thousandths of the size, of ASCII from the space on.
constexpr int kWidths[] = {
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333,  278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,  611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278,  556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500,  500, 334, 260, 334, 584};
static_assert(std::size(kWidths) == 95);
// Of other characters: of two bytes (Latin, Greek, Cyrillic, Arabic), and of more (Chinese, emoji, …).
constexpr int kLetterWidth = 700, kSquareWidth = 1000;

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    out.push_back(text.substr(0, first_character(text).bytes));
    text.remove_prefix(out.back().size());
  }
  return out;
}

}  // namespace

double text_width(std::string_view text, double size) {
  int width = 0;
  for (const std::string_view character : characters(text)) {
    const char first = character[0];
    width += first >= ' ' && first <= '~' ? kWidths[first - ' ']
             : character.size() <= 2      ? kLetterWidth
                                          : kSquareWidth;
  }
  return width * size / 1000;
}

std::string shortened(std::string_view text, double size, double width) {
  std::string out(text);
  const std::vector<std::string_view> all = characters(text);
  for (std::size_t kept = all.size(); text_width(out, size) > width && kept-- > 0;) {
    out.clear();
    for (std::size_t i = 0; i < (kept + 1) / 2; ++i) out += all[i];
    out += "…";
    for (std::size_t i = all.size() - kept / 2; i < all.size(); ++i) out += all[i];
  }
  return out;
}

Svg::Svg(double width, double height, std::string_view title)
    : body_(fmt::format(R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" )"
                        R"(viewBox="0 0 {0} {1}" role="img" )"
                        R"(font-family="Helvetica, Arial, sans-serif">)"
                        "\n<title>{2}</title>\n",
                        number(width), number(height), escaped(title))) {
  rectangle({0, 0}, width, height, "#ffffff");
}

void Svg::line(PlotPoint from, PlotPoint to, const SvgStroke& stroke) {
  body_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" {}/>\n", number(from[0]),
                       number(from[1]), number(to[0]), number(to[1]), attributes(stroke));
}

void Svg::polyline(std::span<const PlotPoint> points, const SvgStroke& stroke) {
  body_ += fmt::format("<polyline points=\"{}\" fill=\"none\" stroke-linejoin=\"round\" {}/>\n",
                       joined(points), attributes(stroke));
}

void Svg::polygon(std::span<const PlotPoint> points, std::string_view fill, double opacity) {
  body_ += fmt::format("<polygon points=\"{}\" fill=\"{}\" fill-opacity=\"{}\"/>\n", joined(points),
                       fill, number(opacity));
}

void Svg::rectangle(PlotPoint corner, double width, double height, std::string_view fill) {
  body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n",
                       number(corner[0]), number(corner[1]), number(width), number(height), fill);
}

void Svg::circle(PlotPoint centre, double radius, std::string_view fill) {
  body_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"/>\n", number(centre[0]),
                       number(centre[1]), number(radius), fill);
}

void Svg::text(PlotPoint at, std::string_view text, const SvgText& style) {
  const std::string x = number(at[0]), y = number(at[1]);
  const std::string turn =
      style.upwards ? fmt::format(" transform=\"rotate(-90 {} {})\"", x, y) : "";
  body_ += fmt::format(
      "<text x=\"{}\" y=\"{}\" font-size=\"{}\" text-anchor=\"{}\" fill=\"{}\"{}>{}</text>\n", x, y,
      number(style.size), style.anchor, style.colour, turn, escaped(text));
}

std::string Svg::str() const { return body_ + "</svg>\n"; }

}  // namespace pellucid
