#include "nn/train/seen_images.h"

#include "nn/data/phantom/phantom.h"
#include "runtime/error.h"
#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE("seen images: a training's pictures are known again, whatever they are called") {
  PhantomOptions options;
  options.size = 32;
  options.train_per_class = 2;
  options.valid_per_class = options.test_per_class = 1;
  Dataset set = make_phantom(options, 3);
  const SeenImages seen(describe_seen_images(set), "model");
  CHECK(seen.recorded());
  CHECK(seen.subset_of(set.train[5].content) == "train");
  CHECK(seen.subset_of(set.valid[0].content) == "valid");
  CHECK(seen.subset_of(set.test[0].content).empty());
  CHECK(seen.subset_of("").empty());

  SeenCount count;
  for (const Sample& sample : {set.train[0], set.train[1], set.valid[2], set.test[1]})
    count.add(seen, sample.content);
  CHECK(count.json() == Json{{"images", 4}, {"trained_on", 2}, {"validated_on", 1}});
  CHECK(count.text() == "2 of 4 images were trained on, 1 validated on");
}

TEST_CASE("seen images: a model without a record says so") {
  SeenCount count;
  count.add(SeenImages(), "abc");
  CHECK(count.json() == Json{{"images", 1}, {"trained_on", nullptr}, {"validated_on", nullptr}});
  CHECK(contains(count.text(), "has no record"));
  CHECK_FALSE(SeenImages(nullptr, "model").recorded());
  CHECK(contains(message_of([] {
                   SeenImages(Json{{"train", Json::array({1})}, {"valid", Json::array()}}, "m");
                 }),
                 "m.train[0]"));
  CHECK(contains(message_of([] { SeenImages(Json{{"train", Json::array()}}, "m"); }), "valid"));
}
