#include "runtime/error.h"
#include "tests/hostile/formats.h"

namespace pellucid::test {
namespace {

const std::string kHead = R"({"type":"flatten"},{"type":"linear","outputs":3})";

std::string model(const std::string& layers, const std::string& input = R"("input":[8,6,2])",
                  const std::string& name = R"("name":"m")") {
  return "{" + name + "," + input + R"(,"layers":[)" + layers + "]}";
}

// `layer` before a head that makes class scores.
std::string before_head(const std::string& layer) { return model(layer + "," + kHead); }

}  // namespace

std::vector<HostileFile> hostile_model() {
  const std::string relus = [] {
    std::string text;
    for (int i = 0; i < 16382; ++i) text += R"({"type":"relu"},)";
    return text;
  }();
  return {
      {"plain",
       before_head(
           R"({"type":"conv2d","filters":2,"kernel":[3,3],"padding":"same","stride":1,"dilation":[2,1]},{"type":"relu"},{"type":"max_pool2d","window":2},{"type":"average_pool2d","window":"global"},{"type":"dropout","rate":0.5})"),
       ""},
      {"softmax-last", model(kHead + R"(,{"type":"softmax"})"), ""},
      {"with-classes", model(kHead, R"("input":[8,6,2],"classes":["a","b","c"])"), ""},
      {"array", "[]", "FILE: wrong value (found an array of 0; expected an object)"},
      {"null", "null", "FILE: wrong value (found null; expected an object)"},
      {"no-name", R"({"input":[8,6,2],"layers":[]})",
       "FILE: missing key (found none named \"name\"; expected one)"},
      {"no-input", R"({"name":"m","layers":[]})",
       "FILE: missing key (found none named \"input\"; expected one)"},
      {"no-layers", R"({"name":"m","input":[8,6,2]})",
       "FILE: missing key (found none named \"layers\"; expected one)"},
      {"layers-is-an-object", R"({"name":"m","input":[8,6,2],"layers":{}})",
       "FILE: layers: wrong value (found an object; expected an array of 1 to 16383)"},
      {"layers-empty", model(""),
       "FILE: layers: wrong value (found an array of 0; expected an array of 1 to 16383)"},
      {"16384-layers", model(relus + kHead),
       "FILE: layers: wrong value (found an array of 16384; expected an array of 1 to 16383)"},
      {"unknown-key", R"({"name":"m","input":[8,6,2],"layer":[]})",
       "FILE: unknown key (found \"layer\"; expected name, input, classes, outputs, "
       "target_layer, layers)"},
      {"name-empty", model(kHead, R"("input":[8,6,2])", R"("name":"")"),
       "FILE: name: wrong value (found \"\"; expected 1 to 64 letters, digits, '_' or '-')"},
      {"name-is-a-path", model(kHead, R"("input":[8,6,2])", R"("name":"../m")"),
       "FILE: name: wrong value (found \"../m\"; expected 1 to 64 letters, digits, '_' or '-')"},
      {"name-is-a-number", model(kHead, R"("input":[8,6,2])", R"("name":3)"),
       "FILE: name: wrong value (found 3; expected a text)"},
      {"name-of-65-letters",
       model(kHead, R"("input":[8,6,2])", R"("name":")" + std::string(65, 'm') + "\""),
       "FILE: name: wrong value (found "
       "\"mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm\"; expected 1 to 64 "
       "letters, digits, '_' or '-')"},
      {"input-of-2", model(kHead, R"("input":[8,6])"),
       "FILE: input: wrong value (found an array of 2; expected an array of 3)"},
      {"input-is-a-number", model(kHead, R"("input":8)"),
       "FILE: input: wrong value (found 8; expected an array of 3)"},
      {"input-0", model(kHead, R"("input":[0,6,2])"),
       "FILE: input[0]: wrong value (found 0; expected an integer from 1 to 16384)"},
      {"input-negative", model(kHead, R"("input":[8,-1,2])"),
       "FILE: input[1]: wrong value (found -1; expected an integer from 1 to 16384)"},
      {"input-with-point", model(kHead, R"("input":[8,6.0,2])"),
       "FILE: input[1]: wrong value (found 6.0; expected an integer from 1 to 16384)"},
      {"input-above-limit", model(kHead, R"("input":[16385,6,2])"),
       "FILE: input[0]: wrong value (found 16385; expected an integer from 1 to 16384)"},
      {"channels-above-limit", model(kHead, R"("input":[8,6,65537])"),
       "FILE: input[2]: wrong value (found 65537; expected an integer from 1 to 65536)"},
      {"input-2-to-64-minus-1", model(kHead, R"("input":[18446744073709551615,6,2])"),
       "FILE: input[0]: wrong value (found 18446744073709551615; expected an integer from 1 to "
       "16384)"},
      {"input-1e999", model(kHead, R"("input":[1e999,6,2])"),
       "FILE: number out of range at line 1, column 26 (found 1e999; expected at most "
       "1.79769e+308)"},
      {"classes-too-few", model(kHead, R"("input":[8,6,2],"classes":["a"])"),
       "FILE: classes: wrong value (found an array of 1; expected an array of 3)"},
      {"classes-are-numbers", model(kHead, R"("input":[8,6,2],"classes":[1,2,3])"),
       "FILE: classes[0]: wrong value (found 1; expected a text)"},
      {"layer-is-a-text", before_head(R"("relu")"),
       "FILE: layers[0]: wrong value (found \"relu\"; expected an object)"},
      {"layer-without-type", before_head(R"({"name":"a"})"),
       "FILE: layers[0]: missing key (found none named \"type\"; expected one)"},
      {"layer-type-is-null", before_head(R"({"type":null})"),
       "FILE: layers[0].type: wrong value (found null; expected a text)"},
      {"layer-type-unknown", before_head(R"({"type":"conv3d"})"),
       "FILE: layers[0].type: unknown layer type (found \"conv3d\"; expected activation, add, "
       "affine, "
       "arithmetic, average_pool2d, batch_norm, concat, conv2d, conv_transpose2d, dropout, "
       "flatten, "
       "leaky_relu, linear, lrn, matmul, max_pool2d, normalize, rearrange, reduce, relu, reshape, "
       "resize, softmax, winner_sum)"},
      {"layer-name-twice", before_head(R"({"type":"relu","name":"a"},{"type":"relu","name":"a"})"),
       "FILE: layers[1]: duplicate name (found 'a' twice; expected it once)"},
      {"layer-name-is-another's-default",
       before_head(R"({"type":"relu","name":"relu2"},{"type":"relu"})"),
       "FILE: layers[1]: duplicate name (found 'relu2' twice; expected it once)"},
      {"layer-name-with-blank", before_head(R"({"type":"relu","name":"a b"})"),
       "FILE: layers[0].name: wrong value (found \"a b\"; expected 1 to 256 letters, digits or any "
       "of _ - . / :)"},
      {"layer-key-unknown", before_head(R"({"type":"conv2d","filtres":3,"kernel":3})"),
       "FILE: layers[0]: unknown key (found \"filtres\"; expected type, name, inputs, filters, "
       "kernel, stride, padding, dilation, groups, bias, initial)"},
      {"conv-without-filters", before_head(R"({"type":"conv2d","kernel":3})"),
       "FILE: layers[0]: missing key (found none named \"filters\"; expected one)"},
      {"conv-of-0-filters", before_head(R"({"type":"conv2d","filters":0,"kernel":3})"),
       "FILE: layers[0].filters: wrong value (found 0; expected an integer from 1 to 65536)"},
      {"conv-of-minus-1-filters", before_head(R"({"type":"conv2d","filters":-1,"kernel":3})"),
       "FILE: layers[0].filters: wrong value (found -1; expected an integer from 1 to 65536)"},
      {"conv-of-3-sides", before_head(R"({"type":"conv2d","filters":1,"kernel":[3,3,3]})"),
       "FILE: layers[0].kernel: wrong value (found an array of 3; expected an array of 2)"},
      {"conv-too-large", before_head(R"({"type":"conv2d","filters":4,"kernel":9})"),
       "FILE: layer conv1: no output (found a filter of 9x9 with dilation 1x1; expected one that "
       "fits 8x6x2 with padding 0x0)"},
      {"conv-dilated-too-large",
       before_head(R"({"type":"conv2d","filters":4,"kernel":3,"dilation":1024})"),
       "FILE: layer conv1: no output (found a filter of 3x3 with dilation 1024x1024; expected one "
       "that fits 8x6x2 with padding 0x0)"},
      {"conv-stride-0", before_head(R"({"type":"conv2d","filters":4,"kernel":3,"stride":0})"),
       "FILE: layers[0].stride: wrong value (found 0; expected an integer from 1 to 1024)"},
      {"conv-padding-negative",
       before_head(R"({"type":"conv2d","filters":4,"kernel":3,"padding":-1})"),
       "FILE: layers[0].padding: wrong value (found -1; expected an integer from 0 to 1024)"},
      {"conv-same-of-even-kernel",
       before_head(R"({"type":"conv2d","filters":1,"kernel":2,"padding":"same"})"),
       "FILE: layers[0].padding: no such padding (found \"same\" with stride 1x1 and a window of "
       "2x2; expected stride 1 and an odd window, or a number)"},
      {"conv-same-with-stride",
       before_head(R"({"type":"conv2d","filters":1,"kernel":3,"padding":"same","stride":2})"),
       "FILE: layers[0].padding: no such padding (found \"same\" with stride 2x2 and a window of "
       "3x3; expected stride 1 and an odd window, or a number)"},
      {"conv-padding-unknown",
       before_head(R"({"type":"conv2d","filters":1,"kernel":1,"padding":"some"})"),
       "FILE: layers[0].padding: wrong value (found \"some\"; expected \"valid\", \"same\", a "
       "size or [top, left, bottom, right])"},
      {"conv-of-3-paddings",
       before_head(R"({"type":"conv2d","filters":1,"kernel":1,"padding":[1,1,1]})"),
       "FILE: layers[0].padding: wrong value (found an array of 3; expected \"valid\", \"same\", "
       "a size or [top, left, bottom, right])"},
      {"conv-padding-negative-below",
       before_head(R"({"type":"conv2d","filters":1,"kernel":1,"padding":[0,0,-1,0]})"),
       "FILE: layers[0].padding[2]: wrong value (found -1; expected an integer from 0 to 1024)"},
      {"conv-groups-that-do-not-divide",
       before_head(R"({"type":"conv2d","filters":4,"kernel":1,"groups":4})"),
       "FILE: layer conv1: bad groups (found 4 for 2 channels and 4 filters; expected a divisor of "
       "both)"},
      {"conv-bias-is-a-number", before_head(R"({"type":"conv2d","filters":4,"kernel":1,"bias":0})"),
       "FILE: layers[0].bias: wrong value (found 0; expected true or false)"},
      {"deconv-output-padding-too-large",
       before_head(
           R"({"type":"conv_transpose2d","filters":1,"kernel":2,"stride":2,"output_padding":2})"),
       "FILE: layer deconv1: bad output_padding (found 2x2; expected less than the stride of 2x2)"},
      {"deconv-cut-away",
       before_head(R"({"type":"conv_transpose2d","filters":1,"kernel":1,"padding":4})"),
       "FILE: layer deconv1: no output (found a padding of 4x4; expected less for a filter of 1x1 "
       "on 8x6x2)"},
      {"conv-behind-flatten", model(kHead + R"(,{"type":"conv2d","filters":1,"kernel":1})"),
       "FILE: layer conv1: wrong input (found 3 flat features; expected a picture for conv2d)"},
      {"conv-of-too-many-weights",
       before_head(
           R"({"type":"conv2d","filters":65536,"kernel":1},{"type":"conv2d","filters":65536,"kernel":1})"),
       "FILE: layer conv2: too many weights (found 65536 filters of 1x1x65536; expected at most "
       "2147483647 weights)"},
      {"pool-too-large", before_head(R"({"type":"max_pool2d","name":"p","window":[2,7]})"),
       "FILE: layer p: no output (found a window of 2x7; expected one that fits 8x6x2 with padding "
       "0x0)"},
      {"pool-padding-too-large", before_head(R"({"type":"max_pool2d","window":2,"padding":2})"),
       "FILE: layer pool1: bad padding (found 2x2; expected less than the window of 2x2, and a "
       "pixel of 8x6x2 in every window)"},
      {"pool-window-unknown", before_head(R"({"type":"average_pool2d","window":"all"})"),
       "FILE: layers[0].window: wrong value (found \"all\"; expected \"global\" or a size)"},
      {"pool-window-0", before_head(R"({"type":"average_pool2d","window":[0,1]})"),
       "FILE: layers[0].window[0]: wrong value (found 0; expected an integer from 1 to 1024)"},
      {"linear-on-picture", model(R"({"type":"linear","outputs":3})"),
       "FILE: layer fc1: wrong input (found a picture of 8x6x2; expected flat features for linear, "
       "from a flatten layer before it)"},
      {"linear-of-0", model(R"({"type":"flatten"},{"type":"linear","outputs":0})"),
       "FILE: layers[1].outputs: wrong value (found 0; expected an integer from 1 to 65536)"},
      {"linear-of-too-many-weights",
       model(R"({"type":"flatten"},{"type":"linear","outputs":65536})", R"("input":[512,512,1])"),
       "FILE: layer fc1: too many weights (found 262144 inputs and 65536 outputs; expected at most "
       "2147483647 weights)"},
      {"flatten-of-too-many", model(kHead, R"("input":[16384,16384,65536])"),
       "FILE: layer flatten1: too many features (found 16384x16384x65536; expected at most "
       "2147483647)"},
      {"dropout-of-1", before_head(R"({"type":"dropout","rate":1})"),
       "FILE: layer dropout1: bad rate (found 1; expected at least 0 and less than 1)"},
      {"dropout-of-2", before_head(R"({"type":"dropout","rate":2})"),
       "FILE: layers[0].rate: wrong value (found 2; expected a number from 0 to 1)"},
      {"dropout-negative", before_head(R"({"type":"dropout","rate":-0.1})"),
       "FILE: layers[0].rate: wrong value (found -0.1; expected a number from 0 to 1)"},
      {"dropout-is-a-text", before_head(R"({"type":"dropout","rate":"0.5"})"),
       "FILE: layers[0].rate: wrong value (found \"0.5\"; expected a number from 0 to 1)"},
      {"softmax-not-last", before_head(R"({"type":"flatten"},{"type":"softmax"})"),
       "FILE: layers[1]: wrong place (found softmax before another layer; expected it last)"},
      {"softmax-on-picture", model(R"({"type":"softmax"})"),
       "FILE: layer softmax1: wrong input (found a picture of 8x6x2; expected flat classes for "
       "softmax, from a flatten or linear layer before it)"},
      {"inputs-named",
       before_head(R"({"type":"relu","name":"a"},{"type":"add","inputs":["a","input"]})"), ""},
      {"a-layer-called-input",
       before_head(R"({"type":"relu","name":"input"},{"type":"add","inputs":["input","input"]})"),
       "FILE: layers[0]: taken name (found \"input\", which is the network's own input among "
       "\"inputs\"; expected another)"},
      {"inputs-unknown", before_head(R"({"type":"add","inputs":["input","b"]})"),
       "FILE: layers[0].inputs[1]: no such layer before this one (found \"b\"; expected the name "
       "of "
       "an earlier layer, or \"input\")"},
      {"nothing-reads-a-layer",
       before_head(R"({"type":"relu","name":"lost"},{"type":"relu","inputs":["input"]})"),
       "FILE: layer lost: nothing reads its output (found no later layer that does; expected one, "
       "or "
       "the end of the network)"},
      {"last-layer-a-picture", model(R"({"type":"conv2d","filters":3,"kernel":3})"),
       "FILE: layer conv1: wrong last layer (found an output of 6x4x3; expected flat class "
       "scores)"},
  };
}

}  // namespace pellucid::test
