#!/usr/bin/env python3
"""Checks by hand that files of `pellucid export` are what other tools take: onnx.checker passes them whole, onnxruntime
gives what a float64 PyTorch of the same weights gives (networks of the built-in ones' layers), else what Pellucid gives.

    onnx_export_check.py BIN FOLDER [MODEL…]

trains `tiny` and `tiny_residual` for one epoch on phantoms in FOLDER, exports them and each MODEL, and prints a line a file.
Needs numpy, onnx, onnxruntime, safetensors and torch. Exit code 1 if one differs by more than 1e-5 of the largest value."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from safetensors import safe_open


def torch_logits(path, x):
    """The network of a safetensors file in float64, by its own description; None if it has layers that are not here."""
    with safe_open(path, "np") as file:
        layers = json.loads(file.metadata()["model"])["layers"]
        weights = {key: torch.from_numpy(file.get_tensor(key)).double() for key in file.keys()}
    values, last = {"input": torch.from_numpy(x).double()}, "input"
    for layer in layers:
        name, kind = layer["name"], layer["type"]
        inputs = [values[each] for each in layer.get("inputs", [last])]
        weight = {key[len(name) + 1:]: value for key, value in weights.items() if key.startswith(name + ".")}
        a = inputs[0]
        if kind == "conv2d":
            y = torch.nn.functional.conv2d(a, weight["weight"], weight["bias"], padding=layer.get("padding", "valid"))
        elif kind == "batch_norm":
            y = torch.nn.functional.batch_norm(a, weight["running_mean"], weight["running_var"], weight["weight"],
                                               weight["bias"])
        elif kind == "relu":
            y = torch.relu(a)
        elif kind == "max_pool2d":
            y = torch.nn.functional.max_pool2d(a, layer["window"])
        elif kind == "average_pool2d":
            y = torch.nn.functional.avg_pool2d(a, layer["window"])
        elif kind == "add":
            y = sum(inputs)
        elif kind == "flatten":
            y = a.flatten(1)
        elif kind == "linear":
            y = torch.nn.functional.linear(a, weight["weight"], weight["bias"])
        elif kind == "dropout":
            y = a
        else:
            return None
        values[name], last = y, name
    return values[last].numpy()


def main():
    binaries, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)

    def run(program, *arguments):
        subprocess.run([binaries / program, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    models = [pathlib.Path(each) for each in sys.argv[3:]]
    for name in ["tiny", "tiny_residual"]:
        if not (folder / name / "model.safetensors").exists():
            run("pellucid-train", "--data", "phantom", "--phantom-count", "4,2,2", "--model", name, "--epochs", 1,
                "--seed", 1, "--out", folder / name)
        models.append(folder / name / "model.safetensors")
    worst = 0.0
    for model in models:
        out = folder / f"{model.parent.name}-{model.stem}.onnx"
        run("pellucid-export", "--model", model, "--out", out)
        loaded = onnx.load(str(out))
        onnx.checker.check_model(loaded, full_check=True)
        session = onnxruntime.InferenceSession(str(out), providers=["CPUExecutionProvider"])
        given = session.get_inputs()[0]
        shape = [3 if isinstance(each, str) else each for each in given.shape]
        x = np.random.default_rng(1).random(shape, dtype=np.float32)
        y = session.run(None, {given.name: x})[0]
        expected = torch_logits(model, x) if model.suffix == ".safetensors" else None
        if expected is not None:
            error = np.abs(y - expected).max() / np.abs(expected).max()
        else:
            np.save(folder / "x.npy", x)
            np.save(folder / "y.npy", y)
            told = subprocess.run([binaries / "pellucid-import", out, "--verify", folder / "x.npy", folder / "y.npy",
                                   "--json", "-"], check=True, capture_output=True, text=True).stdout
            verified = json.loads(told)["verified"]
            error = verified["largest_difference"] / verified["largest_value"]
        worst = max(worst, error)
        print(f"{out.name}: opset {loaded.opset_import[0].version}, {len(loaded.graph.node)} nodes, "
              f"largest difference {error:.2g} of the largest value ({'PyTorch' if expected is not None else 'Pellucid'})")
    return 1 if worst > 1e-5 else 0


if __name__ == "__main__":
    sys.exit(main())
