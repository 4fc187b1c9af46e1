#!/usr/bin/env python3
"""Scores of maps by torch-cam, pytorch-grad-cam, Quantus and captum: tests/data/scores_golden.json, for
tests/explain/scores/scores_golden_test.cpp. Run by hand, with torch-cam 0.5 and Quantus 0.6 on PYTHONPATH:

    scores_golden.py OUT.json

The network and picture are those of explainer_golden.json, which lies beside OUT, in float64. The maps are
drawn: one whose values all differ, one of 5 x 5 plateaus, both with negative values. Quantus imports much
that these scores do not need; what is missing is replaced by empty modules.
"""
import argparse
import importlib.abc
import importlib.machinery
import importlib.metadata
import json
import pathlib
import sys
import types

import numpy as np
import torch
from captum.metrics import sensitivity_max
from pytorch_grad_cam.metrics.perturbation_confidence import (RemoveLeastRelevantFirst,
                                                              RemoveMostRelevantFirst)
from pytorch_grad_cam.metrics.road import NoisyLinearImputer
from scipy.stats import spearmanr
from torchcam.metrics import DeletionInsertionMetric

from explainer_golden import as_input, grid, module_of, plane_of

NETWORK, SIDE, STEPS = "small", 32, 20
PERCENTILES = [10, 20, 30, 40, 50, 60, 70, 80, 90]


class Absent(types.ModuleType):
    """Stands for a module that is imported and not used."""
    __path__ = []

    def __getattr__(self, name):
        return type(name, (), {}) if not name.startswith("__") else super().__getattribute__(name)


class AbsentFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] in ("cv2", "skimage", "tqdm", "matplotlib", "IPython", "pandas",
                                  "sklearn", "typing_extensions", "deprecated"):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return Absent(spec.name)

    def exec_module(self, module):
        pass


def rounded(values):
    return [float(f"{value:.9g}") for value in np.asarray(values, dtype=np.float64).ravel()]


class GivenMap:
    """A CAM extractor, as torch-cam's metric sees it, whose map is given."""

    def __init__(self, model, values):
        self.model, self.values = model, values

    def __call__(self, class_idx, scores, *args, **kwargs):
        return [torch.tensor(self.values)[None]]

    def fuse_cams(self, cams):
        return cams[0]

    def _hooks_off(self):
        return torch.no_grad()


def curves_case(network, x, name, values, label, score, level):
    kept = {}

    class Metric(DeletionInsertionMetric):
        def _compute_curves(self, *args):
            kept["curves"] = super()._compute_curves(*args)
            return kept["curves"]
    metric = Metric(GivenMap(network, values),
                    None if score == "logit" else lambda logits: logits.softmax(1), steps=STEPS,
                    baseline=torch.full_like(x, level))
    metric.update(x, label)
    _, deletion, insertion = kept["curves"]
    return {"map": name, "label": label, "score": score, "baseline": level,
            "deletion": rounded(deletion), "insertion": rounded(insertion),
            **{key: float(value) for key, value in metric.summary().items()}}


def road_case(network, x, values, label):
    """Scores of the pictures that pytorch-grad-cam imputes at each share removed, and one of them."""
    imputer, case = NoisyLinearImputer(noise=0), {"label": label}
    removers = {"morf": RemoveMostRelevantFirst, "lerf": RemoveLeastRelevantFirst}
    with torch.no_grad():
        case["whole"] = float(network(x)[0, label])
        for order, remover in removers.items():
            # At percentile q of the map, 100 - q percent are removed.
            pictures = [remover(100 - p, imputer)(x[0].float(), torch.tensor(values)).double()
                        for p in PERCENTILES]
            case[order] = [float(network(picture[None])[0, label]) for picture in pictures]
            case[f"{order}_70"] = rounded(pictures[6][0])
    case["combined"] = (np.mean(case["lerf"]) - np.mean(case["morf"])) / 2
    return case


def quantus_case(maps, mask):
    import quantus
    positive = {name: np.maximum(values, 0) for name, values in maps.items()}
    common = {"disable_warnings": True, "display_progressbar": False}

    def of(metric, values, **kwargs):
        return float(metric.evaluate_batch(x_batch=None, a_batch=values.copy()[None, None],
                                           **kwargs)[0])
    # Quantus divides by the greatest magnitude first.
    unit = {name: np.abs(values) / np.abs(values).max() for name, values in maps.items()}
    s = {"s_batch": mask[None, None].copy()}
    return {name: {"sparseness": of(quantus.Sparseness(**common), unit[name]),
                   "complexity": of(quantus.Complexity(**common), unit[name]),
                   "pointing_game": of(quantus.PointingGame(**common), positive[name], **s),
                   "mass_accuracy": of(quantus.RelevanceMassAccuracy(**common), positive[name], **s),
                   "rank_accuracy": of(quantus.RelevanceRankAccuracy(**common), maps[name], **s)}
            for name in maps}


def sensitivity_case(x, random):
    """captum's sensitivity-max of Phi(x) = x^2 under three given perturbations, one a call: of n in one
    call, captum 0.9 with torch 1.13 returns the greatest times sqrt(n)."""
    noise = torch.tensor(random.uniform(-0.02, 0.02, (3, *x.shape[1:])))

    def square(inputs):
        return (inputs[0] if isinstance(inputs, tuple) else inputs) ** 2
    values = [float(sensitivity_max(square, x, n_perturb_samples=1, perturb_func=lambda inputs, radius:
                                    inputs + draw)) for draw in noise]
    return {"noise": rounded(noise), "sensitivity_max": max(values)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    arguments = parser.parse_args()
    sys.meta_path.append(AbsentFinder())
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    with open(pathlib.Path(arguments.out).with_name("explainer_golden.json")) as file:
        stored = json.load(file)["networks"][NETWORK]
    plane = plane_of(np.array(stored["pictures"][0], dtype=np.uint8).reshape(SIDE, SIDE))
    network, x = module_of(NETWORK), as_input(NETWORK, plane[None])
    random = np.random.RandomState(5)
    count = SIDE * SIDE
    # Multiples of 1/64, so that 1 - map is exact in float32 too.
    distinct = (random.permutation(count).reshape(SIDE, SIDE) - count // 4) / 64
    levels = (random.permutation(25) - 6) / 8
    maps = {"distinct": distinct, "plateaus": levels[grid(SIDE, 5)].reshape(SIDE, SIDE)}
    rows, columns = np.mgrid[:SIDE, :SIDE]
    mask = (columns + 0.5 - 13) ** 2 + (rows + 0.5 - 18) ** 2 <= 7.5**2
    a, b = random.permutation(64) // 3, random.permutation(64)
    golden = {
        "network": NETWORK, "picture": 0, "steps": STEPS,
        "maps": {name: rounded(values) for name, values in maps.items()},
        "mask": [int(inside) for inside in mask.ravel()],
        "curves": [curves_case(network, x, name, maps[name], label, score, level)
                   for name, label, score, level in [("distinct", 0, "logit", 0.0),
                                                     ("distinct", 1, "probability", 0.5),
                                                     ("plateaus", 2, "logit", 0.25),
                                                     ("plateaus", 0, "probability", 0.0)]],
        "road": road_case(network, x, distinct, 1),
        "quantus": quantus_case(maps, mask),
        "spearman": {"a": a.tolist(), "b": b.tolist(), "value": float(spearmanr(a, b)[0])},
        "sensitivity": sensitivity_case(torch.tensor(plane)[None, None, :8, :8], random),
        "versions": {name: importlib.metadata.version(name)
                     for name in ("numpy", "torch", "torchcam", "grad-cam", "quantus", "captum")}}
    with open(arguments.out, "w") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
