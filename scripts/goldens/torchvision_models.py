#!/usr/bin/env python3
"""Compares the built-in resnet18 and mobilenet_v2 with torchvision's, for the table of docs/agreement.md:

    torchvision_models.py BIN FOLDER    BIN: the programs; FOLDER: pictures, a folder a class

Trains each for an epoch on pictures of 64 x 64, gives its weights to torchvision's module of the same name, which must
take all of them and miss none, and compares the exported network's logits with the module's in float64.
Needs torch, torchvision, safetensors, onnxruntime.
"""
import os
import subprocess
import sys
import tempfile

import numpy
import onnxruntime
import torch
import torchvision
from safetensors.torch import load_file


def run(program, *arguments):
    subprocess.run([os.path.join(sys.argv[1], program), *arguments], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


for name in ("resnet18", "mobilenet_v2"):
    with tempfile.TemporaryDirectory() as scratch:
        model, onnx = f"{scratch}/run/model.safetensors", f"{scratch}/net.onnx"
        run("pellucid-train", "--data", sys.argv[2], "--channels", "3", "--size", "64", "--model", name, "--epochs", "1",
            "--device", "cpu", "--out", f"{scratch}/run")
        run("pellucid-export", "--model", model, "--out", onnx)
        weights = load_file(model)
        session = onnxruntime.InferenceSession(onnx)
    classes = len(weights["fc.bias" if name == "resnet18" else "classifier.1.bias"])
    module = getattr(torchvision.models, name)(num_classes=classes)
    missed = [key for key in module.load_state_dict(weights, strict=False).missing_keys
              if not key.endswith("num_batches_tracked")]
    unknown = [key for key in weights if key not in module.state_dict()]
    x = numpy.random.default_rng(0).standard_normal((4, 3, 64, 64)).astype("float32")
    theirs = module.double().eval()(torch.tensor(x).double()).detach().numpy()
    ours = session.run(None, {session.get_inputs()[0].name: x})[0]
    print(f"| {name} | {len(weights)} arrays, {len(missed)} missed, {len(unknown)} unknown | "
          f"{abs(ours - theirs).max() / abs(theirs).max():.1e} |")
