#!/usr/bin/env python3
"""Occlusion maps of small networks by captum: tests/data/occlusion_golden.json, for
tests/explain/masks/occlusion_golden_test.cpp. Run by hand:

    occlusion_golden.py OUT.json

Networks and pictures are those of explainer_golden.json, which lies beside OUT; the network runs in
float64, captum sums in float32. `map` is captum.attr.Occlusion with a constant baseline, whose overlapping
windows are averaged; a value a cell of stride x stride pixels, on which it is constant.
"""
import argparse
import importlib.metadata
import json

import numpy as np
import torch
from captum.attr import Occlusion

from explainer_golden import as_input, golden_pictures, module_of, plane_of

# network, picture, class, score, window, stride, baseline
CASES = [("small", 0, 0, "logit", 8, 4, 0.0), ("small", 1, 2, "probability", 6, 3, 0.5),
         ("small", 2, 1, "logit", 5, 5, 0.25), ("tiny", 0, 1, "logit", 16, 8, 0.5),
         ("tiny", 1, 0, "probability", 20, 10, 0.0)]


def occlusion_case(pictures, name, picture, label, score, window, stride, baseline):
    network = module_of(name)
    x = as_input(name, plane_of(pictures[name][picture])[None])
    channels = x.shape[1]
    forward = network if score == "logit" else lambda batch: network(batch).softmax(1)
    with torch.no_grad():
        full = Occlusion(forward).attribute(
            x, sliding_window_shapes=(channels, window, window), strides=(channels, stride, stride),
            baselines=baseline, target=label, perturbations_per_eval=16)
    values = full[0].numpy()
    assert np.array_equal(values, np.broadcast_to(values[:1], values.shape))  # all channels at once
    cells = values[0, ::stride, ::stride]
    side = values.shape[1]
    assert np.array_equal(values[0], cells.repeat(stride, 0).repeat(stride, 1)[:side, :side])
    return {"network": name, "picture": picture, "label": label, "score": score, "window": window,
            "stride": stride, "fill": baseline,
            "map": [float(f"{value:.7g}") for value in cells.ravel()]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    pictures = golden_pictures(arguments.out)
    golden = {"cases": [occlusion_case(pictures, *case) for case in CASES],
              "versions": {name: importlib.metadata.version(name)
                           for name in ("numpy", "torch", "captum")}}
    with open(arguments.out, "w") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
