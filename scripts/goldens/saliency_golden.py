#!/usr/bin/env python3
"""Gradients at the pixels of small networks by captum: tests/data/saliency_golden.json, for
tests/explain/gradient/saliency_test.cpp. Run by hand:

    saliency_golden.py OUT.json

Networks and pictures are those of explainer_golden.json, which lies beside OUT; everything runs in float64.
A picture is one plane, which the module repeats for a network of several channels.
"""
import argparse
import importlib.metadata
import json

import torch
from captum.attr import InputXGradient, Saliency
from torch import nn

from explainer_golden import NETWORKS, golden_pictures, module_of, plane_of

CASES = [("small", 0, 0, "logit"), ("small", 1, 2, "probability"), ("tiny", 1, 0, "logit")]


class OfPlane(nn.Module):
    def __init__(self, name, score):
        super().__init__()
        self.network, self.score, self.channels = module_of(name), score, NETWORKS[name][0]["input"][2]

    def forward(self, plane):
        logits = self.network(plane.repeat(1, self.channels, 1, 1))
        return logits if self.score == "logit" else logits.softmax(1)


def rounded(values):
    return [float(f"{value:.8g}") for value in values.detach().numpy().ravel()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    out = parser.parse_args().out
    pictures, cases = golden_pictures(out), []
    for name, picture, label, score in CASES:
        module = OfPlane(name, score)
        x = torch.tensor(plane_of(pictures[name][picture]))[None, None].requires_grad_()
        cases.append({"network": name, "picture": picture, "label": label, "score": score,
                      "saliency": rounded(Saliency(module).attribute(x, target=label)),
                      "inputxgradient": rounded(InputXGradient(module).attribute(x, target=label))})
    versions = {package: importlib.metadata.version(package) for package in ("captum", "torch")}
    with open(out, "w") as file:
        json.dump({"versions": versions, "cases": cases}, file, separators=(",", ":"))


if __name__ == "__main__":
    main()
