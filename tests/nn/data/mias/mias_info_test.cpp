#include "nn/data/mias/mias_info.h"

#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE("Info.txt: every kind of row") {
  const std::vector<MiasRow> rows = parse_mias_info(
      "prose about the database\n\n==========\n1st column: number\n"
      "mdb001 G CIRC B 535 425 197\n"
      "mdb003 D NORM \r\n"
      "mdb005 F SPIC M 477 133 30\n"
      "mdb005 F CIRC B 500 168 26\n"
      "\n"
      "mdb059 F CIRC B\n"
      "mdb216 D CALC M *NOTE 3* \n"
      "==========\nmdb what follows is prose again\n",
      "Info.txt");
  REQUIRE(rows.size() == 6);
  CHECK(rows[0].id == "mdb001");
  CHECK(rows[0].tissue == 'G');
  CHECK(rows[0].abnormality == "CIRC");
  CHECK(rows[0].severity == 'B');
  CHECK(rows[0].lesion == MiasLesion{535, 425, 197});
  CHECK(rows[1].abnormality == "NORM");
  CHECK(rows[1].severity == 0);
  CHECK_FALSE(rows[1].lesion);
  CHECK(rows[2].severity == 'M');
  CHECK(rows[3].id == "mdb005");
  CHECK(rows[3].lesion == MiasLesion{500, 168, 26});
  CHECK_FALSE(rows[4].lesion);
  CHECK(rows[5].severity == 'M');
  CHECK_FALSE(rows[5].lesion);
}

TEST_CASE("Info.txt: an unreadable row is named by line and text") {
  for (const char* row :
       {"mdb002 G CIRC B 522 280", "mdb002 G CIRC B 522 280 x", "mdb002 G CIRC B 522 280 69 1",
        "mdb002 X CIRC B 522 280 69", "mdb002 G LUMP B 522 280 69", "mdb002 G CIRC C 522 280 69",
        "mdb002 G CIRC", "mdb002 G NORM B", "mdb02 G NORM", "mdb0a2 G NORM", "mbd002 G NORM",
        "mdb002", "mdb002 G CIRC B -1 280 69", "mdb002 G CIRC B 1 280 0",
        "mdb002 G CIRC B *NOTE 4*", "mdb002 G CIRC B 99999999999 1 1", "mdb002 G CIRC B 5.0 1 1"}) {
    CAPTURE(row);
    check_fragments(
        message_of([&] { parse_mias_info(concat("\nmdb001 G NORM\n", row, "\n"), "a/Info.txt"); }),
        {"a/Info.txt:3: unreadable row", row, "expected \"ID TISSUE"});
  }
  CHECK(contains(message_of([] { parse_mias_info("only prose\n", "Info.txt"); }),
                 "Info.txt: no label row"));
  CHECK(contains(message_of([] { parse_mias_info("", "Info.txt"); }), "no label row"));
}
