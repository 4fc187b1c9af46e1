#include "apps/peer_line.h"

#include "runtime/formats/json.h"

namespace pellucid {

Peer parse_peer(std::string_view line, const std::string& where) {
  const Json json = parse_json(line, where);
  const JsonView view(json, where);
  const auto text = [&](const char* key) {
    const auto found = view.find(key);
    return found ? found->text() : "";
  };
  const auto number = [&](const char* key, double most) {
    const auto found = view.find(key);
    return found ? found->number(0, most) : 0;
  };
  return {text("peer"), text("task"), text("error"), number("seconds", 1e9),
          number("peak_bytes", 1e15)};
}

}  // namespace pellucid
