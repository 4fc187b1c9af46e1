#!/usr/bin/env python3
"""Times the Python explainers on one picture and one network, for `pellucid-bench explainers`.

    explainer_peers.py WEIGHTS.safetensors IMAGE.png SAMPLES THREADS REPEATS

WEIGHTS: balve2024 in PyTorch's names, as pellucid-train writes it; IMAGE: 8-bit grey, 224 × 224. Every
peer explains all three classes from pixels to attributions, its segmentation by quickshift included.
The model runs channels-last with gradients off, in batches of 64 (the fastest of 16, 64, 256 here).
Prints one JSON object a line: {"peer", "method", "seconds": least of REPEATS, "segments"}.

Needs torch, lime, shap, captum, scikit-image and scikit-learn. The peers are run as their users run
them; "with vectorised masks" replaces the recipe's Python loop over segments by one numpy lookup.
"""
import json
import pathlib
import struct
import sys
import time
import warnings

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "goldens"))
from coalition_golden import import_kernel_explainer  # noqa: E402

warnings.filterwarnings("ignore")


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    return {
        name: np.frombuffer(data, np.float32, offset=entry["data_offsets"][0],
                            count=int(np.prod(entry["shape"]))).reshape(entry["shape"])
        for name, entry in header.items() if name != "__metadata__"
    }


def build(weights, torch):
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(3, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 14, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(2366, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(),
        nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 3))
    names = [name for name in ("conv1", "conv2", "conv3", "fc1", "fc2", "fc3", "fc4")]
    layers = [layer for layer in model if hasattr(layer, "weight")]
    for name, layer in zip(names, layers):
        layer.weight.data = torch.from_numpy(weights[name + ".weight"].copy())
        layer.bias.data = torch.from_numpy(weights[name + ".bias"].copy())
    return model.eval().to(memory_format=torch.channels_last)


def main():
    weights_path, image_path, samples, threads, repeats = sys.argv[1:6]
    samples, threads, repeats = int(samples), int(threads), int(repeats)
    import torch
    from skimage import io, segmentation
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    model = build(read_safetensors(weights_path), torch)
    plane = io.imread(image_path).astype(np.float32) / 255
    image = np.repeat(plane[:, :, None], 3, axis=2)

    def logits_of(batch):  # (N, 224, 224, 3) numpy → (N, 3)
        out = []
        for first in range(0, len(batch), 64):
            x = torch.from_numpy(np.ascontiguousarray(batch[first:first + 64], dtype=np.float32))
            out.append(model(x.permute(0, 3, 1, 2)).numpy())
        return np.concatenate(out)

    def quickshift():
        return segmentation.quickshift(image.astype(np.float64), kernel_size=4, max_dist=200,
                                       ratio=0.2)

    def segment_means(segments):
        fill = np.empty_like(image)
        for s in np.unique(segments):
            fill[segments == s] = image[segments == s].mean(axis=0)
        return fill

    def report(peer, method, run):
        try:
            run_times = []
            for _ in range(repeats):
                start = time.perf_counter()
                count = run()
                run_times.append(time.perf_counter() - start)
            print(json.dumps({"peer": peer, "method": method, "seconds": min(run_times),
                              "segments": int(count)}), flush=True)
        except Exception as error:  # a peer that does not run here is named, not hidden
            print(json.dumps({"peer": peer, "method": method, "error": repr(error)[:200]}),
                  flush=True)

    # The model alone: what no explainer around it can go below.
    def forwards():
        batch = np.repeat(image[None], 64, axis=0)
        for first in range(0, samples, 64):
            logits_of(batch[:min(64, samples - first)])
        return 0

    forwards()
    report("PyTorch, the forwards alone", "forwards", forwards)

    def lime():
        from lime import lime_image
        explanation = lime_image.LimeImageExplainer(random_state=1).explain_instance(
            image.astype(np.float64), logits_of, top_labels=3, num_samples=samples, batch_size=64)
        return len(np.unique(explanation.segments))

    report("lime, batch 64", "lime", lime)

    def vectorised_lime():
        from sklearn.linear_model import Ridge
        segments = quickshift()
        fill = segment_means(segments)
        count = segments.max() + 1
        z = np.random.RandomState(1).randint(0, 2, (samples, count))
        z[0] = 1
        y = []
        for first in range(0, samples, 64):
            on = z[first:first + 64].astype(bool)[:, segments]
            y.append(logits_of(np.where(on[..., None], image, fill)))
        y = np.concatenate(y)
        distance = 1 - np.sqrt(z.mean(axis=1))
        weight = np.exp(-distance ** 2 / (2 * 0.25 ** 2))
        for label in range(3):
            Ridge(alpha=1).fit(z, y[:, label], sample_weight=weight)
        return count

    report("LIME with vectorised masks (numpy, scikit-learn)", "lime", vectorised_lime)

    def captum_lime():
        from captum.attr import Lime
        segments = torch.from_numpy(quickshift())
        x = torch.from_numpy(image).permute(2, 0, 1)[None].contiguous()
        for label in range(3):  # captum explains one class a call
            Lime(model).attribute(x, target=label, feature_mask=segments[None, None],
                                  n_samples=samples // 3, perturbations_per_eval=64)
        return int(segments.max()) + 1

    report("captum Lime, a third of the samples a class", "lime", captum_lime)

    def shap_with(masks_of):
        segments = quickshift()
        fill = segment_means(segments)
        count = segments.max() + 1
        explainer = import_kernel_explainer()(lambda z: masks_of(z, segments, fill),
                                              np.zeros((1, count)), silent=True)
        explainer.shap_values(np.ones((1, count)), nsamples=samples, l1_reg=False, silent=True)
        return count

    def recipe(z, segments, fill):
        batch = []
        for row in z:
            out = image.copy()
            for j, on in enumerate(row):
                if on == 0:
                    out[segments == j] = fill[segments == j]
            batch.append(out)
        return logits_of(np.stack(batch))

    def vectorised(z, segments, fill):
        y = []
        for first in range(0, len(z), 64):
            on = z[first:first + 64].astype(bool)[:, segments]
            y.append(logits_of(np.where(on[..., None], image, fill)))
        return np.concatenate(y)

    report("shap, the notebook's recipe", "kernelshap", lambda: shap_with(recipe))
    report("shap with vectorised masks", "kernelshap", lambda: shap_with(vectorised))

    def captum_shap():
        from captum.attr import KernelShap
        segments = torch.from_numpy(quickshift())
        x = torch.from_numpy(image).permute(2, 0, 1)[None].contiguous()
        for label in range(3):
            KernelShap(model).attribute(x, target=label, feature_mask=segments[None, None],
                                        n_samples=samples // 3, perturbations_per_eval=64)
        return int(segments.max()) + 1

    report("captum KernelShap, a third of the samples a class", "kernelshap", captum_shap)


if __name__ == "__main__":
    main()
