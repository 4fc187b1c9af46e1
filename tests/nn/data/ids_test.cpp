#include "nn/data/ids.h"

#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE("ids: letters of every script stay, what files cannot be called does not") {
  CHECK(id_of("mdb001") == "mdb001");
  CHECK(id_of("benign (1)") == "benign__1_");
  CHECK(id_of("a/b\\c:d*e?f\"g<h>i|j,k;l'm") == "a_b_c_d_e_f_g_h_i_j_k_l_m");
  CHECK(id_of("Größe.正常.снимок.صورة.😀") == "Größe.正常.снимок.صورة.😀");
  CHECK(id_of("\xE2\x80\xAE"
              "evil") == "_evil");  // right-to-left override
  CHECK(id_of("a\xC2\xA0"
              "b\xE3\x80\x80"
              "c") == "a_b_c");          // spaces of other widths
  CHECK(id_of("Gr\xF6\xDF") == "Gr__");  // Latin-1
  CHECK(id_of("tab\tline\n") == "tab_line_");
  CHECK(id_of(".hidden") == "_.hidden");
  CHECK(id_of("") == "_");
  CHECK(id_of(id_of("benign (1)")) == id_of("benign (1)"));
}

TEST_CASE("ids: long names are cut between characters and stay apart") {
  const std::string first(200, 'x'), second = first + "y";
  CHECK(id_of(std::string(100, 'x')) == std::string(100, 'x'));
  CHECK(id_of(first).size() == 100);
  CHECK(id_of(first) != id_of(second));
  std::string wide;
  for (int i = 0; i < 60; ++i) wide += "正";
  const std::string cut = id_of(wide);
  CHECK(cut.size() == 3 * 30 + 9);
  CHECK(cut.starts_with(wide.substr(0, 90) + "-"));
}

TEST_CASE("ids: names that would be one get numbers") {
  UniqueIds ids;
  CHECK(ids.of("a b") == "a_b");
  CHECK(ids.of("a_b") == "a_b_2");
  CHECK(ids.of("a,b") == "a_b_3");
  CHECK(ids.of("a_b_2") == "a_b_2_2");
}
