// A model that was trained here, as an ONNX file: predictions and maps are the model's, to the bit.
#include <doctest/doctest.h>

#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "runtime/formats/npy.h"
#include "tests/apps/process.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"

using namespace pellucid;
using test::run;

namespace {

test::Outcome done(const std::string& program, const std::vector<std::string>& arguments) {
  test::Outcome outcome = run(program, arguments);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  return outcome;
}

std::vector<float> map_of(const std::string& model, const std::string& out) {
  done("pellucid-explain", {"--model", model, "--data", "phantom", "--phantom-count", "2,1,1",
                            "--subset", "test", "--max-images", "1", "--method", "gradcam",
                            "--pictures", "none", "--device", test::device_name(), "--out", out});
  for (const auto& entry : std::filesystem::directory_iterator(out))
    if (entry.path().extension() == ".npy") return read_npy(entry.path()).values;
  FAIL("no map");
  return {};
}

}  // namespace

TEST_CASE("an exported model predicts and is explained as the model itself") {
  const std::string folder = (test::work_folder() / "export").string(),
                    model = folder + "/model.safetensors", onnx = folder + "/net.onnx";
  done("pellucid-train",
       {"--data", "phantom", "--phantom-count", "2,1,1", "--model", "tiny_residual", "--epochs",
        "1", "--batch", "6", "--seed", "3", "--device", test::device_name(), "--out", folder});
  const test::Outcome exported = done("pellucid-export", {"--model", model, "--out", onnx});
  CHECK(exported.out ==
        onnx +
            ": opset 17, 25 nodes\n"
            "  input   'input': N x 1 x 64 x 64\n"
            "  output  'output': N x 3\n"
            "  how pictures become its input, and what its outputs are, is in its metadata "
            "\"pellucid\"\n");
  CHECK_SAME_BITS(map_of(onnx, folder + "/maps-onnx"), map_of(model, folder + "/maps"));

  // What import says of it, and what export makes of that: the same network again.
  const test::Outcome imported = done("pellucid-import", {onnx, "--out", folder + "/again.onnx"});
  CHECK(imported.out.find("is not known") == std::string::npos);
  done("pellucid-export", {"--model", folder + "/again.onnx", "--out", folder + "/third.onnx"});
  CHECK_SAME_BITS(map_of(folder + "/third.onnx", folder + "/maps-third"),
                  map_of(model, folder + "/maps"));
}

TEST_CASE("export says what it needs") {
  CHECK(run("pellucid-export", {"--out", "x.onnx"}).err ==
        "error: --model is required (a model); see --help\n");
  CHECK(run("pellucid-export", {"--model", "absent.safetensors", "--out", "x.onnx"}).code == 1);
}
