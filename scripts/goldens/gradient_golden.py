#!/usr/bin/env python3
"""Integrated Gradients, SmoothGrad and GradientSHAP of small networks by captum: tests/data/gradient_golden.json,
for tests/explain/gradient/gradient_golden_test.cpp. Run by hand:

    gradient_golden.py OUT.json

Networks and pictures are those of explainer_golden.json, which lies beside OUT; everything runs in float64. A
picture is one plane, which the module repeats for a network of several channels. What captum draws is put in
its place: noise, coefficients and baselines are Pellucid's (runtime/random.h, runtime/normal_noise.h), so
that maps can be compared.
"""
import argparse
import importlib.metadata
import json
from unittest import mock

import numpy as np
import torch
from captum.attr import GradientShap, IntegratedGradients, NoiseTunnel, Saliency

from explainer_golden import golden_pictures, plane_of
from saliency_golden import OfPlane, rounded
from training_golden import philox_bits

SMOOTHGRAD = 0x534D4F4F54480000  # streams of explain/gradient
GRADIENT_SHAP, SHAP_NOISE = 0x4753484150000000, 0x47534E4F49000000
# network, picture, class, score, then: steps, rule, baseline
IG = [("small", 0, 0, "logit", 50, "gausslegendre", 0.0),
      ("small", 2, 1, "probability", 20, "riemann_middle", 0.25),
      ("tiny", 1, 2, "logit", 17, "gausslegendre", 0.0)]
# copies, sigma, type, seed
SMOOTH = [("small", 0, 1, "logit", 12, 0.15, "smoothgrad", 5),
          ("small", 1, 2, "probability", 9, 0.1, "smoothgrad_sq", 6),
          ("small", 2, 0, "logit", 10, 0.2, "vargrad", 7),
          ("tiny", 1, 0, "logit", 8, 0.15, "smoothgrad", 8)]
# draws, sigma, baselines: "levels" or "data", the network's three pictures; seed
SHAP = [("small", 0, 0, "logit", 20, 0.0, "levels", 9),
        ("small", 1, 2, "probability", 15, 0.1, "data", 10),
        ("tiny", 2, 1, "logit", 10, 0.0, "data", 11)]


def normal_noise(seed, stream, count, deviation):
    words = philox_bits(seed, stream, 2 * count).astype(np.uint64).reshape(-1, 2)
    uniform = ((words[:, 0] << np.uint64(32) | words[:, 1]) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    radius = deviation * np.sqrt(-2 * np.log(1 - uniform[0::2]))
    angle = 2 * np.pi * uniform[1::2]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)[:count]


def noise_of(seed, stream, copies, shape, deviation):
    """What torch.normal gives to NoiseTunnel."""
    count = int(np.prod(shape))
    return torch.tensor(np.stack([normal_noise(seed, stream + k, count, deviation).reshape(shape)
                                  for k in range(copies)]))


def case(kind, name, picture, label, score, settings, attribution):
    return {"method": kind, "network": name, "picture": picture, "label": label, "score": score,
            **settings, "map": rounded(attribution)}


def inputs(pictures, name, picture, score):
    return OfPlane(name, score), torch.tensor(plane_of(pictures[name][picture]))[None, None]


def ig_case(pictures, name, picture, label, score, steps, rule, baseline):
    module, x = inputs(pictures, name, picture, score)
    found, delta = IntegratedGradients(module).attribute(
        x, baseline, target=label, n_steps=steps, method=rule, return_convergence_delta=True)
    return case("ig", name, picture, label, score,
                {"steps": steps, "rule": rule, "baseline": baseline, "error": float(delta[0])}, found)


def smooth_case(pictures, name, picture, label, score, copies, sigma, kind, seed):
    module, x = inputs(pictures, name, picture, score)
    noise = noise_of(seed, SMOOTHGRAD, copies, x.shape[1:], sigma)
    with mock.patch("torch.normal", lambda mean, deviation: noise):
        found = NoiseTunnel(Saliency(module)).attribute(
            x.requires_grad_(), nt_type=kind, nt_samples=copies, stdevs=sigma, target=label, abs=False)
    return case("smoothgrad", name, picture, label, score,
                {"samples": copies, "sigma": sigma, "type": kind, "seed": seed}, found.abs())


def shap_case(pictures, name, picture, label, score, draws, sigma, kind, seed):
    module, x = inputs(pictures, name, picture, score)
    words = np.stack([philox_bits(seed, GRADIENT_SHAP + k, 4) for k in range(draws)]).astype(np.uint64)
    uniform = (words >> np.uint64(8)).astype(np.float64) * 2.0**-24
    if kind == "levels":
        baselines = torch.tensor(uniform[:, 1])[:, None, None, None].expand(-1, *x.shape[1:])
        chosen = np.arange(draws)
    else:
        baselines = torch.tensor(np.stack([plane_of(p) for p in pictures[name]]))[:, None]
        chosen = (words[:, 1] * np.uint64(len(baselines)) >> np.uint64(32)).astype(int)
    noise = noise_of(seed, SHAP_NOISE, draws, x.shape[1:], sigma)
    with mock.patch("torch.normal", lambda mean, deviation: noise), \
            mock.patch("numpy.random.choice", lambda count, size: chosen), \
            mock.patch("numpy.random.uniform", lambda low, high, size: uniform[:, 0]):
        found = GradientShap(module).attribute(x, baselines, n_samples=draws, stdevs=sigma, target=label)
    return case("gradientshap", name, picture, label, score,
                {"samples": draws, "sigma": sigma, "baselines": kind, "seed": seed}, found)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    out = parser.parse_args().out
    torch.set_default_dtype(torch.float64)
    pictures = golden_pictures(out)
    cases = ([ig_case(pictures, *c) for c in IG] + [smooth_case(pictures, *c) for c in SMOOTH] +
             [shap_case(pictures, *c) for c in SHAP])
    versions = {package: importlib.metadata.version(package) for package in ("captum", "torch")}
    with open(out, "w") as file:
        json.dump({"versions": versions, "cases": cases}, file, separators=(",", ":"))


if __name__ == "__main__":
    main()
