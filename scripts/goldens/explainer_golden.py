#!/usr/bin/env python3
"""LIME, Kernel SHAP and Grad-CAM of small networks by lime, shap and captum, from pixels to attributions:
tests/data/explainer_golden.json, for tests/explain/surrogate/explainer_golden_test.cpp. Run by hand:

    explainer_golden.py [--phantoms SMALL.safetensors LARGE.safetensors] OUT.json

The two files are what `pellucid-data --data phantom --phantom-count 1,1,1 --out FILE` writes with
--phantom-size 32 and 64; without them the pictures of an existing OUT are used again. OUT holds pictures,
label images, network descriptions, seeds, settings and the numbers of the references.

Networks have Pellucid's initial weights (training_golden.py re-writes them) and run in float64 on pixels
that were divided by 255 in float32. lime gets the picture in float64: it triples it, and takes each
superpixel's mean in the dtype it is given. shap explains a function of which superpixels are present,
which shows the others at their mean, as lime does.
"""
import argparse
import importlib.metadata
import json
import pathlib

import numpy as np
import torch
from captum.attr import LayerGradCam
from lime.lime_image import LimeImageExplainer
from skimage.segmentation import slic
from torch import nn

from coalition_golden import import_kernel_explainer
from training_golden import Network, read_safetensors

# Three equal channels, as a network for photographs has them; its first layers fuse.
SMALL = {
    "name": "small",
    "input": [32, 32, 3],
    "layers": [
        {"type": "conv2d", "name": "conv1", "filters": 6, "kernel": [5, 5]},
        {"type": "relu", "name": "relu1"},
        {"type": "max_pool2d", "name": "pool1", "window": [2, 2]},
        {"type": "conv2d", "name": "conv2", "filters": 8, "kernel": [3, 3], "padding": "same"},
        {"type": "relu", "name": "relu2"},
        {"type": "max_pool2d", "name": "pool2", "window": [2, 2]},
        {"type": "flatten", "name": "flatten"},
        {"type": "linear", "name": "fc1", "outputs": 16},
        {"type": "relu", "name": "relu3"},
        {"type": "linear", "name": "fc2", "outputs": 3},
    ],
}

# The built-in `tiny` (nn/graph/builtin_models.cpp).
TINY = {
    "name": "tiny",
    "input": [64, 64, 1],
    "layers": [
        {"type": "conv2d", "name": "conv1", "filters": 8, "kernel": [5, 5], "padding": "same"},
        {"type": "relu", "name": "relu1"},
        {"type": "max_pool2d", "name": "pool1", "window": [2, 2]},
        {"type": "conv2d", "name": "conv2", "filters": 16, "kernel": [3, 3], "padding": "same"},
        {"type": "relu", "name": "relu2"},
        {"type": "max_pool2d", "name": "pool2", "window": [2, 2]},
        {"type": "conv2d", "name": "conv3", "filters": 32, "kernel": [3, 3], "padding": "same"},
        {"type": "relu", "name": "relu3"},
        {"type": "average_pool2d", "name": "pool3", "window": [2, 2]},
        {"type": "max_pool2d", "name": "pool4", "window": [8, 8]},
        {"type": "flatten", "name": "flatten"},
        {"type": "linear", "name": "fc1", "outputs": 3},
    ],
}

NETWORKS = {"small": (SMALL, 20240830), "tiny": (TINY, 20240831)}

# network, picture, label image, score, seed, num_features (0: all), masks
LIME = [
    ("small", 0, "small_grid", "probability", 44, 0, 1000),
    ("small", 1, "small_grid", "logit", 7, 0, 1000),
    ("small", 2, "small_slic", "probability", 3, 0, 1000),
    ("small", 0, "small_slic", "logit", 12, 5, 1000),
    ("small", 1, "small_grid", "probability", 5, 10, 1000),
    ("tiny", 0, "tiny_grid", "probability", 44, 0, 1000),
]
# network, picture, label image, score, seed, l1_reg, masks (0: auto)
SHAP = [
    ("small", 0, "small_grid", "probability", 44, "none", 1000),
    ("small", 1, "small_grid", "logit", 7, "none", 0),
    ("small", 2, "small_slic", "probability", 3, "num_features(10)", 1000),
    ("small", 0, "small_slic", "logit", 12, "none", 0),
    ("small", 2, "small_grid", "logit", 5, "num_features(10)", 0),
    ("tiny", 0, "tiny_grid", "logit", 44, "none", 1000),
]
GRADCAM = [("small", 0), ("small", 1), ("small", 2), ("tiny", 0), ("tiny", 1), ("tiny", 2)]
CAM_LAYER = {"small": "relu2", "tiny": "relu3"}


def grid(side, cells):
    place = np.arange(side) * cells // side
    return place[:, None] * cells + place[None, :]


def module_of(name):
    """The same network as torch modules, since captum hooks a module."""
    description, seed = NETWORKS[name]
    parameters = iter(Network(description, seed, torch.float64).parameters)
    module = nn.Sequential()
    for layer in description["layers"]:
        kind = layer["type"]
        if kind in ("conv2d", "linear"):
            weight, bias = next(parameters), next(parameters)
            made = (nn.Conv2d(weight.shape[1], weight.shape[0], layer["kernel"],
                              padding=layer.get("padding", "valid")) if kind == "conv2d"
                    else nn.Linear(weight.shape[1], weight.shape[0]))
            made.weight, made.bias = nn.Parameter(weight.detach()), nn.Parameter(bias.detach())
        else:
            made = {"relu": lambda: nn.ReLU(), "flatten": lambda: nn.Flatten(),
                    "max_pool2d": lambda: nn.MaxPool2d(layer["window"]),
                    "average_pool2d": lambda: nn.AvgPool2d(layer["window"])}[kind]()
        module.add_module(layer["name"], made)
    return module


def as_input(name, planes):
    """(N, h, w) → (N, channels, h, w)"""
    planes = torch.tensor(np.asarray(planes, dtype=np.float64))
    return planes[:, None].repeat(1, NETWORKS[name][0]["input"][2], 1, 1)


def score_function(name, score):
    network = module_of(name)

    def run(planes):
        with torch.no_grad():
            logits = network(as_input(name, planes))
            return (logits if score == "logit" else logits.softmax(1)).numpy()
    return run


def plane_of(pixels):
    return (pixels.astype(np.float32) / np.float32(255)).astype(np.float64)


def lime_case(pictures, label_images, name, picture, segments, score, seed, num_features, masks):
    run, labels = score_function(name, score), label_images[segments]
    explainer = LimeImageExplainer(random_state=seed)
    explanation = explainer.explain_instance(
        plane_of(pictures[name][picture]), lambda images: run(images[..., 0]), labels=(0, 1, 2),
        hide_color=None, top_labels=None, num_features=num_features or 100000, num_samples=masks,
        segmentation_fn=lambda image: labels)
    beta = np.zeros((3, labels.max() + 1))
    for label in range(3):
        for j, value in explanation.local_exp[label]:
            beta[label, j] = value
    return {"network": name, "picture": picture, "segments": segments, "score": score, "seed": seed,
            "num_features": num_features, "samples": masks, "beta": beta.tolist(),
            "intercept": [float(explanation.intercept[label]) for label in range(3)]}


def shap_case(pictures, label_images, name, picture, segments, score, seed, l1, masks):
    run, labels = score_function(name, score), label_images[segments]
    plane, count = plane_of(pictures[name][picture]), labels.max() + 1
    means = np.array([plane[labels == j].mean() for j in range(count)])

    def model(z):
        out = []
        for chunk in np.array_split(np.asarray(z), max(1, len(z) // 100)):
            out.append(run(np.where(chunk[:, labels] == 1, plane[None], means[labels][None])))
        return np.concatenate(out)

    explainer = import_kernel_explainer()(model, np.zeros((1, count)))
    np.random.seed(seed)
    phi = explainer.shap_values(np.ones((1, count)), nsamples=masks or "auto",
                                l1_reg=False if l1 == "none" else l1, silent=True)
    return {"network": name, "picture": picture, "segments": segments, "score": score, "seed": seed,
            "l1": l1, "samples": masks, "rows": int(explainer.nsamplesAdded),
            "phi": np.asarray(phi).reshape(count, 3).T.tolist(),
            "base": np.asarray(explainer.expected_value).tolist()}


def gradcam_case(pictures, name, picture):
    network = module_of(name)
    explainer = LayerGradCam(network, getattr(network, CAM_LAYER[name]))
    x = as_input(name, plane_of(pictures[name][picture])[None]).requires_grad_()
    maps = [explainer.attribute(x, target=label, relu_attributions=True)[0, 0].detach().numpy()
            for label in range(3)]
    return {"network": name, "picture": picture, "layer": CAM_LAYER[name], "height": maps[0].shape[0],
            "width": maps[0].shape[1],
            "maps": [[float(f"{value:.9g}") for value in one.ravel()] for one in maps]}


def golden_pictures(out):
    """The pictures of explainer_golden.json, which lies beside `out`, by network: (3, side, side)."""
    with open(pathlib.Path(out).with_name("explainer_golden.json")) as file:
        networks = json.load(file)["networks"]
    return {name: np.array(networks[name]["pictures"], dtype=np.uint8).reshape(3, side, side)
            for name, side in (("small", 32), ("tiny", 64))}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--phantoms", nargs=2)
    parser.add_argument("out")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.phantoms:
        pictures = {name: read_safetensors(path)["train.pixels"].reshape(3, side, side)
                    for name, side, path in zip(NETWORKS, (32, 64), arguments.phantoms)}
    else:
        with open(arguments.out) as file:
            old = json.load(file)["networks"]
        pictures = {name: np.array(old[name]["pictures"], dtype=np.uint8).reshape(3, side, side)
                    for name, side in (("small", 32), ("tiny", 64))}
    small = pictures["small"][1]
    label_images = {"small_grid": grid(32, 7), "tiny_grid": grid(64, 7),
                    "small_slic": slic(small, n_segments=24, compactness=0.1, start_label=0,
                                       channel_axis=None)}
    golden = {
        "networks": {name: {"description": description, "seed": seed,
                            "pictures": pictures[name].reshape(3, -1).tolist()}
                     for name, (description, seed) in NETWORKS.items()},
        "label_images": {name: labels.ravel().tolist() for name, labels in label_images.items()},
        "lime": [lime_case(pictures, label_images, *case) for case in LIME],
        "shap": [shap_case(pictures, label_images, *case) for case in SHAP],
        "gradcam": [gradcam_case(pictures, *case) for case in GRADCAM],
        "versions": {name: importlib.metadata.version(name)
                     for name in ("numpy", "torch", "lime", "shap", "captum", "scikit-image",
                                  "scikit-learn")},
    }
    for name, labels in label_images.items():
        print(f"{name}: {labels.max() + 1} superpixels")
    for case in golden["lime"]:
        print("lime", case["network"], case["score"], np.abs(case["beta"]).max(1))
    for case in golden["shap"]:
        print("shap", case["network"], case["score"], case["rows"], np.abs(case["phi"]).max(1))
    with open(arguments.out, "w") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
