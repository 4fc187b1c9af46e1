#include "apps/peer_line.h"
#include "explain/record/image_record.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/text.h"
#include "tests/hostile/readers/readers.h"

namespace pellucid::test {

void load_json_lines(const Path& path) {
  const std::string text = read_text_file(path);
  int number = 0;
  for (const std::string_view line : split_lines(text))
    parse_peer(line, concat(path.string(), ": line ", ++number));
}

void load_image_record(const Path& path) {
  const ImageRecord image = read_image_record(path);
  for (const ExplanationRecord& record : image.explanations) {
    expect(image.find(record.method) == &record, "a method twice");
    expect(record.figures().contains("seconds"), "a map without its cost");
  }
  expect(!image.explanations.empty(), "a record of nothing");
}

}  // namespace pellucid::test
