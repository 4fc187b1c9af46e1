#!/usr/bin/env python3
"""Writes tests/data/coalition_golden.json: what numpy, lime, shap and scikit-learn make of given
seeds, for tests/explain. Run by hand; needs those four packages, in any recent version:

    scripts/goldens/coalition_golden.py tests/data/coalition_golden.json

The file holds numbers only. The models are the three functions of a coalition in values() below,
which the tests compute too. shap's compiled helper and numba are stubbed where they are not installed.
"""
import importlib
import importlib.metadata
import json
import sys
from unittest.mock import MagicMock

import numpy as np
import sklearn
from sklearn.metrics import pairwise_distances


def weighted_mean(_, added, outputs, background, weights, y, ey):
    """shap's _exp_val for all rows at once: the mean over the background."""
    ey[:added] = (y.reshape(-1, background, outputs)[:added] * weights[None, :, None]).sum(1)
    return ey, added


def import_kernel_explainer():
    for name in ("numba", "numba.typed", "_kernel_lib"):
        try:
            importlib.import_module(name)
        except ImportError:
            sys.modules[name] = MagicMock(_exp_val=weighted_mean)
    kernel = importlib.import_module("shap.explainers._kernel")
    return kernel.KernelExplainer


def values(z):
    """(rows, features) of 0 and 1 → (rows, 3): a rough game, a probability, three effects in noise."""
    z = np.asarray(z, dtype=np.float64)
    j = np.arange(z.shape[1])
    rough = np.sin(0.1 * (z @ (j + 1.0))) + 0.1 * z.sum(1) + 0.25 * z[:, 1] * z[:, 4]
    score = z @ ((7 * j % 11 - 5) / 4) - 0.5
    noise = 0.3 * np.sin(12.9898 * (z @ (j + 1.0) ** 2))
    noisy = z[:, 0] + 0.5 * z[:, 3] - 0.25 * z[:, 7] + noise
    return np.stack([rough, 1 / (1 + np.exp(-score)), noisy], axis=1)


def numpy_streams():
    random = np.random.RandomState(44)
    out = {"seed": 44, "randint_1000": int(random.randint(0, 1000))}
    bits = random.randint(0, 2, 49000)
    out["bits"] = "".join(map(str, bits[:64]))
    out["bit_sum"] = int(bits.sum())
    out["random_sample"] = random.random_sample(5).tolist()
    p = np.array([0.5, 0.1, 0.15, 0.25])
    out["p"] = p.tolist()
    out["choice"] = random.choice(4, 40, p=p).tolist()
    out["permutation"] = random.permutation(49).tolist()
    return out


def lime_cases():
    from lime.lime_base import LimeBase
    for features, rows, seed in ((20, 300, 7), (49, 1000, 44)):
        random = np.random.RandomState(seed)
        random.randint(0, 1000)
        z = random.randint(0, 2, rows * features).reshape(rows, features)
        z[0] = 1
        y = values(z)
        distances = pairwise_distances(z, z[:1], metric="cosine").ravel()
        base = LimeBase(lambda d: np.sqrt(np.exp(-(d**2) / 0.25**2)), random_state=1)
        for selection, count in (("none", 0), ("auto", 5), ("highest_weights", 10), ("lasso_path", 7),
                                 ("auto", 12)):
            for label in (0, 1, 2):
                intercept, pairs, r2, local = base.explain_instance_with_data(
                    z, y, distances, label, count, selection)
                yield {"features": features, "rows": rows, "seed": seed, "selection": selection,
                       "num_features": count, "label": label, "intercept": float(intercept),
                       "selected": [int(j) for j, _ in pairs], "beta": [float(b) for _, b in pairs],
                       "r2": float(r2), "local_prediction": float(local[0])}


def runs(numbers):
    """[1.5, 1.5, 2.0] → [[1.5, 2], [2.0, 1]]"""
    out = []
    for number in numbers:
        if out and out[-1][0] == number:
            out[-1][1] += 1
        else:
            out.append([float(number), 1])
    return out


def rows_as_text(masks):
    """Each row as hexadecimal digits, feature 0 the lowest bit; rows of equal width, one string."""
    width = (masks.shape[1] + 3) // 4
    return "".join(f"{sum(1 << int(j) for j in np.flatnonzero(row)):0{width}x}" for row in masks)


def shap_cases():
    explainer_class = import_kernel_explainer()
    for features, seed, link in ((2, 1, "identity"), (5, 1, "identity"), (12, 3, "identity"),
                                 (20, 5, "identity"), (49, 9, "identity"), (12, 4, "logit")):
        # values() looks at feature 7, so the smallest games have features that are always absent.
        wide = max(features, 8)

        def model(x):
            z = np.zeros((len(x), wide))
            z[:, :features] = x
            out = values(z)
            return out[:, 1:2] if link == "logit" else out

        explainer = explainer_class(model, np.zeros((1, features)), link=link)
        case = {"features": features, "seed": seed, "link": link, "phi": {}}
        for l1 in (False, "num_features(10)", "num_features(4)", "aic", "bic"):
            if features < 12 and l1:
                continue
            np.random.seed(seed)
            phi = explainer.shap_values(np.ones((1, features)), l1_reg=l1, silent=True)
            case["phi"][l1 or "none"] = np.asarray(phi).reshape(features, -1).T.tolist()
        case["rows"] = int(explainer.nsamplesAdded)
        case["masks"] = rows_as_text(explainer.maskMatrix[: case["rows"]])
        case["weights"] = runs(explainer.kernelWeights[: case["rows"]])
        yield case


def main():
    golden = {"numpy": numpy_streams(), "lime": list(lime_cases()), "shap": list(shap_cases())}
    import shap
    golden["versions"] = {"numpy": np.__version__, "scikit-learn": sklearn.__version__,
                          "shap": shap.__version__, "lime": importlib.metadata.version("lime")}
    with open(sys.argv[1], "w") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
