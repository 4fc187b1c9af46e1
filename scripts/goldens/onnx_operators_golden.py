#!/usr/bin/env python3
"""Small networks in ONNX that have every operator and attribute which Pellucid translates, and what onnxruntime makes of
them: tests/data/onnx/operators.safetensors, for tests/nn/graph/onnx_golden_test.cpp. Run by hand:

    onnx_operators_golden.py OUT.safetensors

Each network is a convolution with drawn weights and one node of the operator under test. OUT has, for each, the file (NAME.onnx, bytes), and of two images the output (NAME.y); the
input of all, (2, 4, 7, 6) from 0 to 1, is x. Needs numpy, onnx, onnxruntime and safetensors."""
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

SHAPE = (2, 4, 7, 6)


def constant(values, kind=np.float32):
    return np.asarray(values, dtype=kind)


def integers(*values):
    return constant(values, np.int64)


def drawn(*shape, low=-1.0, high=1.0):
    r = np.random.default_rng(sum(shape) + len(shape))
    return r.uniform(low, high, shape).astype(np.float32)


# Name, operator, opset, inputs (a text is a value: v the convolution's output, p the same made positive, u the same within
# (-1, 1), m its means over the places; an array a constant; "" none), attributes, outputs that are read.
CASES = []


def case(op, *inputs, opset=21, outputs=1, name="", **attributes):
    number = sum(c["op"] == op for c in CASES)
    CASES.append(dict(name=f"{op}_{number}" + (f"_{name}" if name else ""), op=op, opset=opset, inputs=inputs or ("v",),
                      attributes=attributes, outputs=outputs))


def windows():
    w = drawn(3, 4, 3, 2)
    case("Conv", "v", w)
    case("Conv", "v", w, drawn(3), kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 2, 1], dilations=[1, 2])
    case("Conv", "v", drawn(8, 2, 3, 3), drawn(8), group=2, pads=[1, 1, 1, 1])
    case("Conv", "v", drawn(4, 1, 3, 3), group=4, strides=[2, 2])
    for auto in "VALID", "SAME_UPPER", "SAME_LOWER":
        case("Conv", "v", drawn(2, 4, 2, 3), auto_pad=auto, strides=[2, 3])
        case("MaxPool", "v", auto_pad=auto, kernel_shape=[2, 3], strides=[2, 2])
        case("AveragePool", "v", auto_pad=auto, kernel_shape=[2, 3], strides=[2, 2])
        case("ConvTranspose", "v", drawn(4, 2, 3, 2), auto_pad=auto, strides=[2, 2])
    case("ConvTranspose", "v", drawn(4, 3, 3, 2), drawn(3), kernel_shape=[3, 2], strides=[2, 3], pads=[1, 0, 0, 1],
         output_padding=[1, 2])
    case("ConvTranspose", "v", drawn(4, 2, 2, 2), group=2, dilations=[2, 1])
    case("ConvTranspose", "v", drawn(4, 2, 3, 3), strides=[2, 2], output_shape=[14, 13])
    for op in "MaxPool", "AveragePool":
        case(op, kernel_shape=[3, 2])
        case(op, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 0, 1, 1], ceil_mode=1)
        case(op, kernel_shape=[2, 2], strides=[3, 2], dilations=[2, 3])
    case("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1)
    case("AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[0, 1, 1, 1], count_include_pad=1, ceil_mode=1)
    case("MaxPool", kernel_shape=[2, 2], storage_order=0)
    case("GlobalMaxPool")
    case("GlobalAveragePool")


def norms():
    four = [drawn(4), drawn(4, 1)[:, 0]]
    case("BatchNormalization", "v", *four, drawn(4), drawn(4, low=0.5, high=2), epsilon=0.01, momentum=0.5)
    case("BatchNormalization", "v", *four, drawn(4), drawn(4, low=0.5, high=2), opset=9)
    case("BatchNormalization", "v", *four, drawn(4), drawn(4, low=0.5, high=2), opset=8, spatial=1)
    case("BatchNormalization", "v", *four, drawn(4), drawn(4, low=0.5, high=2), opset=15, training_mode=0)
    case("LayerNormalization", "v", drawn(6), drawn(6), axis=-1, epsilon=0.01, stash_type=1)
    case("LayerNormalization", "v", drawn(4, 7, 6), axis=1)
    case("InstanceNormalization", "v", *four, epsilon=0.01)
    case("GroupNormalization", "v", *four, num_groups=2, epsilon=0.01, stash_type=1)
    case("LRN", size=3, alpha=0.5, beta=0.6, bias=2.0)
    case("LRN", size=5)


def pointwise():
    for op in ("Sigmoid Tanh HardSigmoid HardSwish Erf Softplus Mish Elu Selu Celu Softsign LeakyRelu ThresholdedRelu Abs "
               "Neg Exp Sign Floor Ceil Round Sin Cos Atan Sinh Cosh Asinh Relu").split():
        case(op)
    for op, value in ("Log", "p"), ("Sqrt", "p"), ("Reciprocal", "p"), ("Tan", "u"), ("Asin", "u"), ("Acos", "u"), ("Atanh", "u"):
        case(op, value)
    case("Acosh", "p1")
    case("HardSigmoid", alpha=0.3, beta=0.4)
    case("Elu", alpha=0.5)
    case("Selu", alpha=1.5, gamma=0.75)
    case("Celu", alpha=0.5)
    case("LeakyRelu", alpha=0.2)
    case("ThresholdedRelu", alpha=0.3)
    case("Swish", opset=24)
    case("Swish", opset=24, alpha=0.5)
    case("Gelu")
    case("Gelu", approximate="tanh")
    case("Clip", "v", constant(-0.25), constant(0.5))
    case("Clip", "v", "", constant(0.5))
    case("Clip", "v", opset=7, min=-0.25, max=0.5)
    case("PRelu", "v", drawn(4, 1, 1))
    case("PRelu", "v", constant([0.3]))
    for op in "Add", "Sub", "Mul", "Div":
        case(op, "v", "p")
        case(op, "v", "m" if op != "Div" else "p")
        case(op, "v", drawn(4, 1, 1, low=0.5, high=2))
        case(op, drawn(1, 6, low=0.5, high=2), "p")
    case("Pow", "p", constant(1.5))
    case("Pow", "v", constant(2.0))
    case("Pow", "p", "v")
    for op in "Sum", "Mean", "Max", "Min":
        case(op, "v", "p", "m")
        case(op, "v", drawn(4, 1, 1))


def products():
    case("Gemm", "f", drawn(168, 5))
    case("Gemm", "f", drawn(5, 168), drawn(5), transB=1, transA=0, alpha=0.5, beta=2.0)
    case("MatMul", "v", drawn(6, 5))
    case("MatMul", "f", drawn(168, 3))
    case("MatMul", drawn(5, 7), "v")
    case("MatMul", "v", "t")


def reductions():
    for op in "Mean Sum Max Min Prod L1 L2 SumSquare LogSum LogSumExp".split():
        value = "p" if op == "LogSum" else "v"
        case("Reduce" + op, value, opset=11, axes=[2], keepdims=0)
        case("Reduce" + op, value, integers(1, 2), noop_with_empty_axes=0)
        if op == "Prod":
            continue
        case("Reduce" + op, value, integers(2, 3))
        case("Reduce" + op, value, integers(1), keepdims=0)
        case("Reduce" + op, value, integers(-1, 1, 2), keepdims=0)
    case("ReduceMean", opset=13, axes=[2, 3], keepdims=0)
    case("ReduceMean", "v", noop_with_empty_axes=1, opset=18)
    for op in "Softmax", "LogSoftmax":
        case(op, axis=1)
        case(op)
        case(op, "f", axis=1, opset=11)
        case(op, axis=1, opset=11)


def layouts():
    case("Identity")
    case("Dropout", "v", opset=7, ratio=0.3)
    case("Dropout", "v", constant(0.3), seed=3)
    case("Cast", to=TensorProto.FLOAT, saturate=1)
    case("Cast", to=TensorProto.FLOAT, round_mode="up", opset=24)
    case("CastLike", "v", constant(1.0), saturate=1)
    case("CastLike", "v", constant(1.0), round_mode="up", opset=24)
    case("Reshape", "v", integers(0, 2, -1, 6), allowzero=0)
    case("Reshape", "v", integers(-1, 8, 21))
    case("Flatten")
    case("Flatten", axis=-3)
    case("Squeeze", "m", integers(2, 3))
    case("Squeeze", "m", opset=11, axes=[2])
    case("Unsqueeze", "f", integers(1, 3))
    case("Unsqueeze", "f", opset=11, axes=[1])
    case("Transpose", perm=[0, 2, 3, 1])
    case("Transpose", perm=[0, 1, 3, 2])
    for mode in "DCR", "CRD":
        case("DepthToSpace", blocksize=2, mode=mode)
    case("SpaceToDepth", "even", blocksize=2)


def slices():
    case("Concat", "v", "p", "u", axis=1)
    case("Concat", "v", "p", axis=-1)
    case("Slice", "v", integers(1, 5), integers(4, 0), integers(1, 3), integers(1, -2))
    case("Slice", "v", integers(-3), integers(1000), integers(2))
    case("Slice", "v", opset=9, starts=[1], ends=[3], axes=[1])
    case("Split", "v", integers(1, 3), axis=1, outputs=2)
    case("Split", axis=2, num_outputs=4, outputs=4, opset=18)
    case("Split", axis=1, split=[3, 1], outputs=2, opset=11)
    case("Pad", "v", integers(0, 0, 1, 2, 0, 0, 0, 1), constant(0.5))
    for mode in "reflect", "edge", "wrap":
        case("Pad", "v", integers(0, 0, 1, 2, 0, 0, 0, 1), mode=mode)
    case("Pad", "v", integers(1, -1, 2, 0), "", integers(2, 3))
    case("Pad", opset=9, pads=[0, 1, 0, 1, 0, 0, 2, 0], value=0.25)
    case("Expand", "m", integers(1, 1, 3, 5))
    case("Tile", "v", integers(1, 2, 1, 3))
    case("Gather", "v", integers(3, 0, 0), axis=1)
    case("Gather", "v", constant(-2, np.int64), axis=2)


def resizing():
    none = constant([])
    for rule in "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric":
        # Of scales that give no whole size onnxruntime aligns corners by another size than ONNX's own cases do.
        scales = [1, 1, 2, 0.5] if rule == "align_corners" else [1, 1, 1.7, 0.6]
        case("Resize", "v", none, constant(scales), mode="linear", coordinate_transformation_mode=rule)
        case("Resize", "v", none, none, integers(2, 4, 11, 5), mode="nearest", coordinate_transformation_mode=rule)
    for nearest in "round_prefer_floor", "round_prefer_ceil", "floor", "ceil":
        case("Resize", "v", none, constant([1, 1, 2, 1.5]), mode="nearest", nearest_mode=nearest)
    case("Resize", "v", none, constant([1, 1, 2, 1.5]), mode="linear", antialias=0, exclude_outside=0, extrapolation_value=0.5,
         cubic_coeff_a=-0.5)
    case("Resize", "v", none, none, integers(12, 12), mode="linear", axes=[2, 3], keep_aspect_ratio_policy="not_larger")
    case("Resize", "v", none, none, integers(12, 12), mode="linear", axes=[2, 3], keep_aspect_ratio_policy="not_smaller")
    case("Resize", "v", constant([1, 1, 2, 3]), opset=10, mode="nearest")
    case("Upsample", "v", constant([1, 1, 2, 3]), opset=9, mode="linear")
    case("Upsample", "v", opset=7, mode="nearest", scales=[1.0, 1.0, 2.0, 2.0])


# What values are read as, made of v by a node or two.
VALUES = {
    "v": [],
    "p": [("Sigmoid", ["v"], "p0", {}), ("Add", ["p0", "half"], "p", {})],
    "p1": [("Sigmoid", ["v"], "q0", {}), ("Add", ["q0", "one"], "p1", {})],
    "u": [("Tanh", ["v"], "u0", {}), ("Mul", ["u0", "most"], "u", {})],
    "m": [("GlobalAveragePool", ["v"], "m", {})],
    "f": [("Flatten", ["v"], "f", {})],
    "t": [("Transpose", ["v"], "t", {"perm": [0, 1, 3, 2]})],
    "even": [("MaxPool", ["v"], "even", {"kernel_shape": [2, 3]})],
}


def network(c):
    constants = {"w": drawn(4, 4, 3, 3, low=-0.5, high=0.5), "b": drawn(4), "half": constant(0.5), "one": constant(1.05),
                 "most": constant(0.9)}
    nodes = [helper.make_node("Conv", ["x", "w", "b"], ["v"], name="first", pads=[1, 1, 1, 1])]
    inputs = []
    for i, given in enumerate(c["inputs"]):
        if isinstance(given, str):
            inputs.append(given)
            if given and not any(given in n.output for n in nodes):
                nodes += [helper.make_node(op, read, [made], name=made, **more) for op, read, made, more in VALUES[given]]
        else:
            inputs.append(f"c{i}")
            constants[f"c{i}"] = given
    outputs = [f"y{i}" for i in range(c["outputs"])]
    nodes.append(helper.make_node(c["op"], inputs, outputs, name="it", **c["attributes"]))
    if c["outputs"] > 1:  # all of them, the last as it is
        nodes.append(helper.make_node("Concat", outputs[::-1], ["y"], name="all", axis=c["attributes"]["axis"]))
        outputs = ["y"]
    read = {name for node in nodes for name in node.input}
    graph = helper.make_graph(
        nodes, c["name"], [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", *SHAPE[1:]])],
        [helper.make_tensor_value_info(outputs[0], TensorProto.FLOAT, None)],
        [numpy_helper.from_array(v, k) for k, v in constants.items() if k in read])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", c["opset"])], ir_version=8)


def main():
    for add in windows, norms, pointwise, products, reductions, layouts, slices, resizing:
        add()
    x = np.random.default_rng(0).random(SHAPE, dtype=np.float32)
    out = {"x": x}
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    for c in CASES:
        file = network(c).SerializeToString()
        try:
            y = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
        except Exception as error:
            print(c["name"], "not run:", str(error)[:300])
            continue
        assert y.dtype == np.float32 and np.isfinite(y).all() and y.shape[0] == 2, c["name"]
        out[c["name"] + ".onnx"] = np.frombuffer(file, np.uint8)
        out[c["name"] + ".y"] = y
    save_file(out, sys.argv[1], {"onnxruntime": onnxruntime.__version__, "onnx": onnx.__version__})
    print(len(CASES), "networks,", sum(v.nbytes for v in out.values()), "bytes")


main()
