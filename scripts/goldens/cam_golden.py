#!/usr/bin/env python3
"""Class activation maps of small networks by pytorch-grad-cam, torch-cam, OmniXAI and captum:
tests/data/cam_golden.json, for tests/explain/activation/cam_golden_test.cpp. Run by hand, with the wheels of
torch-cam and OmniXAI unzipped on PYTHONPATH:

    cam_golden.py OUT.json

Networks, pictures and layers are those of explainer_golden.json, which lies beside OUT; everything runs
in float64. `raw` is a method's map before any ReLU at the layer's resolution, from the library's own
get_cam_image; `shown` is what the library returns in the end: rectified, stretched, enlarged, stretched
again; `several` is what it returns for two layers. Eigen-CAM's sign is an accident of LAPACK's: where it
is not the one under which the largest value is positive, only its raw map is kept. `forms` of Grad-CAM++
are OmniXAI's own weights, and the formulas of two libraries that need TensorFlow, as
explain/activation/cam_methods.h states them, in NumPy. `torchcam` is its Score-CAM's raw map.
"""
import argparse
import importlib.metadata
import json
import sys
from unittest.mock import MagicMock

import numpy as np
import torch
from captum.attr import LayerGradCam
from pytorch_grad_cam import (AblationCAM, EigenCAM, GradCAM, GradCAMPlusPlus, HiResCAM, LayerCAM,
                              ScoreCAM, XGradCAM)
from pytorch_grad_cam.utils.model_targets import (ClassifierOutputSoftmaxTarget,
                                                  ClassifierOutputTarget)
from torchcam.methods import ScoreCAM as TorchcamScoreCAM

for unused in ("dill", "SALib", "SALib.sample", "SALib.analyze", "openai"):  # which OmniXAI imports
    sys.modules[unused] = MagicMock(__path__=[], __spec__=None)
from omnixai.explainers.vision.specific.gradcam.pytorch.gradcam import GradCAMPlus

from explainer_golden import CAM_LAYER, as_input, golden_pictures, module_of, plane_of

METHODS = {"gradcam": GradCAM, "gradcam++": GradCAMPlusPlus, "hirescam": HiResCAM,
           "xgradcam": XGradCAM, "layercam": LayerCAM, "ablationcam": AblationCAM,
           "eigencam": EigenCAM, "scorecam": ScoreCAM}
SCORES = {"logit": ClassifierOutputTarget, "probability": ClassifierOutputSoftmaxTarget}
SEVERAL_LAYERS = ["relu1", "relu2"]
# network, picture, class, score, whether `shown` and `several` too
CASES = [("small", 0, 0, "logit", True), ("small", 1, 2, "logit", False),
         ("small", 2, 1, "probability", False), ("tiny", 0, 1, "logit", False),
         ("tiny", 1, 0, "probability", False)]


def rounded(values):
    return [float(f"{value:.8g}") for value in np.asarray(values, dtype=np.float64).ravel()]


def seven_digits(values):
    return [float(f"{value:.7g}") for value in values.ravel()]


def plus_plus_forms(a, g):
    """(K, h, w) each; {name: raw map} of Grad-CAM++ as other libraries define it."""
    positive, places = np.maximum(g, 0), a[0].size
    weights = {"omnixai": GradCAMPlus._compute_weights(None, a[None], g[None])[0]}
    denominator = 2 * g**2 + g**3 * a.mean((1, 2), keepdims=True)
    alpha = g**2 / np.where(denominator == 0, 1e-4, denominator)
    weights["xplique"] = (alpha * positive).mean((1, 2))
    denominator = 2 * g**2 + g**3 * a.sum((1, 2), keepdims=True)
    alpha = g**2 / np.where(g == 0, 1, denominator)
    total = alpha.sum((1, 2), keepdims=True)
    weights["tf-keras-vis"] = (alpha / np.where(total == 0, 1, total) * positive).sum((1, 2))
    weights["paper"] = (g**2 / np.where(g == 0, 1, denominator) * positive).sum((1, 2))
    return {name: rounded(np.tensordot(weight, a, 1)) for name, weight in weights.items()}


def cam_case(pictures, name, picture, label, score, shown):
    network = module_of(name)
    layer = getattr(network, CAM_LAYER[name])
    x = as_input(name, plane_of(pictures[name][picture])[None])
    targets = [SCORES[score](label)]
    case = {"network": name, "picture": picture, "label": label, "score": score,
            "layer": CAM_LAYER[name], "raw": {}, "shown": {}}
    for method, cam_class in METHODS.items():
        cam = cam_class(model=network, target_layers=[layer])
        final = cam(input_tensor=x, targets=targets)[0]
        hooks = cam.activations_and_grads
        if hooks.gradients:  # else those of the methods before
            a, g = hooks.activations[0].numpy(), hooks.gradients[0].numpy()
            assert a.dtype == g.dtype == np.float64
        case["raw"][method] = rounded(cam.get_cam_image(x, layer, targets, a, g, False)[0])
        if shown and (method != "eigencam" or -min(case["raw"][method]) <= max(case["raw"][method])):
            case["shown"][method] = seven_digits(final)
        hooks.release()
    if shown:
        case["several"] = {"layers": SEVERAL_LAYERS}
        for method in ("gradcam", "gradcam++", "hirescam", "layercam"):
            layers = [getattr(network, each) for each in SEVERAL_LAYERS]
            cam = METHODS[method](model=network, target_layers=layers)
            case["several"][method] = seven_digits(cam(input_tensor=x, targets=targets)[0])
            cam.activations_and_grads.release()
    # How far the first direction stands out, which says how well it is known.
    centred = a[0].reshape(len(a[0]), -1)
    sigma = np.linalg.svd(centred - centred.mean(1, keepdims=True), compute_uv=False)
    case["sigma_ratio"] = float(sigma[0] / sigma[1])
    case["forms"] = plus_plus_forms(a[0], g[0])
    if score == "logit":
        with TorchcamScoreCAM(network, layer, input_shape=tuple(x.shape[1:])) as cam:
            network(x)
            case["torchcam"] = rounded(cam.compute_cams(label, normalized=False)[0][0])
        captum = LayerGradCam(network, layer).attribute(x.requires_grad_(), target=label)
        case["captum"] = rounded(captum[0, 0].detach().numpy())
    return case


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    pictures = golden_pictures(arguments.out)
    golden = {"cases": [cam_case(pictures, *case) for case in CASES],
              "versions": {name: importlib.metadata.version(name)
                           for name in ("numpy", "torch", "grad-cam", "captum", "torchcam",
                                        "omnixai")}}
    with open(arguments.out, "w") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
