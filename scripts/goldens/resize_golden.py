#!/usr/bin/env python3
"""What ONNX's reference evaluator makes of one axis by every rule of Resize: tests/data/resize_golden.json, for
tests/nn/op/resize_test.cpp. Run by hand; needs numpy and onnx:

    scripts/goldens/resize_golden.py tests/data/resize_golden.json

tf_half_pixel_for_nn, of operator sets 11 and 12, is not in today's evaluator: its coordinate is asymmetric's, half a
place of the output further, so it is read from the evaluator at twice the length and scale, where it is the odd ones.
"""
import itertools
import json
import sys

import numpy as np
import onnx
from onnx import helper
from onnx.reference import ReferenceEvaluator

COORDINATES = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_half_pixel_for_nn",
               "half_pixel_symmetric"]
MODES = ["linear", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]
# From, to, and the scale where it is not their quotient.
SIZES = [(4, 8, None), (5, 3, None), (7, 2, None), (3, 10, None), (6, 1, None), (1, 4, None), (4, 10, 2.6),
         (5, 3, 0.6), (7, 4, 0.65), (4, 4, None), (5, 1, 0.2), (8, 6, None)]


def resized(x, length, scale, mode, coordinates):
    nearest = mode != "linear"
    attributes = {"nearest_mode": mode} if nearest else {}
    node = helper.make_node("Resize", ["x", "", "scales", "sizes"] if scale is None else ["x", "", "scales"], ["y"],
                            mode="nearest" if nearest else "linear", coordinate_transformation_mode=coordinates,
                            **attributes)
    if scale is None:
        node.input[2] = ""
    feeds = {"x": x}
    kinds = {"x": onnx.TensorProto.FLOAT}
    if scale is None:
        feeds["sizes"], kinds["sizes"] = np.array([length]), onnx.TensorProto.INT64
    else:
        feeds["scales"], kinds["scales"] = np.array([scale], np.float32), onnx.TensorProto.FLOAT
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info(k, t, None) for k, t in kinds.items()],
                              [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)])
    y = ReferenceEvaluator(model).run(None, feeds)[0]
    assert len(y) == length, (len(y), length)
    return y


def main():
    generator = np.random.default_rng(5)
    x = (generator.integers(-512, 512, 8) / 64).astype(np.float32)
    cases = []
    for (start, length, scale), mode, coordinates in itertools.product(SIZES, MODES, COORDINATES):
        if coordinates == "tf_half_pixel_for_nn":
            # A scale as float32, as in a file, doubles exactly.
            twice = 2 * length / start if scale is None else 2 * float(np.float32(scale))
            longer = int(np.float32(twice) * start) if scale is not None else 2 * length
            y = resized(x[:start], longer, None if scale is None else twice, mode, "asymmetric")[1::2][:length]
        else:
            y = resized(x[:start], length, scale, mode, coordinates)
        used = length / start if scale is None else float(np.float32(scale))
        cases.append({"from": start, "scale": used, "mode": mode, "coordinates": coordinates,
                      "y": [float(np.float32(v)) for v in y]})
    document = {"onnx": onnx.__version__, "x": [float(v) for v in x]}
    with open(sys.argv[1], "w") as out:
        out.write(json.dumps(document)[:-1] + ',\n"cases": [\n')
        out.write(",\n".join(json.dumps(case) for case in cases) + "\n]}\n")


main()
