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

TEST_CASE("seen images: those of the model that a training began with count, too") {
  PhantomOptions options;
  options.size = 32;
  options.train_per_class = 2;
  options.valid_per_class = options.test_per_class = 1;
  const Dataset first = make_phantom(options, 3), second = make_phantom(options, 4);
  const SeenImages both(describe_seen_images(second, describe_seen_images(first)), "model");
  CHECK(both.complete());
  CHECK(both.subset_of(first.train[0].content) == "train");
  CHECK(both.subset_of(second.valid[0].content) == "valid");
  const SeenImages part(describe_seen_images(second, nullptr), "model");
  CHECK_FALSE(part.complete());
  CHECK(part.subset_of(second.train[0].content) == "train");
  SeenCount count;
  count.add(part, first.train[0].content);
  CHECK(contains(count.text(), "0 of 1 images were trained on, 0 validated on; which images"));
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
                 "train[0]"));
  CHECK(contains(message_of([] { SeenImages(Json{{"train", Json::array()}}, "m"); }), "valid"));
}
