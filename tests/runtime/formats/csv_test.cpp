#include "runtime/formats/csv.h"

#include <doctest/doctest.h>

#include "runtime/error.h"

using namespace pellucid;

namespace {

using Fields = std::vector<std::string>;

std::vector<Fields> rows_of(const std::string& text) {
  std::vector<Fields> rows;
  for (const CsvTable::Row& row : parse_csv(text, "x").rows) rows.push_back(row.fields);
  return rows;
}

// As RFC 4180 writes it.
std::string written(const std::vector<Fields>& rows) {
  std::string text;
  for (const Fields& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) {
      std::string field = row[c];
      for (std::size_t at = 0; (at = field.find('"', at)) != field.npos; at += 2)
        field.insert(at, "\"");
      text += "\"" + field + "\"" + (c + 1 < row.size() ? "," : "\r\n");
    }
  return text;
}

}  // namespace

TEST_CASE("CSV: columns by name, rows with the lines that they begin on") {
  const CsvTable table = parse_csv("id,split\na,train\n\nb,test\r\n", "x");
  CHECK(table.header == Fields{"id", "split"});
  CHECK(table.column("split") == 1);
  CHECK_FALSE(table.column("Split"));
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].line == 2);
  CHECK(table.rows[1].line == 4);
  CHECK(table.rows[1].fields == Fields{"b", "test"});
}

TEST_CASE("CSV: quotes hold commas, quotes and line ends; what is written so is read so") {
  CHECK(rows_of("a,b\n\"x, y\",\"say \"\"hi\"\"\"\n") ==
        std::vector<Fields>{{"x, y", "say \"hi\""}});
  const CsvTable table = parse_csv("a,b\n\"two\nlines\",1\nc,2\n", "x");
  CHECK(table.rows[0].fields[0] == "two\nlines");
  CHECK(table.rows[1].line == 4);
  const std::vector<Fields> rows = {{"a", "b"},         {"", ""},        {"\"", ","},
                                    {"\r\n", "\"\"\""}, {" x ", "é 正"}, {"end\n", "\"q\""}};
  const std::vector<Fields> read = rows_of(written(rows));
  CHECK(read == std::vector<Fields>(rows.begin() + 1, rows.end()));
  CHECK(parse_csv(written(rows), "x").header == rows[0]);
}

TEST_CASE("CSV: as spreadsheets and R write it") {
  CHECK(rows_of("\xEF\xBB\xBFid,split\r\na,train\r\n") == std::vector<Fields>{{"a", "train"}});
  CHECK(parse_csv("\xEF\xBB\xBFid\n", "x").header == Fields{"id"});
  CHECK(rows_of("\"id\",\"split\"\n\"a\",\"train\"") == std::vector<Fields>{{"a", "train"}});
  CHECK(rows_of("a,b,c\n1,,\n,,3") == std::vector<Fields>{{"1", "", ""}, {"", "", "3"}});
  CHECK(rows_of("\n \na,b\n1,2\n\t\n") == std::vector<Fields>{{"1", "2"}});
  CHECK(rows_of("a\n\"\"\n").empty());  // a blank line, quoted or not
}

TEST_CASE("CSV: what is wrong is told with its line") {
  const auto fails = [](const std::string& text, const char* message) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(parse_csv(text, "x"), message, Error);
  };
  fails("", "x:1: no header (found an empty file; expected names of columns)");
  fails("\xEF\xBB\xBF", "x:1: no header (found an empty file; expected names of columns)");
  fails("a,b\n1,2\n1\n", "x:3: wrong number of columns (found 1; expected 2)");
  fails("a,b\n1,2,3\n", "x:2: wrong number of columns (found 3; expected 2)");
  fails("a,b,a\n", "x:1: a column twice (found \"a\"; expected each once)");
  fails("a,b\n1,\"2\n3\n",
        "x:2: a quote that is not closed (found \"2?3?\"; expected a quote at the field's end)");
  fails("a,b\n1,\"2\"3\n", "x:2: text behind a quoted field (found \"3\"; expected a comma)");
  fails("a,b\n\"1\n\"x,2\n", "x:3: text behind a quoted field (found \"x,2\"; expected a comma)");
  fails("a,b\n1,2\"3\n",
        "x:2: a quote inside a field (found \"2\"3\"; expected quotes around all of it)");
  fails(std::string(kCsvMaxColumns, ','),
        "x:1: too many columns (found more than 1000; expected at most so many)");
}
