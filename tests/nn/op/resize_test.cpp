// Resize as a layer, against what ONNX's reference evaluator says of every rule
// (scripts/goldens/resize_golden.py).
#include "kernels/resample/resample.h"
#include "nn/plan/plan.h"
#include "tests/nn/autograd/check_gradient.h"
#include "tests/nn/op/op_from.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

std::string layer(int h, int w, int c, const std::string& keys) {
  return concat(R"({"type": "resize", "output": [)", h, ", ", w, ", ", c, "]", keys, "}");
}

}  // namespace

TEST_CASE("resize layer: every rule gives what ONNX's reference evaluator gives, on either axis") {
  const Json golden = read_json_file(PELLUCID_TEST_DATA "/resize_golden.json");
  const auto all = golden["x"].get<std::vector<float>>();
  int checked = 0;
  for (const Json& expected : golden["cases"]) {
    const std::string text = expected.dump();
    CAPTURE(text);
    const auto from = expected["from"].get<int>();
    const auto y = expected["y"].get<std::vector<float>>();
    const auto to = static_cast<int>(y.size());
    const auto mode = expected["mode"].get<std::string>();
    const auto scale = expected["scale"].get<double>();
    const std::string rule =
        (mode == "linear" ? R"(, "mode": "linear")" : R"(, "nearest": ")" + mode + "\"") +
        R"(, "coordinates": ")" + expected["coordinates"].get<std::string>() + "\"";
    const std::vector<float> x(all.begin(), all.begin() + from);
    // Without "scales" these are the quotients of the sizes.
    const bool quotient = scale == static_cast<double>(to) / from;
    Json scales = {scale, 1.0}, turned = {1.0, scale};
    // At scale 1 this rule alone moves its picture, by half a place: the other axis has one place.
    const auto rows = op_from(
        layer(to, 1, 1, rule + (quotient ? "" : R"(, "scales": )" + scales.dump())), {from, 1, 1});
    const auto columns =
        op_from(layer(1, to, 1, rule + R"(, "scales": )" + turned.dump()), {1, from, 1});
    CHECK_CLOSE(forward(*rows, {constant({1, from, 1, 1}, x)}).value().to_host<float>(stream()), y,
                1e-6, 1e-6);
    CHECK_CLOSE(forward(*columns, {constant({1, 1, from, 1}, x)}).value().to_host<float>(stream()),
                y, 1e-6, 1e-6);
    ++checked;
  }
  CHECK(checked == 360);
}

TEST_CASE("resize layer: its derivative is the adjoint") {
  const auto check = [](const std::string& keys, const ActivationShape& in,
                        const ActivationShape& out, const ResizeRule& rule) {
    CAPTURE(keys);
    const auto op = op_from(layer(out.h, out.w, out.c, keys), in);
    ResizeRule rows = rule, columns = rule;
    rows.from = in.h, rows.to = out.h, rows.scale = static_cast<double>(out.h) / in.h;
    columns.from = in.w, columns.to = out.w, columns.scale = static_cast<double>(out.w) / in.w;
    const ResampleTable r = resample_table(rows), c = resample_table(columns);
    check_gradient(
        in.batch(2), [&](const Variable& x) { return forward(*op, {x}); },
        [&](const Doubles& x) {
          Doubles y(static_cast<std::size_t>(2 * out.count()));
          resample_reference(x.data(), y.data(), 2, in.h, in.w, in.c, r, c);
          return y;
        });
  };
  check("", {3, 4, 4}, {6, 8, 4}, {1, 1, 1});
  check(R"(, "mode": "linear")", {3, 4, 4}, {6, 8, 4}, {1, 1, 1, ResizeMode::linear});
  check(R"(, "mode": "linear", "coordinates": "align_corners")", {5, 3, 3}, {4, 7, 3},
        {1, 1, 1, ResizeMode::linear, ResizeCoordinates::align_corners});
  check(R"(, "mode": "nearest", "nearest": "ceil", "coordinates": "asymmetric")", {7, 5, 2},
        {3, 8, 2}, {1, 1, 1, ResizeMode::ceil, ResizeCoordinates::asymmetric});
}

TEST_CASE("resize layer: a plan computes what training does, in any batch") {
  const Model model(stream(),
                    parse_json(R"({"name": "resized", "input": [9, 7, 3], "layers": [
    {"type": "conv2d", "filters": 4, "kernel": 3}, {"type": "relu"},
    {"type": "resize", "output": [14, 10, 4], "mode": "linear"},
    {"type": "resize", "output": [5, 20, 4], "coordinates": "asymmetric", "nearest": "floor"},
    {"type": "flatten"}, {"type": "linear", "outputs": 3}]})",
                               "resized"),
                    3);
  const Tensor x = Tensor::from_host(stream(), {5, 9, 7, 3}, random_values(5 * 9 * 7 * 3, 61));
  const Plan plan(stream(), model);
  const auto logits = plan.logits(x).to_host<float>(stream());
  CHECK_CLOSE(logits, model.forward(stream(), Variable(x)).value().to_host<float>(stream()), 1e-6,
              1e-5);
  CHECK_SAME_BITS(plan.logits(x.slice(3, 1)).to_host<float>(stream()),
                  std::vector<float>(logits.begin() + 9, logits.begin() + 12));
}

TEST_CASE("resize layer: what does not fit is refused") {
  const ActivationShape picture{4, 3, 6};
  const auto refused = [&](const std::string& keys) {
    return refused_op(R"({"type": "resize", )" + keys + "}", picture);
  };
  CHECK(refused(R"("mode": "linear")") ==
        "line: missing key (found none named \"output\"; expected one)");
  CHECK(refused(R"("output": [8, 6])") ==
        "line: output: wrong value (found an array of 2; expected an array of 3)");
  CHECK(refused(R"("output": [8, 6, 5])") ==
        "line: output[2]: wrong channels (found 5; expected the 6 of the input)");
  CHECK(refused(R"("output": [8, 0, 6])") ==
        "line: output[1]: wrong value (found 0; expected an integer from 1 to 16384)");
  CHECK(refused(R"("output": [8, 6, 6], "mode": "cubic")") ==
        "line: mode: wrong value (found \"cubic\"; expected nearest, linear)");
  CHECK(refused(R"("output": [8, 6, 6], "nearest": "linear")") ==
        "line: nearest: wrong value (found \"linear\"; expected round_prefer_floor, "
        "round_prefer_ceil, floor, ceil)");
  CHECK(
      refused(R"("output": [8, 6, 6], "mode": "linear", "nearest": "floor")") ==
      "line: wrong key (found \"nearest\" with the mode \"linear\"; expected it with \"nearest\")");
  CHECK(refused(R"("output": [8, 6, 6], "coordinates": "tf_crop_and_resize")")
            .starts_with("line: coordinates: wrong value (found \"tf_crop_and_resize\"; expected "
                         "half_pixel, "));
  CHECK(refused(R"("output": [8, 6, 6], "scales": [2, 0])") ==
        "line: scales[1]: wrong value (found 0; expected a number from 6.10352e-05 to 16384)");
  CHECK(refused_op(R"({"type": "resize", "output": [8, 6, 6]})", {1, 1, 72, true}) ==
        "layer it: wrong input (found 72 flat features; expected a picture for resize)");
}
