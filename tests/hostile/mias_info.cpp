#include "tests/hostile/formats.h"

namespace pellucid::test {

using namespace std::string_literals;

std::vector<HostileFile> hostile_mias_info() {
  // Each row as the second of a table.
  const auto row = [](const std::string& text) {
    return "prose\n\nmdb001 G CIRC B 535 425 197\n" + text + "\n=====\nmdb what follows is prose\n";
  };
  return {
      {"plain", row("mdb002 D NORM"), ""},
      {"carriage-returns", "mdb001 G NORM\r\nmdb002 D CALC M *NOTE 3*\r\n", ""},
      {"byte-order-mark", "\xEF\xBB\xBFmdb001 G NORM\n", ""},
      {"no-coordinates", row("mdb059 F CIRC B"), ""},
      {"two-lesions", row("mdb001 G CIRC B 1 2 3"), ""},
      {"empty", "", "FILE: no label row (found none; expected rows that start with mdbNNN)"},
      {"prose-only", "MIAS MiniMammographic Database\n",
       "FILE: no label row (found none; expected rows that start with mdbNNN)"},
      {"end-before-table", "=====\n",
       "FILE: no label row (found none; expected rows that start with mdbNNN)"},
      {"only-zero-bytes", "\0\0\0"s,
       "FILE: no label row (found none; expected rows that start with mdbNNN)"},
      {"html", "<html>not found</html>",
       "FILE: no label row (found none; expected rows that start with mdbNNN)"},
      {"id-only", row("mdb002"),
       "FILE:4: unreadable row (found \"mdb002\"; expected \"ID TISSUE NORM\" or \"ID TISSUE CLASS "
       "SEVERITY [X Y RADIUS]\")"},
      {"no-class", row("mdb002 G"),
       "FILE:4: unreadable row (found \"mdb002 G\"; expected \"ID TISSUE NORM\" or \"ID TISSUE "
       "CLASS SEVERITY [X Y RADIUS]\")"},
      {"no-severity", row("mdb002 G CIRC"),
       "FILE:4: unreadable row (found \"mdb002 G CIRC\"; expected \"ID TISSUE NORM\" or \"ID "
       "TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"no-radius", row("mdb002 G CIRC B 522 280"),
       "FILE:4: unreadable row (found \"mdb002 G CIRC B 522 280\"; expected \"ID TISSUE NORM\" or "
       "\"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"one-word-more", row("mdb002 G CIRC B 522 280 69 1"),
       "FILE:4: unreadable row (found \"mdb002 G CIRC B 522 280 69 1\"; expected \"ID TISSUE "
       "NORM\" or \"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"severity-of-normal", row("mdb002 G NORM B"),
       "FILE:4: unreadable row (found \"mdb002 G NORM B\"; expected \"ID TISSUE NORM\" or \"ID "
       "TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"id-of-2-digits", row("mdb02 G NORM"),
       "FILE:4: unreadable row (found \"mdb02 G NORM\"; expected \"ID TISSUE NORM\" or \"ID TISSUE "
       "CLASS SEVERITY [X Y RADIUS]\")"},
      {"id-with-letter", row("mdb0a2 G NORM"),
       "FILE:4: unreadable row (found \"mdb0a2 G NORM\"; expected \"ID TISSUE NORM\" or \"ID "
       "TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"id-of-4-digits", row("mdb0002 G NORM"),
       "FILE:4: unreadable row (found \"mdb0002 G NORM\"; expected \"ID TISSUE NORM\" or \"ID "
       "TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"mistyped-id", row("mbd002 G NORM"),
       "FILE:4: unreadable row (found \"mbd002 G NORM\"; expected \"ID TISSUE NORM\" or \"ID "
       "TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"unknown-tissue", row("mdb002 X CIRC B 522 280 69"),
       "FILE:4: unreadable row (found \"mdb002 X CIRC B 522 280 69\"; expected \"ID TISSUE NORM\" "
       "or \"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"unknown-class", row("mdb002 G LUMP B 522 280 69"),
       "FILE:4: unreadable row (found \"mdb002 G LUMP B 522 280 69\"; expected \"ID TISSUE NORM\" "
       "or \"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"unknown-severity", row("mdb002 G CIRC C 522 280 69"),
       "FILE:4: unreadable row (found \"mdb002 G CIRC C 522 280 69\"; expected \"ID TISSUE NORM\" "
       "or \"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"small-letters", row("mdb002 g circ b 522 280 69"),
       "FILE:4: unreadable row (found \"mdb002 g circ b 522 280 69\"; expected \"ID TISSUE NORM\" "
       "or \"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"negative-x", row("mdb002 G CIRC B -1 280 69"),
       "FILE:4: unreadable row (found \"mdb002 G CIRC B -1 280 69\"; expected \"ID TISSUE NORM\" "
       "or \"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"radius-0", row("mdb002 G CIRC B 1 280 0"),
       "FILE:4: unreadable row (found \"mdb002 G CIRC B 1 280 0\"; expected \"ID TISSUE NORM\" or "
       "\"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"x-above-limit", row("mdb002 G CIRC B 10000 1 1"),
       "FILE:4: unreadable row (found \"mdb002 G CIRC B 10000 1 1\"; expected \"ID TISSUE NORM\" "
       "or \"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"x-of-20-digits", row("mdb002 G CIRC B 99999999999999999999 1 1"),
       "FILE:4: unreadable row (found \"mdb002 G CIRC B 99999999999999999999 1 1\"; expected \"ID "
       "TISSUE NORM\" or \"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"x-with-point", row("mdb002 G CIRC B 5.0 1 1"),
       "FILE:4: unreadable row (found \"mdb002 G CIRC B 5.0 1 1\"; expected \"ID TISSUE NORM\" or "
       "\"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"x-not-a-number", row("mdb002 G CIRC B NaN 1 1"),
       "FILE:4: unreadable row (found \"mdb002 G CIRC B NaN 1 1\"; expected \"ID TISSUE NORM\" or "
       "\"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"x-hexadecimal", row("mdb002 G CIRC B 0x5 1 1"),
       "FILE:4: unreadable row (found \"mdb002 G CIRC B 0x5 1 1\"; expected \"ID TISSUE NORM\" or "
       "\"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"note-4", row("mdb002 G CIRC B *NOTE 4*"),
       "FILE:4: unreadable row (found \"mdb002 G CIRC B *NOTE 4*\"; expected \"ID TISSUE NORM\" or "
       "\"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"commas", row("mdb002,G,NORM"),
       "FILE:4: unreadable row (found \"mdb002,G,NORM\"; expected \"ID TISSUE NORM\" or \"ID "
       "TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"zero-byte", row("mdb002 G NORM\0"s),
       "FILE:4: unreadable row (found \"mdb002 G NORM?\"; expected \"ID TISSUE NORM\" or \"ID "
       "TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"control-characters", row("mdb002 G \x1B[2J"),
       "FILE:4: unreadable row (found \"mdb002 G ?[2J\"; expected \"ID TISSUE NORM\" or \"ID "
       "TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"invalid-utf-8", row("mdb002 G \xFF\xFE NORM"),
       "FILE:4: unreadable row (found \"mdb002 G ?? NORM\"; expected \"ID TISSUE NORM\" or \"ID "
       "TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"cut-utf-8", row("mdb002 G N\xC3"),
       "FILE:4: unreadable row (found \"mdb002 G N?\"; expected \"ID TISSUE NORM\" or \"ID TISSUE "
       "CLASS SEVERITY [X Y RADIUS]\")"},
      {"overlong-utf-8", row("mdb002 G \xC0\xAF \xE0\x80\xAF \xED\xA0\x80 \xF4\x90\x80\x80"),
       "FILE:4: unreadable row (found \"mdb002 G ?? ??? ??? ????\"; expected \"ID TISSUE NORM\" or "
       "\"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"long-row", row("mdb002 G " + std::string(500, 'x')),
       "FILE:4: unreadable row (found \"mdb002 G "
       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…\"; expected \"ID "
       "TISSUE NORM\" or \"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"long-row-of-umlauts",
       row("mdb002 G  " +
           [] {
             std::string text;
             for (int i = 0; i < 60; ++i) text += "ü";
             return text;
           }()),
       "FILE:4: unreadable row (found \"mdb002 G  üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü…\"; expected "
       "\"ID TISSUE NORM\" or \"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
      {"bare-carriage-returns", "mdb001 G NORM\rmdb002 G NORM\r",
       "FILE:1: unreadable row (found \"mdb001 G NORM?mdb002 G NORM\"; expected \"ID TISSUE NORM\" "
       "or \"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")"},
  };
}

}  // namespace pellucid::test
