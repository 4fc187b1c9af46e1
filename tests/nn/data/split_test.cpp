#include "nn/data/split.h"

#include <set>

#include "runtime/file.h"
#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

const std::vector<LabelledId> kKnown = {{"a", 0}, {"b", 1}, {"c", 2}, {"d", 0}, {"e", 1}};
const std::vector<std::string> kNames = {"normal", "benign", "malignant"};

Split parse(std::string_view text) { return parse_split(text, "s.csv", kKnown, kNames); }
std::string error_of(std::string_view text) {
  return message_of([&] { parse(text); });
}

}  // namespace

TEST_CASE("split: the paper's") {
  const Split split = paper_split();
  CHECK(split.train.size() == 221);
  CHECK(split.valid.size() == 47);
  CHECK(split.test.size() == 48);
  CHECK(std::vector<std::string>(split.test.begin(), split.test.begin() + 8) ==
        std::vector<std::string>{"mdb262", "mdb222", "mdb244", "mdb303", "mdb111", "mdb079",
                                 "mdb317", "mdb106"});
  std::set<std::string> ids;
  for (const auto* subset : {&split.train, &split.valid, &split.test})
    ids.insert(subset->begin(), subset->end());
  CHECK(ids.size() == 316);
  for (const char* dropped : {"mdb059", "mdb212", "mdb214", "mdb216", "mdb233", "mdb245"})
    CHECK_FALSE(ids.contains(dropped));
}

TEST_CASE("split: a user's file keeps its order and may leave samples out") {
  const Split split = parse("id,split\nc,train\na,train\r\n\nb,train\ne,test");
  CHECK(split == Split{{"c", "a", "b"}, {}, {"e"}});

  const TemporaryFolder folder;
  write_text_file(folder / "s.csv", "id,split\na,train\nb,train\nc,train\nd,valid\n");
  CHECK(read_split(folder / "s.csv", kKnown, kNames) == Split{{"a", "b", "c"}, {"d"}, {}});
  CHECK(contains(message_of([&] { read_split(folder / "no.csv", kKnown, kNames); }), "no.csv"));
}

TEST_CASE("split: mistakes are named by line") {
  check_fragments(error_of("id,split\na,train\nmdb999,test\n"),
                  {"s.csv:3: unknown id", "\"mdb999\"", "one of the 5 samples"});
  check_fragments(error_of("id,split\na,train\nb,test\na,test\n"),
                  {"s.csv:4: duplicate id", "\"a\"", "line 2"});
  check_fragments(error_of("id,split\na,training\n"),
                  {"s.csv:2: unknown split", "\"training\"", "train, valid or test"});
  check_fragments(error_of("id,split\na train\n"), {"s.csv:2: wrong number of columns", "found 1"});
  check_fragments(error_of("id,split\na,train,1\n"),
                  {"s.csv:2: wrong number of columns", "found 3"});
  check_fragments(error_of("name,part\na,train\n"), {"s.csv:1: wrong header", "\"name,part\""});
  check_fragments(error_of(""), {"s.csv:1: no header"});
  check_fragments(error_of("id,split\na,train\nb,train\nc,test\n"),
                  {"s.csv: empty class", "no \"malignant\" sample in train"});
}

TEST_CASE("a split has its columns by name, in quotes or not; what has none is not used") {
  const Split plain = parse("id,split\na,train\nb,train\nc,train\nd,test\n");
  CHECK(plain == Split{{"a", "b", "c"}, {}, {"d"}});
  CHECK(
      parse("\"id\",\"split\"\n\"a\",\"train\"\n\"b\",\"train\"\n\"c\",train\n\"d\",\"test\"\n") ==
      plain);
  CHECK(parse("split,age,id\ntrain,40,a\ntrain,,b\ntrain,0,c\ntest,\"4,1\",d\n") == plain);
  CHECK(parse("mdb,index,split\na,0,train\nb,1,train\nc,2,train\ne,3,\nd,4,test\n") == plain);
  CHECK(parse("id,mdb,split\na,x,train\nb,y,train\nc,z,train\nd,w,test\n") == plain);
  check_fragments(error_of("id,part\na,train\n"), {"s.csv:1: wrong header", "\"id,part\""});
  check_fragments(error_of("id,split,split\na,train,test\n"), {"s.csv:1: a column twice"});
}
