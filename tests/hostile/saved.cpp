// Files that are whole as safetensors and wrong as a model, a training run or packed data.
#include <cmath>
#include <cstring>

#include "runtime/error.h"
#include "tests/hostile/formats.h"
#include "tests/hostile/saved_files.h"

namespace pellucid::test {
namespace {

using Parts = SafetensorsParts;

std::string with(const std::string& file, const std::string& key, const std::string& value) {
  return changed(file, [&](Parts& parts) { parts.metadata.at(key) = value; });
}

std::string without(const std::string& file, const std::string& key) {
  return changed(file, [&](Parts& parts) { parts.metadata.erase(key); });
}

std::string without_tensor(const std::string& file, const std::string& name) {
  return changed(file, [&](Parts& parts) { parts.remove(name); });
}

std::string reshaped(const std::string& file, const std::string& name,
                     std::vector<std::int64_t> shape) {
  return changed(file, [&](Parts& parts) { parts.tensor(name).shape = std::move(shape); });
}

std::string as_integers(const std::string& file, const std::string& name) {
  return changed(file, [&](Parts& parts) { parts.tensor(name).type = SafetensorsType::i32; });
}

// With the first number of a tensor replaced.
template <class T>
std::string beginning_with(const std::string& file, const std::string& name, T value) {
  return changed(file, [&](Parts& parts) {
    std::memcpy(parts.tensor(name).bytes.data(), &value, sizeof value);
  });
}

}  // namespace

std::vector<HostileFile> hostile_checkpoint() {
  const std::string good = saved_model(), normalised = saved_normalised_model();
  return {
      {"plain", good, ""},
      {"no-class-names", with(good, "classes", "[]"), ""},
      {"cut-in-half", good.substr(0, good.size() / 2),
       "FILE: truncated (found 232 bytes behind the length; expected a header of 448)"},
      {"last-byte-cut", good.substr(0, good.size() - 1),
       "FILE: wrong size (found 23 bytes behind the header; expected the 24 of its tensors)"},
      {"no-metadata", changed(good, [](Parts& parts) { parts.metadata.clear(); }),
       "FILE: not a model of Pellucid (found no \"model\" in its metadata; expected one)"},
      {"no-model", without(good, "model"),
       "FILE: not a model of Pellucid (found no \"model\" in its metadata; expected one)"},
      {"no-classes", without(good, "classes"),
       "FILE: not a model of Pellucid (found no \"classes\" in its metadata; expected one)"},
      {"no-preprocessing", without(good, "preprocessing"),
       "FILE: not a model of Pellucid (found no \"preprocessing\" in its metadata; expected one)"},
      {"no-provenance", without(good, "provenance"),
       "FILE: not a model of Pellucid (found no \"provenance\" in its metadata; expected one)"},
      {"model-cut", with(good, "model", "{"),
       "FILE: metadata model: not JSON at line 1, column 2 (found end of input; expected string "
       "literal)"},
      {"model-is-a-text", with(good, "model", "\"tiny\""),
       "FILE: metadata model: wrong value (found \"tiny\"; expected an object)"},
      {"model-without-layers", with(good, "model", R"({"name":"m","input":[1,2,1],"layers":[]})"),
       "FILE: metadata model: layers: wrong value (found an array of 0; expected an array of 1 to "
       "16383)"},
      {"model-of-gigabytes",
       with(
           with(good, "classes", "[]"), "model",
           R"({"name":"m","input":[16384,2,1],"layers":[{"type":"flatten"},{"type":"linear","outputs":65535}]})"),
       "FILE: fc1.weight: wrong shape (found (2, 2); expected (65535, 32768) for model m)"},
      {"model-of-more-layers",
       with(
           good, "model",
           R"({"name":"m","input":[1,2,1],"layers":[{"type":"flatten"},{"type":"linear","outputs":2},{"type":"linear","outputs":2}]})"),
       "FILE: missing tensor (found none named 'fc2.weight', but 'fc1.weight'; expected one)"},
      {"classes-too-many", with(good, "classes", R"(["a","b","c"])"),
       "FILE: metadata classes: wrong value (found an array of 3; expected an array of 2)"},
      {"classes-are-numbers", with(good, "classes", "[1,2]"),
       "FILE: metadata classes: [0]: wrong value (found 1; expected a text)"},
      {"classes-are-an-object", with(good, "classes", "{}"),
       "FILE: metadata classes: wrong value (found an object; expected an array)"},
      {"preprocessing-is-an-array", with(good, "preprocessing", "[]"),
       "FILE: metadata preprocessing: wrong value (found an array of 0; expected an object)"},
      {"preprocessing-with-key-twice", with(good, "preprocessing", R"({"a":1,"a":2})"),
       "FILE: metadata preprocessing: duplicate key (found \"a\" twice; expected it once)"},
      {"provenance-is-null", with(good, "provenance", "null"),
       "FILE: metadata provenance: wrong value (found null; expected an object)"},
      {"no-weight", without_tensor(good, "fc1.weight"),
       "FILE: missing tensor (found none named 'fc1.weight'; expected one)"},
      {"no-bias", without_tensor(good, "fc1.bias"),
       "FILE: missing tensor (found none named 'fc1.bias'; expected one)"},
      {"weight-misnamed",
       changed(good, [](Parts& parts) { parts.tensor("fc1.weight").name = "fc1.weights"; }),
       "FILE: missing tensor (found none named 'fc1.weight', but 'fc1.weights'; expected one)"},
      {"weight-transposed", reshaped(good, "fc1.weight", {4, 1}),
       "FILE: fc1.weight: wrong shape (found (4, 1); expected (2, 2) for model m)"},
      {"weight-flat", reshaped(good, "fc1.weight", {4}),
       "FILE: fc1.weight: wrong shape (found (4); expected (2, 2) for model m)"},
      {"bias-of-4-axes", reshaped(good, "fc1.bias", {2, 1, 1, 1}),
       "FILE: fc1.bias: wrong shape (found (2, 1, 1, 1); expected (2) for model m)"},
      {"weight-of-integers", as_integers(good, "fc1.weight"),
       "FILE: fc1.weight: wrong type (found I32; expected F32)"},
      {"weight-not-a-number", beginning_with(good, "fc1.weight", std::nanf("")),
       "FILE: fc1.weight: a weight is not finite (found nan; expected finite numbers)"},
      {"bias-infinite", beginning_with(good, "fc1.bias", -INFINITY),
       "FILE: fc1.bias: a weight is not finite (found -inf; expected finite numbers)"},
      {"tensor-of-no-layer",
       changed(
           good,
           [](Parts& parts) {
             parts.tensors.push_back({"fc2.bias", SafetensorsType::f32, {1}, std::string(4, '\0')});
           }),
       "FILE: unknown tensor (found \"fc2.bias\"; expected the parameters of model m only)"},
      {"normalised", normalised, ""},
      {"negative-variance", beginning_with(normalised, "bn1.running_var", -1.0f),
       "FILE: bn1.running_var: wrong value (found -1; expected at least 0)"},
      {"no-running-mean", without_tensor(normalised, "bn1.running_mean"),
       "FILE: missing tensor (found none named 'bn1.running_mean', but 'bn1.running_var'; expected "
       "one)"},
  };
}

std::vector<HostileFile> hostile_run() {
  const std::string good = saved_run();
  const auto training = [&](const std::string& text) { return with(good, "training", text); };
  const std::string record =
      R"({"epoch":1,"loss":1,"accuracy":1,"val_loss":1,"val_accuracy":1,"val_balanced_accuracy":1,"seconds":1,"images_per_second":)";
  return {
      {"plain", good, ""},
      {"last-byte-cut", good.substr(0, good.size() - 1),
       "FILE: wrong size (found 111 bytes behind the header; expected the 112 of its tensors)"},
      {"a-model-instead", saved_model(),
       "FILE: not a training run of Pellucid (found no \"format\" in its metadata; expected one)"},
      {"no-format", without(good, "format"),
       "FILE: not a training run of Pellucid (found no \"format\" in its metadata; expected one)"},
      {"other-version", with(good, "format", "pellucid training run, version 2"),
       "FILE: wrong format (found \"pellucid training run, version 2\"; expected \"pellucid "
       "training run, version 1\")"},
      {"no-identity", without(good, "identity"),
       "FILE: not a training run of Pellucid (found no \"identity\" in its metadata; expected "
       "one)"},
      {"identity-cut", with(good, "identity", "{\"seed\":"),
       "FILE: metadata identity: not JSON at line 1, column 9 (found end of input; expected '[', "
       "'{', or a literal)"},
      {"no-history", without(good, "history"),
       "FILE: not a training run of Pellucid (found no \"history\" in its metadata; expected one)"},
      {"history-is-an-object", with(good, "history", "{}"),
       "FILE: metadata history: wrong value (found an object; expected an array)"},
      {"history-empty", with(good, "history", "[]"),
       "FILE: metadata history: wrong length (found 0 epochs; expected 1)"},
      {"history-of-numbers", with(good, "history", "[1]"),
       "FILE: metadata history: [0]: wrong value (found 1; expected an object)"},
      {"history-too-long", with(good, "history", "[" + record + "1}," + record + "1}]"),
       "FILE: metadata history: wrong length (found 2 epochs; expected 1)"},
      {"record-without-loss", with(good, "history", R"([{"epoch":1}])"),
       "FILE: metadata history: [0]: missing key (found none named \"loss\"; expected one)"},
      {"record-with-null", with(good, "history", "[" + record + "null}]"),
       "FILE: metadata history: [0].images_per_second: wrong value (found null; expected a number "
       "from -1.79769e+308 to 1.79769e+308)"},
      {"record-of-epoch-0", with(good, "history", R"([{"epoch":0}])"),
       "FILE: metadata history: [0].epoch: wrong value (found 0; expected an integer from 1 to "
       "2147483647)"},
      {"no-training", without(good, "training"),
       "FILE: not a training run of Pellucid (found no \"training\" in its metadata; expected "
       "one)"},
      {"training-is-empty", training("{}"),
       "FILE: metadata training: missing key (found none named \"epoch\"; expected one)"},
      {"epoch-0", training(R"({"epoch":0})"),
       "FILE: metadata training: epoch: wrong value (found 0; expected an integer from 1 to "
       "2147483647)"},
      {"epoch-negative", training(R"({"epoch":-1})"),
       "FILE: metadata training: epoch: wrong value (found -1; expected an integer from 1 to "
       "2147483647)"},
      {"epoch-with-point", training(R"({"epoch":2.5})"),
       "FILE: metadata training: epoch: wrong value (found 2.5; expected an integer from 1 to "
       "2147483647)"},
      {"epoch-2-to-32", training(R"({"epoch":4294967296})"),
       "FILE: metadata training: epoch: wrong value (found 4294967296; expected an integer from 1 "
       "to 2147483647)"},
      {"batch-too-large", training(R"({"epoch":2,"batch":2})"),
       "FILE: metadata training: batch: wrong value (found 2; expected an integer from 0 to 1)"},
      {"epoch-beyond-history", training(R"({"epoch":3,"batch":0})"),
       "FILE: metadata history: wrong length (found 1 epochs; expected 2)"},
      {"best-epoch-0", training(R"({"epoch":2,"batch":0,"best_epoch":0})"),
       "FILE: metadata training: best_epoch: wrong value (found 0; expected an integer from 1 to "
       "1)"},
      {"best-epoch-later", training(R"({"epoch":2,"batch":0,"best_epoch":2})"),
       "FILE: metadata training: best_epoch: wrong value (found 2; expected an integer from 1 to "
       "1)"},
      {"steps-negative", training(R"({"epoch":2,"batch":0,"best_epoch":1,"optimizer_steps":-1})"),
       "FILE: metadata training: optimizer_steps: wrong value (found -1; expected an integer from "
       "0 to 2147483647)"},
      {"seconds-negative",
       training(R"({"epoch":2,"batch":0,"best_epoch":1,"optimizer_steps":3,"seconds":-1})"),
       "FILE: metadata training: seconds: wrong value (found -1; expected a number from 0 to "
       "1e+12)"},
      {"no-last-weight", without_tensor(good, "last.fc1.weight"),
       "FILE: missing tensor (found none named 'last.fc1.weight', but 'best.fc1.weight'; expected "
       "one)"},
      {"no-best-bias", without_tensor(good, "best.fc1.bias"),
       "FILE: missing tensor (found none named 'best.fc1.bias', but 'last.fc1.bias'; expected "
       "one)"},
      {"no-moment", without_tensor(good, "optimizer.m.fc1.weight"),
       "FILE: missing tensor (found none named 'optimizer.m.fc1.weight', but "
       "'optimizer.v.fc1.weight'; expected one)"},
      {"no-losses", without_tensor(good, "epoch.losses"),
       "FILE: missing tensor (found none named 'epoch.losses'; expected one)"},
      {"weight-of-other-shape", reshaped(good, "last.fc1.weight", {4}),
       "FILE: last.fc1.weight: wrong shape (found (4); expected (2, 2))"},
      {"losses-of-other-shape", reshaped(good, "epoch.losses", {2, 1}),
       "FILE: epoch.losses: wrong shape (found (2, 1); expected (2))"},
      {"losses-of-integers", as_integers(good, "epoch.losses"),
       "FILE: epoch.losses: wrong type (found I32; expected F32)"},
  };
}

std::vector<HostileFile> hostile_packed() {
  const std::string good = saved_packed(), deep = saved_deep_packed();
  const auto samples = [&](const std::string& train) {
    return with(good, "samples", R"({"train":)" + train + R"(,"valid":[],"test":[{"id":"z"}]})");
  };
  return {
      {"plain", good, ""},
      {"text-instead", "this is not a data set",
       "FILE: not a safetensors file (found a header of 2338328219631577204 bytes; expected at "
       "most 100000000)"},
      {"last-byte-cut", good.substr(0, good.size() - 1),
       "FILE: wrong size (found 21 bytes behind the header; expected the 22 of its tensors)"},
      {"a-model-instead", saved_model(),
       "FILE: not a packed data set (pellucid-data --out makes one) (found no \"format\" in its "
       "metadata; expected one)"},
      {"other-version", with(good, "format", "pellucid data 99"),
       "FILE: wrong format (found \"pellucid data 99\"; expected \"pellucid data 2\" or \"pellucid "
       "data "
       "3\")"},
      {"no-classes", without(good, "classes"),
       "FILE: not a packed data set (pellucid-data --out makes one) (found no \"classes\" in its "
       "metadata; expected one)"},
      {"classes-empty", with(good, "classes", "[]"),
       "FILE: metadata classes: wrong value (found an array of 0; expected an array of 1 to 1000)"},
      {"classes-are-numbers", with(good, "classes", "[0,1]"),
       "FILE: metadata classes: [0]: wrong value (found 0; expected a text)"},
      {"size-of-2", with(good, "size", "[1,2]"),
       "FILE: metadata size: wrong value (found an array of 2; expected an array of 3)"},
      {"size-0", with(good, "size", "[0,2,1]"),
       "FILE: metadata size: [0]: wrong value (found 0; expected an integer from 1 to 16384)"},
      {"size-above-limit", with(good, "size", "[1,16385,1]"),
       "FILE: metadata size: [1]: wrong value (found 16385; expected an integer from 1 to 16384)"},
      {"size-negative", with(good, "size", "[1,-2,1]"),
       "FILE: metadata size: [1]: wrong value (found -2; expected an integer from 1 to 16384)"},
      {"size-with-point", with(good, "size", "[1,2.0,1]"),
       "FILE: metadata size: [1]: wrong value (found 2.0; expected an integer from 1 to 16384)"},
      {"size-of-other-pictures", with(good, "size", "[2,2,1]"),
       "FILE: train.pixels: wrong shape (found (2, 1, 2); expected (2, 2, 2))"},
      {"5-channels", with(good, "size", "[1,2,5]"),
       "FILE: metadata size: [2]: wrong value (found 5; expected an integer from 1 to 4)"},
      {"no-source", without(good, "source"),
       "FILE: not a packed data set (pellucid-data --out makes one) (found no \"source\" in its "
       "metadata; expected one)"},
      {"no-samples", without(good, "samples"),
       "FILE: not a packed data set (pellucid-data --out makes one) (found no \"samples\" in its "
       "metadata; expected one)"},
      {"samples-are-an-array", with(good, "samples", "[]"),
       "FILE: metadata samples: wrong value (found an array of 0; expected an object)"},
      {"no-train", with(good, "samples", R"({"valid":[],"test":[]})"),
       "FILE: metadata samples: missing key (found none named \"train\"; expected one)"},
      {"one-id-too-few", samples(R"([{"id":"x"}])"),
       "FILE: train.pixels: wrong shape (found (2, 1, 2); expected (1, 1, 2))"},
      {"one-id-too-many", samples(R"([{"id":"x"},{"id":"y"},{"id":"w"}])"),
       "FILE: train.pixels: wrong shape (found (2, 1, 2); expected (3, 1, 2))"},
      {"sample-is-a-text", samples(R"(["x","y"])"),
       "FILE: metadata samples: train[0]: wrong value (found \"x\"; expected an object)"},
      {"sample-without-id", samples(R"([{"id":"x"},{}])"),
       "FILE: metadata samples: train[1]: missing key (found none named \"id\"; expected one)"},
      {"id-is-a-number", samples(R"([{"id":1},{"id":"y"}])"),
       "FILE: metadata samples: train[0].id: wrong value (found 1; expected a text)"},
      {"group-is-a-number", samples(R"([{"id":"x","group":1},{"id":"y"}])"),
       "FILE: metadata samples: train[0].group: wrong value (found 1; expected a text)"},
      {"circle-of-2", samples(R"([{"id":"x","circle":[1,2]},{"id":"y"}])"),
       "FILE: metadata samples: train[0].circle: wrong value (found an array of 2; expected an "
       "array of 3)"},
      {"circle-of-texts", samples(R"([{"id":"x","circle":["1","2","3"]},{"id":"y"}])"),
       "FILE: metadata samples: train[0].circle[0]: wrong value (found \"1\"; expected a number "
       "from -1e+06 to 1e+06)"},
      {"circle-far-away", samples(R"([{"id":"x","circle":[1e300,2,3]},{"id":"y"}])"),
       "FILE: metadata samples: train[0].circle[0]: wrong value (found 1e+300; expected a number "
       "from -1e+06 to 1e+06)"},
      {"other-id", samples(R"([{"id":"x"},{"id":"v"}])"),
       "FILE: damaged, make it again with pellucid-data (found contents of hash "
       "\"2a05186b59eba3f50666f8feb11d7130\"; expected \"da319aee76438bf7d3d4e5da93212c3f\")"},
      {"no-pixels", without_tensor(good, "train.pixels"),
       "FILE: train: incomplete (found 0 pictures and 2 labels; expected 2 of each)"},
      {"no-labels", without_tensor(good, "train.labels"),
       "FILE: missing tensor (found none named 'train.labels', but 'train.pixels'; expected one)"},
      {"labels-too-few",
       changed(good,
               [](Parts& parts) {
                 parts.tensor("train.labels").shape = {1};
                 parts.tensor("train.labels").bytes.resize(4);
               }),
       "FILE: train: incomplete (found 2 pictures and 1 labels; expected 2 of each)"},
      {"label-without-class", beginning_with(good, "train.labels", 2),
       "FILE: train.labels: wrong label (found 2 of sample \"x\"; expected 0 to 1)"},
      {"label-negative", beginning_with(good, "train.labels", -1),
       "FILE: train.labels: wrong label (found -1 of sample \"x\"; expected 0 to 1)"},
      {"pixels-of-integers",
       changed(good,
               [](Parts& parts) {
                 Parts::Tensor& pixels = parts.tensor("test.pixels");
                 pixels.type = SafetensorsType::i32;
                 pixels.bytes.resize(8);
               }),
       "FILE: test.pixels: wrong type (found I32; expected U8)"},
      {"pixels-flat", reshaped(good, "train.pixels", {4}),
       "FILE: train.pixels: wrong shape (found (4); expected (2, 1, 2))"},
      {"masks-of-other-shape", reshaped(good, "train.masks", {2, 2, 1}),
       "FILE: train.masks: wrong shape (found (2, 2, 1); expected (2, 1, 2))"},
      {"pixel-changed", beginning_with(good, "train.pixels", std::uint8_t{9}),
       "FILE: damaged, make it again with pellucid-data (found contents of hash "
       "\"1d10e43304d040010210ce2c95ac11a8\"; expected \"da319aee76438bf7d3d4e5da93212c3f\")"},
      {"no-hash", without(good, "content_hash"),
       "FILE: not a packed data set (pellucid-data --out makes one) (found no \"content_hash\" in "
       "its metadata; expected one)"},
      {"hash-of-nothing", with(good, "content_hash", ""),
       "FILE: damaged, make it again with pellucid-data (found contents of hash "
       "\"da319aee76438bf7d3d4e5da93212c3f\"; expected \"\")"},
      {"deep", deep, ""},
      {"deep-called-8-bit", with(deep, "format", "pellucid data 2"),
       "FILE: train.pixels: wrong type (found U16; expected U8)"},
      {"deep-without-whites", without_tensor(deep, "train.whites"),
       "FILE: missing tensor (found none named 'train.whites', but 'train.pixels'; expected one)"},
      {"whites-too-few",
       changed(deep,
               [](Parts& parts) {
                 parts.tensor("train.whites").shape = {1};
                 parts.tensor("train.whites").bytes.resize(4);
               }),
       "FILE: train.whites: wrong shape (found (1); expected (2))"},
      {"white-0", beginning_with(deep, "train.whites", 0),
       "FILE: train.whites: wrong value (found 0; expected 1 to 65535)"},
      {"white-65536", beginning_with(deep, "train.whites", 65536),
       "FILE: train.whites: wrong value (found 65536; expected 1 to 65535)"},
      {"pixel-above-white", beginning_with(deep, "train.pixels", std::uint16_t{256}),
       "FILE: train.pixels: value above white (found 256 in picture 0; expected at most 255)"},
      {"byte-above-white", beginning_with(deep, "test.whites", 5),
       "FILE: test.pixels: value above white (found 6 in picture 0; expected at most 5)"},
      {"other-white", beginning_with(deep, "train.whites", 300),
       "FILE: damaged, make it again with pellucid-data (found contents of hash "
       "\"f99a5685f96ba9adc370178cfcadb58e\"; expected \"3ff1edf957a89c10ddd083b83b4e8dfe\")"},
      {"bytes-of-a-deep-white", beginning_with(deep, "test.whites", 1000),
       "FILE: damaged, make it again with pellucid-data (found contents of hash "
       "\"54eab3f63e2cc0e4302b9788186170aa\"; expected \"3ff1edf957a89c10ddd083b83b4e8dfe\")"},
  };
}

}  // namespace pellucid::test
